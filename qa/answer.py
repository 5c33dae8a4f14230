"""What the bot says: an `Answer` and the `Citation` that it rests on. `Answer.to_dict` is the only wire format."""

from dataclasses import dataclass, field
from typing import Any, Literal

from index.document import Hit, Span
from index.split import sentences
from index.structure import Range
from index.view import headings, view
from qa.read.models import Verdict


def hit_to_dict(hit: Hit) -> dict[str, Any]:
    """A retrieved passage, as in `Answer.to_dict`."""
    span = hit.span
    return {
        "document": span.document.id,
        "title": span.document.title,
        "start": span.start,
        "end": span.end,
        "text": span.text,
        "score": round(hit.score, 4),
    }


@dataclass(frozen=True)
class Citation:
    """What an answer rests on. It has no text of its own, so it cannot disagree with the document."""

    number: int
    span: Span
    passage: Span

    @property
    def path(self) -> tuple[Span, ...]:
        """The headings over the cited words, below the title, the outermost first."""
        return headings(self.span)

    @property
    def page(self) -> int | None:
        """The page on which the cited words begin; None if the document has no pages."""
        return self.span.document.page(self.span.start)

    @property
    def trail(self) -> list[str]:
        """Where the cited words stand: the document's title, the headings over them, and the page."""
        headings = [" ".join(heading.text.split()) for heading in self.path]
        return [self.span.document.title, *headings, *([f"page {self.page}"] if self.page else [])]

    @property
    def sentence(self) -> Span:
        """The sentence or sentences of the passage that hold the cited words; of a table, the row."""
        document, row = self.span.document, self._row
        if row:
            return Span(document, *row)
        text, first, last = self.passage.text, self.span.start - self.passage.start, self.span.end - self.passage.start
        held = [(start, end) for start, end in sentences(text) if start < last and first < end]
        if not held:
            return self.span  # It is not of that passage.
        start, end = held[0][0], held[-1][1]
        end -= len(text[last:end]) - len(text[last:end].rstrip())
        return Span(document, self.passage.start + start, self.passage.start + end)

    @property
    def around(self) -> tuple[str, str]:
        """What is before and after the cited words in their sentence, or in their row with the heads of its columns."""
        read = view(self.passage)
        at = read.find(self.span)
        if self._row and at is not None:
            text, end = read.text, at + self.span.end - self.span.start
            return text[text.rfind("\n", 0, at) + 1 : at], text[end : text.find("\n", end)]
        text, sentence = self.span.document.text, self.sentence
        return text[sentence.start : self.span.start], text[self.span.end : sentence.end]

    @property
    def _row(self) -> Range | None:
        tables = self.span.document.structure.tables_in(self.span.start, self.span.end)
        rows = [row.line for table in tables for row in (table.heads, *table.rows)]
        return next((row for row in rows if row[0] <= self.span.start and self.span.end <= row[1]), None)

    def to_dict(self) -> dict[str, Any]:
        """As in `Answer.to_dict`."""
        document = self.span.document
        return {
            "number": self.number,
            "document": document.id,
            "title": document.title,
            "source": document.source,
            "start": self.span.start,
            "end": self.span.end,
            "quote": self.span.text,
            "around": dict(zip(("before", "after"), self.around, strict=True)),
            "path": [heading.text for heading in self.path],
            "page": self.page,
            "passage": {"start": self.passage.start, "end": self.passage.end, "text": self.passage.text},
        }


@dataclass(frozen=True)
class Alternative:
    """Another possible answer, from the same document as the answer or from another one.

    Citation numbers go on from the answer's. The confidence is the calibrated probability that it is right. To a yes/no
    question, ``verdict`` is the answer and the citation its evidence.
    """

    citation: Citation
    confidence: float
    verdict: Verdict | None = None

    @property
    def text(self) -> str:
        """Its words, exactly as in the document."""
        return self.citation.span.text

    def to_dict(self) -> dict[str, Any]:
        """As in `Answer.to_dict`."""
        return {
            "answer": self.text,
            "verdict": self.verdict,
            "confidence": round(self.confidence, 4),
            "citation": self.citation.to_dict(),
        }


@dataclass(frozen=True)
class Answer:
    """An extracted answer, or the statement that there is none.

    Attributes:
        question: as it was asked.
        span: the answer in its document, or None when the documents do not say.
        confidence: calibrated probability, 0 to 1, that the documents answer the question with the best span.
        citations: the places that the answer rests on, numbered from 1, surest first: each place where the reader found
            the same words as the answer. Empty when nothing was found.
        alternatives: other answers that are likely enough, surest first: of the same document, and the best of each other one.
        nearest: the best passages when nothing was found; they are not an answer.
        understood: the question as it was read, if that differs from how it was asked: with its spelling mended, or with
            the words of earlier turns that it referred to.
        timings_ms: milliseconds spent on "retrieve", "read" and in "total".
        verdict: the answer to a yes/no question, "yes" or "no"; the span is then its evidence. None for other questions.
        kind: "overview" if the question is what the documents are about. Then each citation has another sentence that says so,
            and ``span`` is the first. "talk" if it is no question to them. Then ``reply`` answers it, in words of our own.
        reply: see ``kind``.
    """

    question: str
    span: Span | None
    confidence: float
    citations: tuple[Citation, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    nearest: tuple[Hit, ...] = ()
    understood: str | None = None
    timings_ms: dict[str, float] = field(default_factory=dict, compare=False)
    verdict: Verdict | None = None
    kind: Literal["answer", "overview", "talk"] = "answer"
    reply: str | None = None

    @property
    def found(self) -> bool:
        """Whether the documents answer the question."""
        return self.span is not None

    @property
    def text(self) -> str | None:
        """The answer's words, exactly as in the document."""
        return self.span.text if self.span else None

    def to_dict(self) -> dict[str, Any]:
        """The wire format of the command line, the HTTP API, the page and the evaluation.

        ``start`` and ``end`` count code points of the document's text, half-open.
        """
        return {
            "question": self.question,
            "understood": self.understood,
            "found": self.found,
            "answer": self.text,
            "verdict": self.verdict,
            "kind": self.kind,
            "reply": self.reply,
            "confidence": round(self.confidence, 4),
            "citations": [citation.to_dict() for citation in self.citations],
            "alternatives": [alternative.to_dict() for alternative in self.alternatives],
            "nearest": [hit_to_dict(hit) for hit in self.nearest],
            "timings_ms": {stage: round(milliseconds, 2) for stage, milliseconds in self.timings_ms.items()},
        }
