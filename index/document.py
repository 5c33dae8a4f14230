"""The one idea: text is stored once, and everything else is a `Span` of it."""

import hashlib
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from index.structure import Structure, parse

LONGEST_TITLE = 120
"""Characters. In some files the first line is the whole text."""


@dataclass(frozen=True)
class Document:
    """An immutable text. Two documents with the same text have the same ``id``.

    Attributes:
        id: the first 16 hex digits of the SHA-256 of the text.
        title: the first line that is not blank, or its beginning, without the marks of a heading.
        text: what was read of the file. A plain text is exactly as in the file, line endings included; only a byte-order mark
            is dropped.
        source: a path or an address, to show to people.
        pages: where each page begins in ``text``; empty if there are no pages.
        file: a digest of the file that it was read from; "" if there is none.
        path: where that file was on this machine.
        fetched: when it was fetched from the web, in ISO 8601; "" if it was not.
    """

    id: str
    title: str
    text: str = field(repr=False)
    source: str
    pages: tuple[int, ...] = field(default=(), repr=False)
    file: str = field(default="", repr=False)
    path: str = field(default="", repr=False)
    fetched: str = ""

    @classmethod
    def from_text(
        cls, text: str, source: str, title: str | None = None, pages: tuple[int, ...] = (), file: str = "", path: str = ""
    ) -> Self:
        """Make a document of ``text``.

        Raises:
            ValueError: ``text`` is blank.
        """
        if not text.strip():
            raise ValueError(f"{source} is empty. A document needs at least one line of text: add some, or remove the file.")
        if title is None:
            first = " ".join(next(line for line in text.splitlines() if line.strip()).split())
            title = _shortened(first.strip("# ") or first)
        return cls(hashlib.sha256(text.encode()).hexdigest()[:16], title, text, source, pages, file, path)

    @cached_property
    def structure(self) -> Structure:
        """The headings and tables."""
        return parse(self.text)

    def page(self, at: int) -> int | None:
        """The number, from 1, of the page on which the character at ``at`` stands; None if there are no pages."""
        return bisect_right(self.pages, at) or None

    @property
    def span(self) -> "Span":
        """The whole document."""
        return Span(self, 0, len(self.text))


def _shortened(line: str) -> str:
    """Cut a line that is too long, between words.

    >>> _shortened("a" * 120) == "a" * 120, _shortened("word " * 100)[-7:]
    (True, ' word …')
    """
    if len(line) <= LONGEST_TITLE:
        return line
    cut = line[: LONGEST_TITLE - 2]
    return f"{cut.rpartition(' ')[0] or cut} …"


@dataclass(frozen=True)
class Span:
    """A half-open range of a document, in code points: ``document.text[start:end]``.

    Raises:
        ValueError: the range is empty or not inside the document.
    """

    document: Document
    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= len(self.document.text):
            raise ValueError(
                f"[{self.start}, {self.end}) is not a range of {self.document.source} [0, {len(self.document.text)})."
            )

    @property
    def text(self) -> str:
        """The words of the span."""
        return self.document.text[self.start : self.end]

    def overlaps(self, other: "Span") -> bool:
        """Whether the two share at least one character."""
        return self.document.id == other.document.id and self.start < other.end and other.start < self.end

    def contains(self, other: "Span") -> bool:
        """Whether ``other`` lies wholly inside."""
        return self.document.id == other.document.id and self.start <= other.start and other.end <= self.end


@dataclass(frozen=True)
class Hit:
    """A retrieved passage; a higher score is better."""

    span: Span
    score: float
