"""Pictures of the pages that citations are on."""

import base64
import logging
from pathlib import Path

from index.document import Document
from index.formats.apart import FileReader
from index.formats.reading import digest
from qa.answer import Citation
from qa.web.page.render import escape


def picture(citation: Citation, reader: FileReader, data: bytes | None = None) -> str:
    """The page on which ``citation`` begins, with the cited words marked, as HTML.

    It is empty if the document has no pages, or the file is no longer what was indexed.

    Args:
        citation: what to show.
        reader: draws the page.
        data: the document's file; None reads it from where it was indexed.
    """
    document, number = citation.span.document, citation.page
    data = _file(document) if data is None and number else data
    if number is None or data is None:
        return ""
    first, last = [*document.pages, len(document.text)][number - 1 : number + 1]
    span = citation.span
    try:
        png = reader.draw(data, number, document.text[first : span.start], document.text[span.start : min(last, span.end)])
    except ValueError as error:
        logging.getLogger(__name__).warning("page %d of %s: %s", number, document.source, error)
        return ""
    return (
        f'<details class="page" open><summary>Page {number}</summary>'
        f'<img alt="Page {number} of {escape(document.title)}, with the cited words marked" '
        f'src="data:image/png;base64,{base64.b64encode(png).decode()}"></details>'
    )


def _file(document: Document) -> bytes | None:
    """The file that ``document`` was read from, if it has not changed."""
    try:
        data = Path(document.path).read_bytes()
    except OSError:
        return None
    return data if digest(data) == document.file else None
