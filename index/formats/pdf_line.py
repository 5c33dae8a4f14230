"""The lines of a page of a PDF: their words, where they stand, and how they look."""

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2
from pypdfium2 import raw

_BREAK = re.compile(r"\r?\n")
# Where pdfium has joined the lines of a broken word itself.
_BROKEN = re.compile("[\ufffe\u00ad](?!$)")
_SPACES = re.compile(r"\s+")
_BOLD = re.compile(r"bold|black|heavy|demi|CMBX", re.IGNORECASE)
_FIXED = re.compile(r"mono|courier|consol|typewriter|CMTT", re.IGNORECASE)
"""In the names of fonts. CMBX and CMTT are TeX's."""
_LONGEST_NAME = 100
_FIXED_PITCH = 1
"""The flag of such a font (ISO 32000-1, table 123)."""
CELL_GAP = 0.5
"""Between words that stand in two cells, in heights of a line. A space is a quarter of one."""


@dataclass(frozen=True)
class Piece:
    """Words of a line that no wide gap parts, with their left and right edges in points."""

    text: str
    left: float
    right: float


@dataclass(frozen=True)
class Line:
    """A line; of a table, the whole of it.

    Attributes:
        text: its words; those of a table are written in Markdown.
        pieces: the parts that wide gaps leave.
        bottom: its lower edge, in points from below.
        top: its upper edge.
        size: its font's.
        bold: whether its first and last letters are.
        fixed: whether its letters are all of one width, as in code.
        page: from 0.
        table: whether it is one.
    """

    text: str
    pieces: tuple[Piece, ...]
    bottom: float
    top: float
    size: float
    bold: bool
    fixed: bool
    page: int
    table: bool = False

    @property
    def left(self) -> float:
        """Its left edge, in points."""
        return self.pieces[0].left

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.pieces[-1].right

    @property
    def height(self) -> float:
        """In points."""
        return self.top - self.bottom


def lines(document: pypdfium2.PdfDocument, number: int) -> Iterator[Line]:
    """The lines of page ``number``, from 0, in the order in which they are drawn."""
    page = document[number]
    textpage = page.get_textpage()
    at = 0
    for line in _BREAK.split(textpage.get_text_range()):
        words = line.strip()
        if words:
            yield _line(textpage, at + code_units(line[: line.index(words[0])]), words, number)
        at += code_units(line) + 2
    textpage.close()
    page.close()


def _line(textpage: pypdfium2.PdfTextPage, start: int, words: str, number: int) -> Line:
    first, last = character(textpage, start), character(textpage, start + code_units(words[:-1]))
    _, bottom, _, top = textpage.get_charbox(first, loose=True)
    size = raw.FPDFText_GetFontSize(textpage.raw, first)
    pieces = tuple(_pieces(textpage, start, words, CELL_GAP * (top - bottom)))
    (bold, fixed), (bold_at_end, _) = _font(textpage, first), _font(textpage, last)
    return Line(_joined(words), pieces, bottom, top, size, bold and bold_at_end, fixed, number)


def _pieces(textpage: pypdfium2.PdfTextPage, start: int, words: str, gap: float) -> Iterator[Piece]:
    left, begin = _edges(textpage, start, words, 0)[0], 0
    for space in _SPACES.finditer(words):
        before, after = _edges(textpage, start, words, space.start() - 1), _edges(textpage, start, words, space.end())
        if after[0] - before[1] > gap:
            yield Piece(_joined(words[begin : space.start()]), left, max(left, before[1]))
            left, begin = after[0], space.end()
    yield Piece(_joined(words[begin:]), left, max(left, _edges(textpage, start, words, len(words) - 1)[1]))


def _edges(textpage: pypdfium2.PdfTextPage, start: int, words: str, at: int) -> tuple[float, float]:
    left, _, right, _ = textpage.get_charbox(character(textpage, start + code_units(words[:at])), loose=True)
    return left, right


def _font(textpage: pypdfium2.PdfTextPage, at: int) -> tuple[bool, bool]:
    """Whether the font of a character is bold, and whether all of its letters have one width."""
    name, flags = ctypes.create_string_buffer(_LONGEST_NAME), ctypes.c_int()
    length = raw.FPDFText_GetFontInfo(textpage.raw, at, name, _LONGEST_NAME, flags)
    known = name.value.decode("utf-8", "replace") if 0 < length <= _LONGEST_NAME else ""
    return bool(_BOLD.search(known)), bool(_FIXED.search(known) or flags.value & _FIXED_PITCH)


def _joined(words: str) -> str:
    """``words`` without the hyphens of broken words. Only that at the line's end stays, until the next line is known."""
    return re.sub("[\ufffe\u00ad]$", "-", _BROKEN.sub("", words))


def code_units(text: str) -> int:
    """The length of ``text`` as pdfium counts it: in UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def character(textpage: pypdfium2.PdfTextPage, at: int) -> int:
    """The number of what stands ``at`` so many code units of pdfium's text: it numbers characters too that have no text."""
    return int(raw.FPDFText_GetCharIndexFromTextIndex(textpage.raw, at))
