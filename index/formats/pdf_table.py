"""Tables of a PDF. It knows none: they are lines whose words stand in columns, with nothing in between."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from index.formats.pdf_line import CELL_GAP, Line, Piece

FEWEST_ROWS = 3
"""Lines that have words in several columns, for them to be a table."""
FARTHEST = 2.5
"""How far below the line before it one of a table may stand, in heights of a line."""
ROW_GAP = 0.25
"""The space between rows at least, in heights of a line, unless rows stand as close as lines."""
NEAR = 8
"""At most how many lines before or after it those of the cell beside it are drawn."""
LEADERS = re.compile(r"(?:\. ?){4}")
"""In a table of contents: "Introduction . . . . 1"."""
_DIGIT = re.compile(r"\d")
_MARKER = re.compile(r"[^\w\s]|\(?\w{1,4}[.)]")
"""Of an item of a list."""
_Column = tuple[float, float]
"""Its left and right edge."""


def with_tables(lines: Sequence[Line]) -> list[Line]:
    """``lines`` of one page, with each table as one line, written in Markdown."""
    written: list[Line] = []
    at = 0
    while at < len(lines):
        end = _end(lines, at)
        columns = _columns(lines[at:end]) if end > at else []
        rows = [_cells(row, columns) for row in _rows(lines[at:end], columns)] if len(columns) > 1 else []
        if _is_table(rows) and (_is_bold(lines[at:end]) or _over_numbers(rows)) and not lines[at].fixed:
            written.append(_table(lines[at:end], rows))
            at = end
        else:
            written.append(lines[at])
            at += 1
    return written


def _is_table(rows: Sequence[Sequence[str]]) -> bool:
    """Whether these are rows, and not a list, a form, a list of contents, or text with a hanging indent."""
    full = [row for row in rows if sum(map(bool, row)) > 1]
    if len(full) < max(FEWEST_ROWS, len(rows) / 2) or rows[0][0].endswith(":"):
        return False
    pages = [int(row[1]) for row in rows if row[1].isdecimal()] if len(rows[0]) == 2 else []
    contents = len(pages) == len(rows) and pages == sorted(pages)
    return not contents and not all(_MARKER.fullmatch(row[0]) for row in full)


def _is_bold(lines: Sequence[Line]) -> bool:
    """Whether the first line looks like column heads: it is bold, the last is not."""
    return lines[0].bold and not lines[-1].bold


def _over_numbers(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row reads like column heads: words over a column of numbers."""
    columns = zip(*rows, strict=True)
    return any(
        not _DIGIT.search(head) and sum(bool(_DIGIT.search(cell)) for cell in cells) > len(cells) / 2
        for head, *cells in columns
        if head
    )


def _end(lines: Sequence[Line], at: int) -> int:
    """Where the table ends that begins at line ``at``; ``at`` if none does."""
    first, end, columns = lines[at], at, 2
    for number in range(at, len(lines)):
        line, taken = lines[number], lines[at : number + 1]
        bottom = min((other.bottom for other in taken[:-1]), default=line.top)
        far = bottom - line.top > FARTHEST * line.height or abs(line.size - first.size) > 0.1 * first.size
        if far or LEADERS.search(line.text) or (count := len(_columns(taken))) < columns:
            break
        columns = count
        if len(line.pieces) > 1:
            end = number + 1
        # Words in one column alone are the rest of the row above if they stand close below it, or of a cell beside another.
        elif bottom - line.top < ROW_GAP * line.height or _is_beside(line, lines[max(at, number - NEAR) : number + NEAR]):
            end = number + 1 if end == number else end
        else:
            break
    return end


def _is_beside(line: Line, others: Sequence[Line]) -> bool:
    overlaps = (min(line.top, other.top) - max(line.bottom, other.bottom) for other in others if other is not line)
    return any(overlap > 0.3 * line.height for overlap in overlaps)


def _columns(lines: Sequence[Line]) -> list[_Column]:
    """The columns of ``lines``: where words are above each other, in order."""
    columns: list[_Column] = []
    gap = CELL_GAP * min(line.height for line in lines)
    for piece in sorted((piece for line in lines for piece in line.pieces), key=lambda piece: piece.left):
        if columns and piece.left - columns[-1][1] < gap:
            columns[-1] = columns[-1][0], max(columns[-1][1], piece.right)
        else:
            columns.append((piece.left, piece.right))
    return columns


def _column(piece: Piece, columns: Sequence[_Column]) -> int:
    return next(number for number, (_, right) in enumerate(columns) if piece.left <= right)


def _table(lines: Sequence[Line], rows: Sequence[Sequence[str]]) -> Line:
    written = ["| " + " | ".join(row) + " |" for row in rows]
    written.insert(1, "|" + " --- |" * len(rows[0]))
    edges = Piece("", min(line.left for line in lines), max(line.right for line in lines))
    bottom, top = min(line.bottom for line in lines), max(line.top for line in lines)
    return replace(lines[0], text="\n".join(written), pieces=(edges,), bottom=bottom, top=top, bold=False, table=True)


def _rows(lines: Sequence[Line], columns: Sequence[_Column]) -> list[list[Line]]:
    """The lines of each row. Where rows stand no farther apart than lines, a row begins where its first cell does."""
    bands = list(_bands(lines))
    gaps = [min(line.bottom for line in above) - max(line.top for line in below) for above, below in pairwise(bands)]
    apart = [gap >= ROW_GAP * lines[0].height for gap in gaps]
    rows = [bands[0]]
    for gap, band in zip(apart, bands[1:], strict=True):
        if gap or (not any(apart) and any(line.left <= columns[0][1] for line in band)):
            rows.append(band)
        else:
            rows[-1] += band
    return rows


def _bands(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines that stand beside each other, from above."""
    band: list[Line] = []
    for line in sorted(lines, key=lambda line: -line.top):
        if band and min(other.bottom for other in band) + 0.3 * line.height > line.top:
            yield band
            band = []
        band.append(line)
    yield band


def _cells(row: Sequence[Line], columns: Sequence[_Column]) -> list[str]:
    cells: list[list[str]] = [[] for _ in columns]
    for line in row:
        for piece in line.pieces:
            cells[_column(piece, columns)].append(piece.text.replace("|", "\\|"))
    return [" ".join(words) for words in cells]
