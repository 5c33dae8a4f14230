"""A conversation on the page: the questions and their outcomes."""

from collections.abc import Sequence
from dataclasses import dataclass

from qa.answer import Answer
from qa.understand.question import Turn


@dataclass(frozen=True)
class Exchange:
    """A question with its answer or with a problem; with neither while the bot is still looking for the answer.

    Attributes:
        number: counts the exchanges of a conversation from 1. It ties an answer's citations to their marks in the article.
        question: as it was asked.
        answer: the bot's answer.
        problem: why the question could not be answered.
        documents: the ids of the documents that were asked; none for all of them.
        private: the question is about a text that only this visitor has. Then the answer is kept with that text, not here.
        next: suggested next questions.
    """

    number: int
    question: str
    answer: Answer | None = None
    problem: str | None = None
    documents: tuple[str, ...] = ()
    private: bool = False
    next: tuple[str, ...] = ()


def history(exchanges: Sequence[Exchange]) -> list[Turn]:
    """The turns that a follow-up question may refer to."""
    return [Turn(exchange.question, exchange.answer.text) for exchange in exchanges if exchange.answer is not None]
