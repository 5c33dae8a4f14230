"""A picture of a page of a PDF, with words marked."""

import io
from collections.abc import Iterator
from itertools import accumulate

import pypdfium2
from PIL import Image, ImageChops, ImageDraw

from index.formats.pdf_line import character, code_units

WIDTH = 900
"""Pixels."""
COLOURS = 64
"""Fewer than the page has, which makes the picture a third as large."""
_MARK = (255, 226, 122)

Box = tuple[float, float, float, float]


def picture(data: bytes, number: int, before: str, words: str) -> bytes:
    """A PNG of a page of a PDF, with ``words`` marked.

    Args:
        data: the PDF.
        number: the page's number, from 1.
        before: what was read of the page before ``words``, which tells at which place they are marked if they stand at several.
        words: what was read at the place to mark. White space and punctuation may differ from the page's.

    Raises:
        ValueError: there is no such page, or it cannot be drawn.
    """
    try:
        document = pypdfium2.PdfDocument(data)
        page = document[number - 1]
        scale = WIDTH / page.get_width()
        drawn: Image.Image = page.render(scale=scale).to_pil().convert("RGB")
        marks = Image.new("RGB", drawn.size, "white")
        pen = ImageDraw.Draw(marks)
        top = page.get_height()
        for left, bottom, right, upper in _boxes(page.get_textpage(), before, words):
            pen.rectangle([left * scale - 1, (top - upper) * scale - 1, right * scale + 1, (top - bottom) * scale + 1], _MARK)
        png = io.BytesIO()
        ImageChops.multiply(drawn, marks).quantize(COLOURS).save(png, "PNG")
    except (pypdfium2.PdfiumError, IndexError, OSError, ZeroDivisionError) as error:
        raise ValueError(f"page {number} cannot be drawn ({error!s:.100}).") from error
    return png.getvalue()


def _boxes(textpage: pypdfium2.PdfTextPage, before: str, words: str) -> Iterator[Box]:
    """The boxes around ``words``, one for each line."""
    text = textpage.get_text_range()
    starts = accumulate(map(code_units, text), initial=0)
    places = [at for at, character in zip(starts, text, strict=False) if character.isalnum()]
    letters, wanted, earlier = _letters(text), _letters(words), _letters(before)
    at = letters.find(wanted)
    if not wanted or at < 0:
        return
    for _ in range(earlier.count(wanted)):
        at = max(at, letters.find(wanted, at + len(wanted)))
    first, last = (character(textpage, place) for place in (places[at], places[at + len(wanted) - 1]))
    for number in range(textpage.count_rects(first, last - first + 1)):
        yield textpage.get_rect(number)


def _letters(text: str) -> str:
    """The letters and digits: lines, hyphens and spaces are not the same on the page and in what was read of it."""
    return "".join(character for character in text if character.isalnum())
