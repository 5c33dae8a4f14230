"""Cut a document into passages: whole sentences, exact offsets, nothing lost."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import sentencex

from index.document import Document, Span

_PARAGRAPH_BREAK = re.compile(r"(?:(?:\r\n|\r(?!\n)|\n)[^\S\r\n]*){2,}|[\f\u2029]")


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


def sentences(text: str) -> list[tuple[int, int]]:
    """Half-open sentence offsets. They join back to ``text``: white space belongs to the sentence before it.

    >>> sentences("It cost $3.5 million. Mr. Abe paid.")
    [(0, 22), (22, 35)]
    """
    starts = [boundary["start_index"] for boundary in sentencex.get_sentence_boundaries("en", text)][1:]
    return list(zip([0, *starts], [*starts, len(text)], strict=True))


def split(document: Document, settings: SplitSettings | None = None) -> list[Span]:
    """Cut ``document`` into passages, in order.

    Every character that is not white space is in at least one passage. A passage starts and ends with a sentence,
    unless a single sentence is longer than ``settings.longest``; such a sentence is cut between words if possible.
    """
    settings = settings or SplitSettings()
    text = document.text
    spans: list[Span] = []
    for start, end in _joined(text, _paragraphs(text), settings):
        for piece in _pieces(text, start, end, settings):
            start_, end_ = _trimmed(text, *piece)
            if start_ < end_:
                spans.append(Span(document, start_, end_))
    return spans


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _paragraphs(text: str) -> list[tuple[int, int]]:
    """Offsets of the runs of text between blank lines, without the white space around them."""
    breaks = [match.span() for match in _PARAGRAPH_BREAK.finditer(text)]
    starts = [0, *(end for _, end in breaks)]
    ends = [*(start for start, _ in breaks), len(text)]
    trimmed = (_trimmed(text, start, end) for start, end in zip(starts, ends, strict=True))
    return [(start, end) for start, end in trimmed if start < end]


def _joined(text: str, paragraphs: Iterable[tuple[int, int]], settings: SplitSettings) -> list[tuple[int, int]]:
    """Join each short paragraph to the next one, and a short last one to the one before."""
    joined: list[tuple[int, int]] = []
    for start, end in paragraphs:
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


def _pieces(text: str, start: int, end: int, settings: SplitSettings) -> list[tuple[int, int]]:
    """Pack the sentences of ``text[start:end]`` into pieces of at most ``settings.longest`` characters."""
    if end - start <= settings.longest:
        return [(start, end)]
    units = [
        unit for first, last in sentences(text[start:end]) for unit in _cut(text, start + first, start + last, settings.longest)
    ]
    pieces: list[tuple[int, int]] = []
    first = 0
    while first < len(units):
        last = first
        while last + 1 < len(units) and units[last + 1][1] - units[first][0] <= settings.longest:
            last += 1
        pieces.append((units[first][0], units[last][1]))
        if last == len(units) - 1:
            break
        # Step back to share sentences, but never so far that the next piece would add nothing new.
        first = last + 1
        for _ in range(settings.overlap):
            back = first - 1
            if units[last + 1][1] - units[back][0] > settings.longest or units[back][0] <= pieces[-1][0]:
                break
            first = back
    return pieces


def _cut(text: str, start: int, end: int, longest: int) -> list[tuple[int, int]]:
    """Cut a sentence that is too long, after the last white space that fits or, failing that, anywhere."""
    cuts: list[tuple[int, int]] = []
    while end - start > longest:
        at = start + longest
        space = next((i for i in range(at, start + longest // 2, -1) if text[i - 1].isspace()), at)
        cuts.append((start, space))
        start = space
    return [*cuts, (start, end)]
