"""PDF: its text in reading order, in paragraphs and under headings.

pdfium gives the characters in the order in which they are drawn, which is the order of reading, column by column, in what
programs write today. It knows lines, but neither paragraphs nor headings: these are found by where the lines stand and how
large they are.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2
from pypdfium2 import raw

from index.formats.content import Content

MOST_PAGES = 2000
_BREAK = re.compile(r"\r?\n")
_HYPHENS = ("\u2010", "-")
"""At a line's end."""
# Where pdfium has joined the lines of a broken word itself.
_BROKEN = re.compile("[\ufffe\u00ad](?!$)")
_WORDS = re.compile(r"[^\W\d_]{2}")
# In a table of contents: "Introduction . . . . 1".
_LEADERS = re.compile(r"(?:\. ?){4}")
FULL_LINE = 0.85
"""A line that is at least this share of its column's width goes on in the next one."""
LARGER = 1.12
"""How much larger than most of the text the words of a heading are."""
LONGEST_HEADING = 120
FEWEST_REPEATED = 3
"""Pages that must have the same head or foot for it to be left out."""


@dataclass(frozen=True)
class _Line:
    """A line: its words, its box from below in points, its font's size, and its page, from 0."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float
    page: int

    @property
    def height(self) -> float:
        return self.top - self.bottom


def pdf(data: bytes) -> Content:
    """The text of a PDF, with the beginnings of its pages.

    Raises:
        ValueError: it is damaged, locked, too long, or has no text.
    """
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).casefold()
        what = "is locked by a password. Save it without one." if locked else "is damaged. Save or download it anew."
        raise ValueError(what) from error
    try:
        if len(document) > MOST_PAGES:
            raise ValueError(f"has {len(document):,} pages; at most {MOST_PAGES:,} are read. Cut it into parts.")
        pages = [list(_lines(document, number)) for number in range(len(document))]
    finally:
        document.close()
    if not any(pages):
        raise ValueError("has no text, only pictures of pages. Run text recognition (OCR) on it first, as with ocrmypdf.")
    return _written(_without_heads(pages))


def _lines(document: pypdfium2.PdfDocument, number: int) -> Iterator[_Line]:
    page = document[number]
    textpage = page.get_textpage()
    at = 0
    for line in _BREAK.split(textpage.get_text_range()):
        words = line.strip()
        if words:
            before = at + code_units(line[: line.index(words[0])])
            first, last = character(textpage, before), character(textpage, before + code_units(words[:-1]))
            left, bottom, _, top = textpage.get_charbox(first, loose=True)
            _, _, right, _ = textpage.get_charbox(last, loose=True)
            size = raw.FPDFText_GetFontSize(textpage.raw, first)
            yield _Line(_joined(words), left, right, bottom, top, size, number)
        at += code_units(line) + 2
    textpage.close()
    page.close()


def code_units(text: str) -> int:
    """The length of ``text`` as pdfium counts it: in UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def character(textpage: pypdfium2.PdfTextPage, at: int) -> int:
    """Pdfium's number of what stands ``at`` so many code units of its text: it numbers characters too that have no text."""
    return int(raw.FPDFText_GetCharIndexFromTextIndex(textpage.raw, at))


def _joined(words: str) -> str:
    """``words`` without the hyphens of broken words. Only that at the line's end stays, until the next line is known."""
    return re.sub("[\ufffe\u00ad]$", "-", _BROKEN.sub("", words))


def _without_heads(pages: list[list[_Line]]) -> list[_Line]:
    """All lines, without those at the top and bottom that many pages have, and without page numbers."""
    edges = [{id(line): _forms(line) for line in _outermost(page)} for page in pages]
    counts = Counter(form for page in edges for form in {form for forms in page.values() for form in forms})
    repeated = {form for form, count in counts.items() if count >= FEWEST_REPEATED and (form[1] or count >= len(pages) / 2)}
    return [
        line
        for page, edge in zip(pages, edges, strict=True)
        for line in page
        if not repeated.intersection(edge.get(id(line), ()))
    ]


def _outermost(page: list[_Line]) -> list[_Line]:
    """The two highest and the two lowest lines."""
    order = sorted(page, key=lambda line: -line.top)
    return [*order[:2], *order[-2:]]


def _forms(line: _Line) -> list[tuple[str, str]]:
    """What the same head of other pages has in common with ``line``.

    That is all but the numbers. If one of them grows with the pages, it is the page's, which few pages show as well as many;
    so the second part says how far it is ahead of the page.
    """
    same = re.sub(r"\d+", "#", line.text)
    return [(same, ""), *((same, f"{int(number) - line.page:+}") for number in re.findall(r"\d{1,5}", line.text))]


def _written(lines: list[_Line]) -> Content:
    body = _body_size(lines)
    larger = sorted({round(line.size, 1) for line in lines if _is_heading(line, body)}, reverse=True)
    on_page: dict[int, list[_Line]] = defaultdict(list)
    for line in lines:
        on_page[line.page].append(line)
    text, pages = "", [0]
    before: _Line | None = None
    for line in lines:
        heading = _is_heading(line, body)
        after_heading = before is not None and _is_heading(before, body)
        full = before is not None and _is_full(before, on_page[before.page])
        joint = _joint(before, line, full=full, heading=heading, after_heading=after_heading)
        if joint == "" and text.endswith(_HYPHENS):
            text = text[:-1]
        start = len(text) + len(joint)
        pages += [start] * (line.page + 1 - len(pages))
        mark = f"{'#' * min(6, 1 + larger.index(round(line.size, 1)))} " if heading and joint != " " else ""
        text += joint + mark + line.text
        before = line
    first = [line for line in lines if line.page == 0 and _is_heading(line, body)]
    title = max(first, key=lambda line: line.size).text if first else None
    return Content(text, title, tuple(pages))


def _body_size(lines: list[_Line]) -> float:
    """The size of most characters."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _is_heading(line: _Line, body: float) -> bool:
    words = len(line.text) <= LONGEST_HEADING and _WORDS.search(line.text) and not _LEADERS.search(line.text)
    return bool(words) and line.size >= LARGER * body


def _is_full(line: _Line, page: list[_Line]) -> bool:
    """Whether ``line`` goes to the right edge of its column, as all lines of a paragraph but the last do."""
    column = [
        other
        for other in page
        if abs(other.size - line.size) <= 0.1 * line.size and other.left <= line.right and line.left <= other.right
    ] or [line]
    left, right = min(other.left for other in column), max(other.right for other in column)
    return line.right - left >= FULL_LINE * (right - left)


def _joint(before: _Line | None, line: _Line, *, full: bool, heading: bool, after_heading: bool) -> str:
    """What is between two lines: nothing in a word, a space in a paragraph, an end of line in a list or between paragraphs."""
    if before is None:
        return ""
    same_size = abs(before.size - line.size) < 0.1 * line.size
    gap = before.bottom - line.top
    below = before.page == line.page and -0.5 * line.height < gap
    if heading or after_heading:
        return " " if heading and after_heading and same_size and below and gap < line.height else "\n\n"
    if below and not (same_size and gap < 0.5 * line.height):
        return "\n\n"
    if not below and not _goes_on(before, line):
        return "\n\n"
    if before.text.endswith(_HYPHENS) and line.text[:1].islower():
        return ""
    return " " if full or not below else "\n"


def _goes_on(before: _Line, line: _Line) -> bool:
    """Whether a sentence goes on in the next column or on the next page."""
    return before.text[-1:] not in ".!?:" and (line.text[:1].islower() or before.text.endswith((*_HYPHENS, ",")))
