"""Answer with the best candidate if its confidence reaches the reader's threshold; otherwise abstain."""

import re
from dataclasses import dataclass

from index.document import Hit, Span
from qa.answer import Alternative, Answer, Citation
from qa.read.reader import Candidate, ReaderSettings

NEAREST = 3
"""How many passages are shown when nothing was found."""
ALTERNATIVES = 3
"""How many other answers are shown beside the answer, at most."""
LIKELY_BESIDE = 0.25
"""Confidence that the answer must leave to another one, for that to be shown."""


@dataclass(frozen=True)
class Reading:
    """How a question was understood, and what was found for it, before the decision whether to answer.

    Attributes:
        question: the question as it was read: as asked, or made to stand on its own.
        hits: the passages that were found, best first; the reader may not have read the later ones.
        candidates: the best answers in them, best first.
        timings_ms: milliseconds spent on "retrieve", "read" and in "total".
    """

    question: str
    hits: tuple[Hit, ...]
    candidates: tuple[Candidate, ...]
    timings_ms: dict[str, float]


def decide(question: str, reading: Reading, settings: ReaderSettings) -> Answer:
    """Answer with the best candidate if its confidence reaches the threshold; the next ones become alternatives.

    Of one document's answers one is right at most, so the confidence of an alternative from it is at most what the answer's
    leaves; beside a sure answer there is none. Other documents may say something else: of each, the best answer is an
    alternative if it would have been given without the others.
    """
    scored = [(candidate, settings.confidence(candidate.score)) for candidate in reading.candidates]
    likely = [(candidate, confidence) for candidate, confidence in scored if confidence >= settings.threshold]
    understood = None if reading.question == question else reading.question
    if not likely:
        confidence = scored[0][1] if scored else 0.0
        return Answer(question, None, confidence, (), (), _nearest(reading), understood, reading.timings_ms)
    first, confidence = likely[0]
    kept: list[tuple[Candidate, float]] = []
    for candidate, probability in likely:
        # Widened spans may overlap.
        if not any(candidate.span.overlaps(other.span) for other, _ in kept):
            kept.append((candidate, probability))
    words = _words(first.span)
    same = [candidate for candidate, _ in kept if _words(candidate.span) == words]
    citations = tuple(Citation(i, candidate.span, candidate.passage) for i, candidate in enumerate(same, start=1))
    alternatives: list[Alternative] = []
    said, heard = [words], {citation.span.document.id for citation in citations}
    for candidate, probability in kept:
        text, document = _words(candidate.span), candidate.span.document
        if document == first.span.document:
            probability = min(probability, 1 - confidence)
            if probability < LIKELY_BESIDE:
                continue
        elif document.id in heard or (first.verdict and candidate.verdict == first.verdict):
            continue
        # "Kerry" is not a different answer from "John Kerry".
        if len(alternatives) < ALTERNATIVES and not any(_holds(text, other) or _holds(other, text) for other in said):
            citation = Citation(len(citations) + len(alternatives) + 1, candidate.span, candidate.passage)
            alternatives.append(Alternative(citation, probability, candidate.verdict))
            said.append(text)
            heard.add(document.id)
    return Answer(
        question, first.span, confidence, citations, tuple(alternatives), (), understood, reading.timings_ms, first.verdict
    )


def _nearest(reading: Reading) -> tuple[Hit, ...]:
    """The passage with the best candidate, then those that were ranked highest."""
    best = reading.candidates[0].passage if reading.candidates else None
    ranked = sorted(reading.hits, key=lambda hit: hit.span != best)
    return tuple(ranked[:NEAREST])


def _words(span: Span) -> str:
    """The span's words in one form, whatever its line breaks and capital letters."""
    return " ".join(span.text.split()).casefold()


def _holds(text: str, words: str) -> bool:
    """Whether ``words`` stand in ``text`` as whole words."""
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None
