"""The headings and tables of a text, as Markdown marks them or as plain text shows them: ranges of it, never other text."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

Range = tuple[int, int]
"""A half-open range of a text, in code points."""

LONGEST_HEADING = 70
"""Characters of a heading that no mark shows to be one."""
LONGEST_TITLE = 120
"""Likewise, of a first line."""
LONGEST_MARKED = 300
"""Likewise, of a heading that is marked as one; a longer line is taken for text."""
LONGEST_ROW = 600
"""Characters of a table's line. A row is never cut in two, so a table with a longer one is taken for text."""
TITLE_LEVEL = 0
PLAIN_LEVEL = 2
"""The level of a heading that no mark shows to be one. One that is numbered stands as deep as its number: "3.2 Fees" is 3."""

_MARKED = re.compile(r" {0,3}(#{1,6})[ \t]+(?P<words>.*?\S)[ \t]*#*$")
_WORDS = re.compile(r"\s*(?P<words>[^|\s](?:[^|]*[^|\s])?)$")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)$")
_FENCE = re.compile(r" {0,3}(?:```|~~~)")
_SEPARATOR = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?$")
_PLAIN = re.compile(r"(?:\*\*)?(?P<words>(?:[A-Z\d]|[^\W\d_a-z])[^|]*[^\s.,;:!?…|*])(?:\*\*)?$")
_NUMBER = re.compile(r"\d+(?:\.\d+)*(?=\.?\s)")


@dataclass(frozen=True)
class Heading:
    """A heading: the range of its line, that of its words, its level, and whether Markdown marks it as one.

    A lower level stands higher. The title has 0.
    """

    line: Range
    words: Range
    level: int
    marked: bool


@dataclass(frozen=True)
class Row:
    """A row of a table: the range of its line, and those of its cells; that of an empty cell is empty."""

    line: Range
    cells: tuple[Range, ...]


@dataclass(frozen=True)
class Table:
    """A table: the range of the whole, the row of the column heads, and the rows below it."""

    whole: Range
    heads: Row
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Structure:
    """The headings and the tables of a text, each in order."""

    headings: tuple[Heading, ...]
    tables: tuple[Table, ...]

    def over(self, start: int) -> list[Heading]:
        """The headings that the text at ``start`` stands under, the title first. A heading does not stand under itself."""
        number = bisect_left(self.headings, start, key=lambda heading: heading.line[0]) - 1
        if number + 1 < len(self.headings) and self.headings[number + 1].line[0] == start:
            number = self._parents[number + 1]
        path: list[Heading] = []
        while number >= 0:
            path.insert(0, self.headings[number])
            number = self._parents[number]
        return path

    def tables_in(self, start: int, end: int) -> tuple[Table, ...]:
        """The tables that have a part between ``start`` and ``end``."""
        first = bisect_right(self.tables, start, key=lambda table: table.whole[1])
        return self.tables[first : bisect_left(self.tables, end, key=lambda table: table.whole[0])]

    @cached_property
    def _parents(self) -> list[int]:
        """The number of the heading that each one stands under; -1 for none."""
        parents: list[int] = []
        for number, heading in enumerate(self.headings):
            parent = number - 1
            while parent >= 0 and self.headings[parent].level >= heading.level:
                parent = parents[parent]
            parents.append(parent)
        return parents


def parse(text: str) -> Structure:
    """Find the headings and tables of ``text``.

    A heading is what Markdown marks as one, or a short line between blank lines that ends like no sentence. Of several such
    lines in a row only the first is one: below a title stand names and dates. If any heading is marked, short lines are none.
    A heading in the first line is the title.
    """
    lines = [*_lines(text), *[(len(text), len(text))] * 2]
    last = max((number for number, (start, end) in enumerate(lines) if start < end), default=0)
    headings: list[Heading] = []
    tables: list[Table] = []
    fenced = after_plain = False
    first = blank_before = True
    at = 0
    while at <= last:
        line, below = text[slice(*lines[at])], text[slice(*lines[at + 1])]
        fence = bool(_FENCE.match(line))
        if not line or fenced or fence:
            fenced ^= fence
            blank_before, at = True, at + 1
            continue
        alone = blank_before and not below and (at < last or first)
        was_plain, after_plain, end = after_plain, False, at
        if "|" in line and _SEPARATOR.match(below.strip()) and (table := _table(text, lines, at)):
            tables.append(table)
            end = at + 1 + len(table.rows)  # The separator is one more line.
        elif len(line) > LONGEST_MARKED:
            pass
        elif marked := _MARKED.match(line):
            headings.append(_heading(marked, lines[at], TITLE_LEVEL if first else len(marked[1]), marked=True))
        elif blank_before and _UNDERLINE.match(below) and (words := _WORDS.match(line)):
            end = at + 1
            level = 1 if below.endswith("=") else 2
            underlined = (lines[at][0], lines[end][1])
            headings.append(_heading(words, underlined, TITLE_LEVEL if first else level, marked=True))
        elif alone and (plain := _PLAIN.match(line)) and len(line) <= (LONGEST_TITLE if first else LONGEST_HEADING):
            after_plain = True
            if not was_plain:
                number = _NUMBER.match(plain["words"])
                level = PLAIN_LEVEL + (number[0].count(".") if number else 0)
                headings.append(_heading(plain, lines[at], TITLE_LEVEL if first else level, marked=False))
        first = blank_before = False
        at = end + 1
    if any(heading.marked for heading in headings):
        headings = [heading for heading in headings if heading.marked or heading.level == TITLE_LEVEL]
    return Structure(tuple(headings), tuple(tables))


def _heading(found: re.Match[str], line: Range, level: int, *, marked: bool) -> Heading:
    indent = len(found.string) - len(found.string.lstrip())
    words = (line[0] + found.start("words"), line[0] + found.end("words"))
    return Heading((line[0] + indent, line[1]), words, level, marked)


def _lines(text: str) -> Iterator[Range]:
    """The ranges of the lines, without the white space at their ends; a blank one is empty."""
    start = 0
    for line in text.splitlines(keepends=True):
        body = line.rstrip()
        yield start, start + len(body)
        start += len(line)


def _table(text: str, lines: list[Range], at: int) -> Table | None:
    """The table whose column heads stand in the line numbered ``at``, if there is one."""
    heads, separator = _row(text, lines[at]), _row(text, lines[at + 1])
    rows: list[Row] = []
    while "|" in text[slice(*lines[at + 2 + len(rows)])]:
        rows.append(_row(text, lines[at + 2 + len(rows)]))
    longest = max(row.line[1] - row.line[0] for row in (heads, *rows))
    if not rows or len(heads.cells) != len(separator.cells) or longest > LONGEST_ROW:
        return None
    return Table((heads.line[0], rows[-1].line[1]), heads, tuple(rows))


def _row(text: str, line: Range) -> Row:
    start, end = line = trimmed(text, *line)
    marks = [at for at in range(start, end) if text[at] == "|" and text[at - 1 : at] != "\\"]
    if marks and not text[start : marks[0]].strip():
        start = marks.pop(0) + 1
    if marks and marks[-1] == end - 1:
        end = marks.pop()
    cells = zip([start, *(mark + 1 for mark in marks)], [*marks, end], strict=True)
    return Row(line, tuple(trimmed(text, *cell) for cell in cells))


def trimmed(text: str, start: int, end: int) -> Range:
    """The range without the white space at its ends."""
    cell = text[start:end]
    end = start + len(cell.rstrip())
    return min(end, start + len(cell) - len(cell.lstrip())), end
