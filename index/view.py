"""What is read of a passage: its text under its headings, with the column heads at every cell of a table.

A passage alone does not tell what it stands under, and a row not what its numbers are. So the encoder, BM25 and the reader are
given a view of it. Each piece of the view that is the document's own text knows its place there; the rest (headings, column
heads) can be read but not cited.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.document import Document, Span
from index.structure import TITLE_LEVEL, Range, Row, Table

LONGEST_PATH = 200
"""Characters of the headings in a view; the outermost are left out first, the title last."""


@dataclass(frozen=True)
class View:
    """A text to read.

    Attributes:
        passage: what it is a view of.
        text: the text.
        pieces: those parts that are the document's: start in ``text``, start in the document, length.
    """

    passage: Span
    text: str
    pieces: tuple[tuple[int, int, int], ...]

    def span(self, start: int, end: int) -> Span | None:
        """The document's range for ``text[start:end]``; None if that is not within one piece."""
        number = bisect_right(self.pieces, start, key=lambda piece: piece[0]) - 1
        if number < 0 or start >= end:
            return None
        first, at, length = self.pieces[number]
        return Span(self.passage.document, at + start - first, at + end - first) if end <= first + length else None

    def citable(self, offsets: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which ranges of ``text``, shape (ranges, 2), are within one piece; shape (ranges,)."""
        firsts, _, lengths = np.array(self.pieces).T
        number = np.searchsorted(firsts, offsets[:, 0], side="right") - 1
        within: NDArray[np.bool_] = offsets[:, 1] <= firsts[number] + lengths[number]
        return within & (number >= 0)

    def find(self, span: Span) -> int | None:
        """Where ``span`` begins in ``text``; None if it is not within one piece."""
        for first, at, length in self.pieces:
            if at <= span.start and span.end <= at + length:
                return first + span.start - at
        return None


def path(span: Span) -> tuple[Span, ...]:
    """The title and the headings that the beginning of ``span`` stands under, the outermost first."""
    return tuple(Span(span.document, *heading.words) for heading in span.document.structure.over(span.start))


def headings(span: Span) -> tuple[Span, ...]:
    """The same, without the title."""
    over = span.document.structure.over(span.start)
    return tuple(Span(span.document, *heading.words) for heading in over if heading.level > TITLE_LEVEL)


def view(passage: Span) -> View:
    """The view of ``passage``."""
    document = passage.document
    text = "".join(f"{' '.join(heading.text.split())}\n" for heading in _shown(path(passage)))
    pieces: list[tuple[int, int, int]] = []
    at = passage.start
    for table in document.structure.tables_in(passage.start, passage.end):
        text = _with(text, pieces, document, (at, table.whole[0]))
        for line in _lines(document, table, passage):
            for before, cell in line:
                text = _with(text + before, pieces, document, cell)
            text += "\n"
        at = table.whole[1]
    return View(passage, _with(text, pieces, document, (at, passage.end)), tuple(pieces))


def rows(document: Document, table: Table) -> list[tuple[int, int, int]]:
    """For each row of ``table``: its start and end, the first one's with the column heads, and the length of its view."""
    ends = [row.line[1] for row in table.rows]
    sizes = [sum(len(before) + end - start for before, (start, end) in _named(document, table, row)) for row in table.rows]
    return list(zip([table.whole[0], *ends], ends, sizes, strict=False))


def _with(text: str, pieces: list[tuple[int, int, int]], document: Document, part: Range) -> str:
    """``text`` with a part of the document at its end, which becomes one of ``pieces``."""
    if part[0] < part[1]:
        pieces.append((len(text), part[0], part[1] - part[0]))
        text += document.text[slice(*part)]
    return text


def _lines(document: Document, table: Table, passage: Span) -> Iterator[list[tuple[str, Range]]]:
    """The lines of ``table`` that are in ``passage``: for each cell, what is put before it, and the cell."""
    if passage.start <= table.whole[0]:
        yield [("; " if number else "", cell) for number, cell in enumerate(table.heads.cells)]
    for row in table.rows:
        if passage.start <= row.line[0] and row.line[1] <= passage.end:
            yield _named(document, table, row)


def _named(document: Document, table: Table, row: Row) -> list[tuple[str, Range]]:
    named: list[tuple[str, Range]] = []
    heads = table.heads.cells
    for number, cell in enumerate(row.cells):
        head = document.text[slice(*heads[number])] if number < len(heads) else ""
        if cell[0] < cell[1]:
            named.append((("; " if named else "") + (f"{head}: " if head else ""), cell))
    return named


def _shown(headings: tuple[Span, ...]) -> list[Span]:
    """The headings that there is room for: the title first, then from the innermost."""
    room, kept = LONGEST_PATH, set()
    for number in [0, *range(len(headings) - 1, 0, -1)][: len(headings)]:
        room -= headings[number].end - headings[number].start
        if room < 0:
            break
        kept.add(number)
    return [heading for number, heading in enumerate(headings) if number in kept]
