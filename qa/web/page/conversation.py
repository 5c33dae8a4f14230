"""A conversation on the page: what was asked and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from qa.answer import Answer
from qa.understand.question import Turn


@dataclass(frozen=True)
class Exchange:
    """A question and its answer, or why there could be none; neither while the answer is being looked for.

    Attributes:
        number: counts the exchanges of a conversation from 1. It ties an answer's citations to their marks in the article.
        question: as it was asked.
        answer: what came of it.
        problem: why there could be no answer.
        document: the id of the one document that was asked; None for all of them.
        private: it was asked of a text that only this visitor has. Then the answer is kept beside that text, not here.
        next: questions to go on with.
    """

    number: int
    question: str
    answer: Answer | None = None
    problem: str | None = None
    document: str | None = None
    private: bool = False
    next: tuple[str, ...] = ()


def history(exchanges: Sequence[Exchange]) -> list[Turn]:
    """The turns that a follow-up question may lean on."""
    return [Turn(exchange.question, exchange.answer.text) for exchange in exchanges if exchange.answer is not None]
