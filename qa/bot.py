"""The bot: a question in, a cited answer out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from time import perf_counter
from unicodedata import combining

from index.document import Hit, Span
from index.store import Index
from qa.answer import Alternative, Answer, Citation
from qa.decide.enumeration import whole_list
from qa.decide.measures import whole_time
from qa.read.reader import Candidate, Reader
from qa.retrieve.retriever import Retriever
from qa.understand.history import readings
from qa.understand.question import Turn, check
from qa.understand.spelling import Spelling

_CLOSING = re.compile(r"(?<=\w\w)[.,;:]+$")
_CHOICE = re.compile(r"\b(?:or|between|vs?\.?|versus)\b|\w/\w", re.IGNORECASE)
_WHERE = re.compile(r"\b(?:where|(?:which|what) (?:city|town|village|place|country|state|region))\b", re.IGNORECASE)
NEAREST = 3
"""How many passages are shown when nothing was found."""
CANDIDATES = 12
"""How many possible answers are looked at."""
ALTERNATIVES = 3
"""How many of them are shown beside the answer, at most."""
LIST_ITEM = 0.5
"""Confidence from which on a neighbour is of the same list as the answer, as a share of the answer's."""


@dataclass(frozen=True)
class Retrieved:
    """A question as it was understood, the passages that were found for it, best first, and how long that took."""

    question: str
    hits: tuple[Hit, ...]
    milliseconds: float


@dataclass(frozen=True)
class Reading:
    """How a question was understood, and what was found for it, before it is decided whether that is an answer.

    Attributes:
        question: the question as it was read: as asked, or made to stand on its own.
        hits: the passages that were found, best first; the reader need not have read the later ones.
        candidates: the best answers in them, best first.
        timings_ms: milliseconds spent on "retrieve", "read" and in "total".
    """

    question: str
    hits: tuple[Hit, ...]
    candidates: tuple[Candidate, ...]
    timings_ms: dict[str, float]


