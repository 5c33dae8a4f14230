"""Cut a document into passages: whole sentences, exact offsets, nothing lost."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise

import sentencex

from index.document import Document, Span
from index.structure import Range, trimmed
from index.view import rows

_PARAGRAPH_BREAK = re.compile(r"(?:(?:\r\n|\r(?!\n)|\n)[^\S\r\n]*){2,}|[\f\u2029]")

_LINE_ENDS = str.maketrans("\x85\u2028\u2029", "\n\n\n")


@dataclass(frozen=True)
class SplitSettings:
    """How passages are cut. Lengths count characters.

    Attributes:
        longest: no passage is longer. 800 characters are about 180 word pieces, and the encoder reads at most 256.
        shortest: a paragraph shorter than this (a heading, a line of speech) is joined to the next one, since alone
            it says too little to be found or read. Only for this reason can a passage cross the end of a paragraph.
        overlap: how many sentences the passages of a split paragraph share.
    """

    longest: int = 800
    shortest: int = 80
    overlap: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.shortest <= self.longest or self.longest < 1 or self.overlap < 0:
            raise ValueError(f"Cannot split with {self}: expected 0 <= shortest <= longest, longest >= 1 and overlap >= 0.")


def sentences(text: str) -> list[Range]:
    """Half-open sentence offsets. They join back to ``text``: white space belongs to the sentence before it.

    >>> sentences("It cost $3.5 million. Mr. Abe paid.")
    [(0, 22), (22, 35)]
    """
    # sentencex breaks down at some ends of lines that are longer than a byte in UTF-8.
    plain = text.translate(_LINE_ENDS)
    starts = [boundary["start_index"] for boundary in sentencex.get_sentence_boundaries("en", plain)][1:]
    return list(zip([0, *starts], [*starts, len(text)], strict=True))


def split(document: Document, settings: SplitSettings | None = None) -> list[Span]:
    """Cut ``document`` into passages, in order.

    Every character that is not white space is in at least one passage. A passage starts and ends with a sentence or a row of
    a table, unless a single sentence is longer than ``settings.longest``; such a sentence is cut between words if possible.
    """
    settings = settings or SplitSettings()
    spans: list[Span] = []
    for section in _sections(document):
        for start, end in _joined(section, settings):
            spans += [Span(document, *piece) for piece in _pieces(document, start, end, settings)]
    return spans


def blocks(document: Document) -> list[Range]:
    """Offsets of the paragraphs, headings and tables, without the white space around them."""
    text = document.text
    breaks = [match.span() for match in _PARAGRAPH_BREAK.finditer(text)]
    breaks += [(at, at) for heading in document.structure.headings for at in heading.line]
    tables = document.structure.tables
    breaks += [(at, at) for table in tables for at in table.whole]
    breaks.sort()
    starts = [0, *(end for _, end in breaks)]
    ends = [*(start for start, _ in breaks), len(text)]
    parts = (trimmed(text, start, end) for start, end in zip(starts, ends, strict=True))
    return [(start, end) for start, end in parts if start < end]


def _sections(document: Document) -> list[list[Range]]:
    """The blocks of each section. A heading is one block with the next."""
    headings = {heading.line[0] for heading in document.structure.headings}
    sections: list[list[Range]] = []
    under_heading = False
    for start, end in blocks(document):
        is_heading = start in headings
        if under_heading:
            sections[-1][-1] = (sections[-1][-1][0], end)
        elif is_heading or not sections:
            sections.append([(start, end)])
        else:
            sections[-1].append((start, end))
        under_heading = is_heading
    return sections


def _joined(blocks: Iterable[Range], settings: SplitSettings) -> list[Range]:
    """Join each short block to the next one, and a short last one to the one before."""
    joined: list[Range] = []
    for start, end in blocks:
        if joined:
            first, last = joined[-1]
            if last - first < settings.shortest and end - first <= settings.longest:
                joined[-1] = (first, end)
                continue
        joined.append((start, end))
    if len(joined) > 1:
        (first, _), (start, end) = joined[-2:]
        if end - start < settings.shortest and end - first <= settings.longest:
            joined[-2:] = [(first, end)]
    return joined


def _pieces(document: Document, start: int, end: int, settings: SplitSettings) -> list[Range]:
    """Pack the sentences and rows of ``document.text[start:end]`` into pieces of at most ``settings.longest`` characters."""
    units = list(_units(document, start, end, settings.longest))
    # Rows are longer as they are read than as they stand, so lengths are taken between these places instead of offsets.
    gaps = [unit[0] - before[1] for before, unit in pairwise(units)]
    places = list(accumulate((gap + size for gap, (*_, size) in zip([0, *gaps], units, strict=True)), initial=0))

    def length(first: int, last: int) -> int:
        return places[last + 1] - places[first + 1] + units[first][2]

    pieces: list[Range] = []
    first = 0
    while first < len(units):
        last = first
        while last + 1 < len(units) and length(first, last + 1) <= settings.longest:
            last += 1
        pieces.append((units[first][0], units[last][1]))
        if last == len(units) - 1:
            break
        # Step back to share sentences, but never so far that the next piece would add nothing new.
        first = last + 1
        for _ in range(settings.overlap):
            back = first - 1
            if length(back, last + 1) > settings.longest or units[back][0] <= pieces[-1][0]:
                break
            first = back
    return pieces


def _units(document: Document, start: int, end: int, longest: int) -> Iterator[tuple[int, int, int]]:
    """What is never cut: its start, its end, and its length as it is read."""
    for table in document.structure.tables_in(start, end):
        yield from _sentences(document.text, start, table.whole[0], longest)
        yield from ((first, last, max(size, last - first)) for first, last, size in rows(document, table))
        start = table.whole[1]
    yield from _sentences(document.text, start, end, longest)


def _sentences(text: str, start: int, end: int, longest: int) -> Iterator[tuple[int, int, int]]:
    for first, last in sentences(text[start:end]) if start < end else ():
        for cut in _cut(text, start + first, start + last, longest):
            left, right = trimmed(text, *cut)
            if left < right:
                yield left, right, right - left


def _cut(text: str, start: int, end: int, longest: int) -> list[Range]:
    """Cut a sentence that is too long, after the last white space that fits or, failing that, anywhere."""
    cuts: list[Range] = []
    while end - start > longest:
        at = start + longest
        space = next((i for i in range(at, start + longest // 2, -1) if text[i - 1].isspace()), at)
        cuts.append((start, space))
        start = space
    return [*cuts, (start, end)]
