"""Put the questions to the bot and score what comes back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from eval.metrics import exact_match, f1, mean, precision_recall_f1
from eval.questions import EvalQuestion
from index.document import Hit
from qa.answer import Answer
from qa.bot import Bot

Blame = Literal["retrieval", "reading", "abstention"]
Figures = dict[str, float | int | None]

CORRECT = 0.8
"""An answer counts as correct from this F1 on."""
DEPTH = 10
"""How many passages retrieval is scored on."""


@dataclass(frozen=True)
class Result:
    """A question, the bot's answer, and the passages that were retrieved for it, best first."""

    question: EvalQuestion
    answer: Answer
    hits: tuple[Hit, ...]

    @property
    def exact_match(self) -> float:
        """0 or 1; abstaining is right where nothing is accepted."""
        return exact_match(self.answer.text, self.question.answers)

    @property
    def f1(self) -> float:
        """0 to 1, likewise."""
        return f1(self.answer.text, self.question.answers)

    @property
    def rank(self) -> int | None:
        """The rank, from 1, of the first passage that holds a gold span; None if none does."""
        golds = self.question.golds
        return next(
            (rank for rank, hit in enumerate(self.hits, start=1) if any(hit.span.contains(gold) for gold in golds)), None
        )

    @property
    def cited(self) -> bool:
        """Whether the citation overlaps a gold span."""
        return any(citation.span.overlaps(gold) for citation in self.answer.citations for gold in self.question.golds)

    @property
    def faithful(self) -> bool:
        """Whether every quote is the text at its offsets, within the passage that is shown."""
        sent = self.answer.to_dict()["citations"]
        return all(
            citation.span.document.text[quote["start"] : quote["end"]] == quote["quote"]
            and citation.passage.contains(citation.span)
            for citation, quote in zip(self.answer.citations, sent, strict=True)
        )

    @property
    def blame(self) -> Blame | None:
        """Which part failed; None if the answer is correct."""
        if self.f1 >= CORRECT:
            return None
        if self.question.answerable and self.rank is None:
            return "retrieval"
        return "reading" if self.answer.found and self.question.answerable else "abstention"


def run(bot: Bot, questions: Iterable[EvalQuestion]) -> list[Result]:
    """Ask every question, each with its own history."""
    return [
        Result(
            question,
            bot.ask(question.question, question.history),
            tuple(bot.search(question.question, question.history, DEPTH)),
        )
        for question in questions
    ]


def figures(results: Sequence[Result]) -> Figures:
    """All figures of a set of results. Shares are 0 to 1; None where there is nothing to take a share of."""
    answerable = [result for result in results if result.question.answerable]
    others = [result for result in results if not result.question.answerable]
    given = [result for result in answerable if result.answer.found]
    precision, recall, abstention_f1 = precision_recall_f1(
        [not result.answer.found for result in results], [not result.question.answerable for result in results]
    )
    return {
        "questions": len(results),
        "exact_match": mean(result.exact_match for result in results),
        "f1": mean(result.f1 for result in results),
        "answerable": len(answerable),
        "answerable_exact_match": mean(result.exact_match for result in answerable),
        "answerable_f1": mean(result.f1 for result in answerable),
        "answerable_correct": mean(float(result.f1 >= CORRECT) for result in answerable),
        "unanswerable": len(others),
        "unanswerable_abstained": mean(float(not result.answer.found) for result in others),
        "abstention_precision": precision,
        "abstention_recall": recall,
        "abstention_f1": abstention_f1,
        "citation_precision": mean(float(result.cited) for result in given),
        "citation_recall": mean(float(result.cited) for result in answerable),
        "quote_fidelity": mean(float(result.faithful) for result in results if result.answer.found),
        **{
            f"recall@{k}": mean(float(result.rank is not None and result.rank <= k) for result in answerable)
            for k in (1, 3, 5, 10)
        },
        "mean_reciprocal_rank": mean(1 / result.rank if result.rank else 0.0 for result in answerable),
    }


def by_kind(results: Sequence[Result]) -> dict[str, Figures]:
    """The figures of each kind of question, in the order in which the kinds first come."""
    kinds = dict.fromkeys(result.question.kind for result in results)
    return {kind: figures([result for result in results if result.question.kind == kind]) for kind in kinds}