@dataclass(frozen=True)
class Bot:
    """Answers questions from an index. It keeps no state between questions and may be asked from several threads.

    Attributes:
        retriever: finds the passages to read.
        reader: finds the answer in them.
        passages_read: how many passages the reader is given.
        spelling: mends questions before they are read; None leaves them as they are.
    """

    retriever: Retriever
    reader: Reader
    passages_read: int = 10
    spelling: Spelling | None = None

    @property
    def index(self) -> Index:
        """The index that is searched."""
        return self.retriever.index

    def ask(self, question: str, history: Sequence[Turn] = (), document: str | None = None) -> Answer:
        """Answer ``question`` from the documents, or the one with the id ``document``, or say that they do not.

        Raises:
            ValueError: the question is empty or too long, or there is no such document.
        """
        return self.decide(question, self.read(question, self.retrieve(question, history, document)))

    def retrieve(self, question: str, history: Sequence[Turn] = (), document: str | None = None) -> list[Retrieved]:
        """Find passages, for each of the ways to understand ``question``.

        Raises:
            ValueError: as for `ask`.
        """
        check(question)
        found = []
        for understood in self._understood(question, history):
            began = perf_counter()
            hits = self.retriever.search(understood, self.passages_read, document)
            found.append(Retrieved(understood, tuple(hits), 1e3 * (perf_counter() - began)))
        return found

    def _understood(self, question: str, history: Sequence[Turn]) -> list[str]:
        ways = readings(question, history)
        return list(dict.fromkeys(map(self.spelling.mended, ways))) if self.spelling else ways

    def read(self, question: str, retrieved: Sequence[Retrieved], count: int = CANDIDATES) -> Reading:
        """The ``count`` best candidates in what was retrieved; of several ways to understand, those with the best score."""
        began = perf_counter()
        found = [(way, self.candidates(question, way.question, [hit.span for hit in way.hits], count)) for way in retrieved]
        best, candidates = max(found, key=lambda item: item[1][0].score if item[1] else -inf)
        timings = {"retrieve": sum(way.milliseconds for way in retrieved), "read": 1e3 * (perf_counter() - began)}
        return Reading(best.question, best.hits, tuple(candidates), timings | {"total": sum(timings.values())})

    def candidates(self, question: str, understood: str, passages: Sequence[Span], count: int = 1) -> list[Candidate]:
        """The ``count`` best answers in ``passages`` to ``question``, read as ``understood``."""
        found = self.reader.read(understood, passages, count)
        spans = [(candidate, whole(candidate, question)) for candidate in found]
        return [replace(candidate, span=span) for candidate, span in spans if not repeats(understood, span.text)]

    def decide(self, question: str, reading: Reading) -> Answer:
        """Give the best candidate as the answer if it is likely enough to be one, and the next as alternatives."""
        settings = self.reader.settings
        scored = [(candidate, settings.confidence(candidate.score)) for candidate in reading.candidates]
        likely = [(candidate, confidence) for candidate, confidence in scored if confidence >= settings.threshold]
        understood = None if reading.question == question else reading.question
        if not likely:
            confidence = scored[0][1] if scored else 0.0
            nearest = reading.hits[:NEAREST]
            return Answer(question, None, confidence, (), (), nearest, understood, reading.timings_ms)
        first, confidence = likely[0]
        items = [
            candidate.span
            for candidate, probability in scored
            if LIST_ITEM * confidence <= probability < confidence and first.passage.contains(candidate.span)
        ]
        best = replace(first, span=whole_list(first.span, items, reading.question))
        kept = [(best, confidence)]
        for candidate, probability in likely[1:]:
            # Spans that were widened may overlap.
            if not any(candidate.span.overlaps(other.span) for other, _ in kept):
                kept.append((candidate, probability))
        words = _words(best.span)
        same = [candidate for candidate, _ in kept if _words(candidate.span) == words]
        citations = tuple(Citation(i, candidate.span, candidate.passage) for i, candidate in enumerate(same, start=1))
        alternatives: list[Alternative] = []
        said = [words]
        for candidate, probability in kept:
            text = _words(candidate.span)
            # "Kerry" is no other answer than "John Kerry".
            if len(alternatives) < ALTERNATIVES and not any(_holds(text, other) or _holds(other, text) for other in said):
                citation = Citation(len(citations) + len(alternatives) + 1, candidate.span, candidate.passage)
                alternatives.append(Alternative(citation, probability))
                said.append(text)
        return Answer(question, best.span, confidence, citations, tuple(alternatives), (), understood, reading.timings_ms)


def whole(candidate: Candidate, question: str) -> Span:
    """The candidate's span without a closing mark, and widened to the whole date or time if it is a part of one."""
    passage, span = candidate.passage, candidate.span
    # The full stop of "U.S." is a part of the answer; that of the sentence is not.
    closing = _CLOSING.search(span.text)
    end = span.end - (len(closing.group()) if closing else 0)
    # Tokens leave out accents that are characters of their own.
    while end < passage.end and combining(span.document.text[end]):
        end += 1
    start, end = whole_time(passage.text, span.start - passage.start, end - passage.start, question)
    return Span(span.document, passage.start + start, passage.start + end)


def repeats(question: str, answer: str) -> bool:
    """Whether ``answer`` only repeats words of ``question``, and the question offers no choice.

    A place may well be in the name of what took place there.

    >>> repeats("How old is Ann Lee?", "Ann Lee"), repeats("Was it Ann or Bob?", "Ann"), repeats("Who is Ann?", "Ann Lee")
    (True, False, False)
    >>> repeats("Where is Boston?", "Boston"), repeats("Where was the Boston Tea Party?", "Boston")
    (True, False)
    """
    if _WHERE.search(question):
        question = re.sub(rf"\b{re.escape(answer)} [A-Z]\w+", "", question)
    return not _CHOICE.search(question) and _holds(question.casefold(), answer.casefold())


def _words(span: Span) -> str:
    """The span's words, on whatever lines and in whatever letters they stand."""
    return " ".join(span.text.split()).casefold()


def _holds(text: str, words: str) -> bool:
    """Whether ``words`` stand in ``text`` as whole words."""
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None
