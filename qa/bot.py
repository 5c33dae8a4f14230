"""The bot: a question in, a cited answer out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

from index.document import Hit, Span
from index.store import Index
from qa.answer import Answer, Citation, Turn
from qa.history import readings
from qa.measures import whole_time
from qa.reader import Candidate, Reader
from qa.retriever import Retriever

LONGEST_QUESTION = 2000
"""Characters."""
_CLOSING = re.compile(r"(?<=\w\w)[.,;:]+$")
NEAREST = 3
"""How many passages are shown when nothing was found."""


@dataclass(frozen=True)
class Bot:
    """Answers questions from an index. It keeps no state between questions and may be asked from several threads.

    Attributes:
        retriever: finds the passages to read.
        reader: finds the answer in them.
        passages_read: how many passages the reader is given.
    """

    retriever: Retriever
    reader: Reader
    passages_read: int = 10

    @property
    def index(self) -> Index:
        """The index that is searched."""
        return self.retriever.index

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """Answer ``question`` from the documents, or say that they do not.

        Raises:
            ValueError: the question is empty or too long.
        """
        check(question)
        began = perf_counter()
        seconds = {"retrieve": 0.0, "read": 0.0}
        hits: list[Hit] = []
        best: Candidate | None = None
        for reading in readings(question, history):
            found, candidates = self.candidates(reading, 1, seconds)
            if best is None or (candidates and candidates[0].score > best.score):
                hits, best = found, candidates[0] if candidates else None
        confidence = self.reader.settings.confidence(best.score) if best else 0.0
        timings = {stage: 1e3 * taken for stage, taken in {**seconds, "total": perf_counter() - began}.items()}
        if best is None or confidence < self.reader.settings.threshold:
            return Answer(question, None, confidence, nearest=tuple(hits[:NEAREST]), timings_ms=timings)
        span = whole(best, question)
        return Answer(question, span, confidence, (Citation(1, span, best.passage),), timings_ms=timings)

    def candidates(
        self, question: str, count: int, seconds: dict[str, float] | None = None
    ) -> tuple[list[Hit], list[Candidate]]:
        """The passages found for a stand-alone question, and the ``count`` best answers that the reader sees in them.

        The time taken is added to "retrieve" and "read" of ``seconds``.
        """
        began = perf_counter()
        hits = self.retriever.search(question, self.passages_read)
        between = perf_counter()
        candidates = self.reader.read(question, [hit.span for hit in hits], count)
        if seconds is not None:
            seconds["retrieve"] += between - began
            seconds["read"] += perf_counter() - between
        return hits, candidates

    def search(self, question: str, history: Sequence[Turn] = (), k: int = 10) -> list[Hit]:
        """The ``k`` passages that `ask` would look at first."""
        return self.retriever.search(readings(question, history)[-1], k)


def whole(candidate: Candidate, question: str) -> Span:
    """The candidate's span without a closing mark, and widened to the whole date or time if it is a part of one."""
    passage, span = candidate.passage, candidate.span
    # The full stop of "U.S." is a part of the answer; that of the sentence is not.
    closing = _CLOSING.search(span.text)
    end = span.end - (len(closing.group()) if closing else 0)
    start, end = whole_time(passage.text, span.start - passage.start, end - passage.start, question)
    return Span(span.document, passage.start + start, passage.start + end)


def check(question: str) -> None:
    """Raise ValueError if ``question`` cannot be asked."""
    if not question.strip():
        raise ValueError("The question is empty. Ask something, in words.")
    if any("\ud800" <= character <= "\udfff" for character in question):
        raise ValueError("The question holds half of a surrogate pair, which is no character. Send it as valid Unicode.")
    if len(question) > LONGEST_QUESTION:
        raise ValueError(f"The question has {len(question):,} characters; at most {LONGEST_QUESTION:,} are read. Shorten it.")
