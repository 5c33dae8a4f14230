"""Suggested questions, first and next ones: made from the documents themselves, and kept if the bot answers them well."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest

from index.document import Document, Span
from qa.answer import Answer
from qa.bot import Bot
from qa.web.page.render import escape
from qa.web.question_generation import Candidate, candidates

MOST = 5
MOST_NEXT = 3
MOST_ASKED = 16
"""Questions that are tried. Each takes the time of one answer, before the server is ready."""
MOST_DOCUMENTS = 20
SURE = 0.65
"""A question is suggested only if the bot's confidence in its answer is at least this."""
MOST_OF_A_RULE = 2
"""Questions from the same rule, so that the suggestions differ in kind."""


@dataclass(frozen=True)
class Suggestion:
    """A question, the answer that the bot gives to it, and the rule that made it."""

    question: str
    span: Span
    rule: str


def suggestions(bot: Bot, document: Document | None = None) -> list[Suggestion]:
    """Questions for which the answer of ``bot`` overlaps the expected words, surest first.

    The answers to any two of them do not overlap. With ``document``, all questions are about that document.
    """
    made = _drawn([document] if document else bot.index.by_id.values())
    documents = [document.id] if document else []
    return chosen([(candidate, bot.ask(candidate.question, documents=documents)) for candidate in made])


def chosen(asked: Sequence[tuple[Candidate, Answer]]) -> list[Suggestion]:
    """Select from the questions that were tried."""
    kept: list[Suggestion] = []
    for candidate, answer in sorted(asked, key=lambda pair: -pair[1].confidence):
        if answer.span is None or answer.confidence < SURE or not answer.span.overlaps(candidate.taken):
            continue
        # "Who is the mayor?" and "Who is Ann Lee?" are the same question.
        if not any(answer.span.overlaps(other.span) or other.span.text in candidate.question for other in kept):
            kept.append(Suggestion(candidate.question, answer.span, candidate.rule))
    return kept


def to_begin_with(known: Sequence[Suggestion]) -> tuple[str, ...]:
    """Up to five questions, surest first and different in kind."""
    taken: list[Suggestion] = []
    for one in known:
        if sum(other.rule == one.rule for other in taken) < MOST_OF_A_RULE:
            taken.append(one)
    return tuple(one.question for one in taken[:MOST])


def to_go_on_with(known: Sequence[Suggestion], near: Span | None, asked: Collection[str]) -> tuple[str, ...]:
    """Up to three questions whose answers stand nearest to ``near``.

    Questions that were asked already, or whose answer overlaps ``near``, are left out. Questions about other documents come
    last. Without ``near``, the surest come first.
    """
    before = {question.casefold() for question in asked}
    fresh = [one for one in known if one.question.casefold() not in before and not (near and near.overlaps(one.span))]
    if near is not None:
        fresh.sort(key=lambda one: (one.span.document.id != near.document.id, abs(one.span.start - near.start)))
    return tuple(one.question for one in fresh[:MOST_NEXT])


def _drawn(documents: Iterable[Document]) -> list[Candidate]:
    """Candidates to try. The rules take turns, and within a rule the documents take turns."""
    by_rule: dict[str, list[list[Candidate]]] = {}
    for document in islice(documents, MOST_DOCUMENTS):
        of_document: dict[str, list[Candidate]] = {}
        for candidate in candidates(document):
            of_document.setdefault(candidate.rule, []).append(candidate)
        for rule, made in of_document.items():
            by_rule.setdefault(rule, []).append(made)
    in_turn = _interleaved([_interleaved(made) for made in by_rule.values()])
    return list(islice({candidate.question: candidate for candidate in in_turn}.values(), MOST_ASKED))


def _interleaved(lists: Sequence[Sequence[Candidate]]) -> list[Candidate]:
    return [candidate for candidate in chain.from_iterable(zip_longest(*lists)) if candidate is not None]


def buttons(questions: Sequence[str], label: str) -> str:
    """Buttons that ask a question when they are clicked."""
    if not questions:
        return ""
    made = "".join(f'<button type="button" class="suggestion">{escape(question)}</button>' for question in questions)
    return f'<div class="label">{label}</div><div class="chips">{made}</div>'
