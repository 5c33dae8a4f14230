"""Ask the bot the questions and keep the results."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from eval.metrics import f1
from eval.questions import EvalQuestion
from index.document import Span
from qa.answer import Answer
from qa.bot import Bot
from qa.read.models import Verdict

Blame = Literal["understanding", "retrieval", "reading", "abstention"]

CORRECT = 0.8
"""An answer counts as correct from this F1 on."""


@dataclass(frozen=True)
class Result:
    """The result of one question.

    Attributes:
        question: the question.
        answer: what the bot said.
        best: what it would have said, had it not abstained; None if the reader found no span at all.
        passages: the passages that were found, best first; the reader need not have read the later ones.
        relevant: how many passages of the index hold a gold span.
        from_gold: the reader's best span when it is given the passage that holds the gold span and no other; None for
            an unanswerable question, and where no passage holds the whole gold span.
        verdict: the verdict that comes with `best`.
    """

    question: EvalQuestion
    answer: Answer
    best: Span | None
    passages: tuple[Span, ...]
    relevant: int
    from_gold: Span | None
    verdict: Verdict | None = None

    @property
    def f1(self) -> float:
        """F1 of the answer, 0 to 1; abstaining is right where nothing is accepted.

        For a yes/no question, and for one that is not to be looked up, 1 if it is right.
        """
        if self.question.answer_kind != "answer":
            return float(self.understood)
        return self._verdict_f1(self.answer.span) if self.question.verdict else f1(self.answer.text, self.question.answers)

    def _verdict_f1(self, evidence: Span | None) -> float:
        """1 if the verdict is right and ``evidence`` overlaps a gold span, else 0."""
        right = self.verdict == self.question.verdict
        return float(right and evidence is not None and any(evidence.overlaps(gold) for gold in self.question.golds))

    @property
    def understood(self) -> bool:
        """Whether a question to look up was looked up, and another was not."""
        return self.answer.kind == self.question.answer_kind

    @property
    def best_is_correct(self) -> bool:
        """Whether `best` answers the question. Confidence is the probability of this."""
        if self.question.verdict:
            return self._verdict_f1(self.best) == 1
        return self.question.answerable and self.best is not None and f1(self.best.text, self.question.answers) >= CORRECT

    @property
    def holding(self) -> tuple[bool, ...]:
        """For each retrieved passage, whether it holds a gold span."""
        return tuple(any(passage.contains(gold) for gold in self.question.golds) for passage in self.passages)

    @property
    def rank(self) -> int | None:
        """The rank, from 1, of the first passage that holds a gold span; None if none does."""
        return self.holding.index(True) + 1 if True in self.holding else None

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
        """The part that failed; None if the answer is correct."""
        if self.f1 >= CORRECT:
            return None
        if not self.understood:
            return "understanding"
        if self.question.answerable and self.rank is None:
            return "retrieval"
        return "reading" if self.answer.found and self.question.answerable else "abstention"


MOST_PASSAGES = 10_000
"""Of a document, those that are looked through for the expected answers."""


def run(bot: Bot, questions: Iterable[EvalQuestion]) -> Iterator[Result]:
    """Ask every question, each with its own history."""
    passages: dict[str, Sequence[Span]] = {}
    for question in questions:
        documents = [question.document] if question.document else []
        talk = bot.talk(question.question, documents)
        if talk:
            yield Result(question, talk, talk.span, (), 0, None)
            continue
        reading = bot.read(bot.retrieve(question.question, question.history, documents))
        answer = bot.decide(question.question, reading)
        golden = [
            passage
            for document in dict.fromkeys(gold.document.id for gold in question.golds)
            for passage in _passages(bot, document, passages)
            if any(passage.contains(gold) for gold in question.golds)
        ]
        best = reading.candidates[0] if reading.candidates else None
        alone = bot.reader.read(reading.question, golden[:1], 1)
        hits = tuple(hit.span for hit in reading.hits)
        from_gold = alone[0].span if alone else None
        found, verdict = (best.span, best.verdict) if best else (None, None)
        yield Result(question, answer, found, hits, len(golden), from_gold, verdict)


def _passages(bot: Bot, document: str, known: dict[str, Sequence[Span]]) -> Sequence[Span]:
    if document not in known:
        known[document], _ = bot.index.passages_of(document, MOST_PASSAGES)
    return known[document]
