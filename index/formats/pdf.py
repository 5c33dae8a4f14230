"""PDF: its text in reading order, in paragraphs and under headings.

pdfium gives the characters in the order in which they are drawn, which is the order of reading, column by column, in what
programs write today. It knows lines, but neither paragraphs, headings nor tables: these are found by where the lines stand, how
large and how bold they are.
"""

import re
from collections import Counter, defaultdict

import pypdfium2

from index.formats.content import Content
from index.formats.pdf_line import Line, lines
from index.formats.pdf_table import LEADERS, with_tables

MOST_PAGES = 2000
_HYPHENS = ("\u2010", "-")
"""At a line's end."""
_WORDS = re.compile(r"[^\W\d_]{2}")
FULL_LINE = 0.85
"""A line that is at least this share of its column's width goes on in the next one."""
LARGER = 1.12
"""How much larger than most of the text the words of a heading are."""
MOST_BOLD = 0.3
"""Where a larger share of the text is bold, that shows no heading."""
APART = 0.3
"""The space above a heading that is bold but not large, at least, in heights of a line."""
LONGEST_HEADING = 120
FEWEST_REPEATED = 3
"""Pages that must have the same head or foot for it to be left out."""


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
        pages = [list(lines(document, number)) for number in range(len(document))]
    finally:
        document.close()
    if not any(pages):
        raise ValueError("has no text, only pictures of pages. Run text recognition (OCR) on it first, as with ocrmypdf.")
    return _written(_without_heads(pages))


def _without_heads(pages: list[list[Line]]) -> list[Line]:
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


def _outermost(page: list[Line]) -> list[Line]:
    """The two highest and the two lowest lines."""
    order = sorted(page, key=lambda line: -line.top)
    return [*order[:2], *order[-2:]]


def _forms(line: Line) -> list[tuple[str, str]]:
    """What the same head of other pages has in common with ``line``.

    That is all but the numbers. If one of them grows with the pages, it is the page's, which few pages show as well as many;
    so the second part says how far it is ahead of the page.
    """
    same = re.sub(r"\d+", "#", line.text)
    return [(same, ""), *((same, f"{int(number) - line.page:+}") for number in re.findall(r"\d{1,5}", line.text))]


def _written(lines: list[Line]) -> Content:
    on_page: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        on_page[line.page].append(line)
    lines = [line for number in sorted(on_page) for line in with_tables(on_page[number])]
    levels = _levels(lines)
    text, pages = "", [0]
    before, level_before = None, 0
    for line, level in zip(lines, levels, strict=True):
        full = before is not None and _is_full(before, on_page[before.page])
        joint = _joint(before, line, full=full, heading=level > 0, after_heading=level_before > 0)
        if joint == "" and text.endswith(_HYPHENS):
            text = text[:-1]
        start = len(text) + len(joint)
        pages += [start] * (line.page + 1 - len(pages))
        mark = f"{'#' * min(6, level)} " if level and joint != " " else ""
        text += joint + mark + line.text
        before, level_before = line, level
    first = [line for line, level in zip(lines, levels, strict=True) if line.page == 0 and level]
    title = max(first, key=lambda line: line.size).text if first else None
    return Content(text, title, tuple(pages))


def _levels(lines: list[Line]) -> list[int]:
    """The level of each line as a heading, from 1; 0 for none.

    A heading is larger than most of the text; or bold, where most is not, and stands by itself.
    """
    body = _body_size(lines)
    short = [not line.table and _is_short(line) for line in lines]
    larger = sorted({round(line.size, 1) for line, one in zip(lines, short, strict=True) if one and line.size >= LARGER * body})
    bold_is_rare = sum(len(line.text) for line in lines if line.bold) < MOST_BOLD * sum(len(line.text) for line in lines)
    levels = []
    for number, line in enumerate(lines):
        if short[number] and line.size >= LARGER * body:
            levels.append(len(larger) - larger.index(round(line.size, 1)))
        elif short[number] and line.bold and bold_is_rare and line.size >= body and _is_alone(lines, number):
            levels.append(len(larger) + 1)
        else:
            levels.append(0)
    return levels


def _is_short(line: Line) -> bool:
    return len(line.text) <= LONGEST_HEADING and bool(_WORDS.search(line.text)) and not LEADERS.search(line.text)


def _is_alone(lines: list[Line], number: int) -> bool:
    """Whether a line is no part of a paragraph: it stands apart from the one above, and what is below is not bold."""
    line, above, below = lines[number], lines[number - 1 : number], lines[number + 1 : number + 2]
    apart = not above or above[0].page != line.page or not 0 <= above[0].bottom - line.top < APART * line.height
    return apart and bool(below) and not below[0].bold and line.text[-1] not in ".,;:"


def _body_size(lines: list[Line]) -> float:
    """The size of most characters."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _is_full(line: Line, page: list[Line]) -> bool:
    """Whether ``line`` goes to the right edge of its column, as all lines of a paragraph but the last do."""
    column = [
        other
        for other in page
        if abs(other.size - line.size) <= 0.1 * line.size and other.left <= line.right and line.left <= other.right
    ] or [line]
    left, right = min(other.left for other in column), max(other.right for other in column)
    return line.right - left >= FULL_LINE * (right - left)


def _joint(before: Line | None, line: Line, *, full: bool, heading: bool, after_heading: bool) -> str:
    """What is between two lines: nothing in a word, a space in a paragraph, an end of line in a list or between paragraphs."""
    if before is None:
        return ""
    if before.table or line.table:
        return "\n\n"
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


def _goes_on(before: Line, line: Line) -> bool:
    """Whether a sentence goes on in the next column or on the next page."""
    return before.text[-1:] not in ".!?:" and (line.text[:1].islower() or before.text.endswith((*_HYPHENS, ",")))
