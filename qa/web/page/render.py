"""The article as HTML, with marks in it. All text from documents and people is escaped by `escape`."""

import string
from collections.abc import Collection, Mapping, Sequence
from itertools import islice

from index.document import Document, Span
from index.split import blocks
from index.structure import Range, Table
from qa.answer import Citation

LONGEST_SHOWN = 200_000
"""Characters of a document that are sent to the browser at once."""
MOST_LISTED = 500
"""Documents in a list."""
FOUND_AT_A_GLANCE = 12
"""A longer list can be searched by name."""

# Every ASCII punctuation mark is written as a character reference. That escapes HTML and leaves nothing that Markdown, a
# formula renderer or a template could interpret: no backticks, no $$, no links made from bare addresses.
_INERT = str.maketrans({mark: f"&#{ord(mark)};" for mark in string.punctuation} | {"\0": "\ufffd"})


def escape(text: str) -> str:
    """``text`` as HTML that shows it and does nothing else.

    >>> escape("a<b")
    'a&#60;b'
    """
    return text.translate(_INERT)


def article(
    document: Document,
    citations: Sequence[Citation] = (),
    exchange: int = 0,
    also: Sequence[Citation] = (),
    nearest: Sequence[Citation] = (),
    private: bool = False,
    number: int = 1,
    picture: str = "",
) -> str:
    """A document as headings, tables and paragraphs, with its cited spans marked.

    Args:
        document: the document to show; of a very long one, only the part around citation ``number``.
        citations: the citations to mark; those from other documents are left out.
        exchange: the number of the exchange whose citations they are.
        also: likewise, to mark as other possible answers.
        nearest: likewise, to mark as passages that are not an answer.
        private: only this visitor has the document.
        number: the number of the citation that the visitor wants to see.
        picture: HTML that is put behind the paragraph, heading or table in which that citation begins.
    """
    kinds = {citation.number: "also" for citation in also} | {citation.number: "nearest" for citation in nearest}
    marks = _Marks(document, (*citations, *also, *nearest), kinds, exchange)
    wanted = next((mark for mark in marks.citations if mark.number == number), None)
    shown = _shown(document, wanted)
    headings = {heading.line: heading for heading in document.structure.headings}
    tables = {table.whole: table for table in document.structure.tables}
    parts = [f'<article class="document" dir="auto" data-exchange="{exchange}" data-document="{document.id}">']
    if shown.start > 0:
        parts.append(f'<p class="cut">… {shown.start:,} characters before this are not shown.</p>')
    parted = blocks(document)
    for block in parted:
        if block[1] <= shown.start or shown.end <= block[0]:
            continue
        if block == parted[0] and " ".join(document.text[slice(*block)].split()) == document.title:
            parts.append(f"<h2>{marks.within(block)}</h2>")
        elif block in headings:
            heading = headings[block]
            tag = f"h{min(4, max(3, heading.level + 1)) if heading.level else 2}"
            parts.append(f"<{tag}>{marks.within(heading.words)}</{tag}>")
        elif block in tables:
            parts.append(_table(tables[block], marks))
        else:
            parts.append(f"<p>{marks.within((max(block[0], shown.start), min(block[1], shown.end)))}</p>")
        if wanted and block[0] <= wanted.span.start < block[1]:
            parts.append(picture)
    if shown.end < len(document.text):
        parts.append(f'<p class="cut">{len(document.text) - shown.end:,} characters after this are not shown. …</p>')
    only = " · Only you see this text. It is gone when you leave." if private else ""
    when = f" · fetched on {escape(document.fetched[:10])}" if document.fetched else ""
    return "".join([*parts, f'<footer class="source">{escape(document.source)}{when}{only}</footer></article>'])


def _table(table: Table, marks: "_Marks") -> str:
    heads = "".join(f"<th>{marks.within(cell)}</th>" for cell in table.heads.cells)
    rows = "".join(f"<tr>{''.join(f'<td>{marks.within(cell)}</td>' for cell in row.cells)}</tr>" for row in table.rows)
    return f'<div class="table"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'


def _shown(document: Document, citation: Citation | None) -> Span:
    middle = citation.span.start if citation else 0
    start = max(0, min(middle - LONGEST_SHOWN // 2, len(document.text) - LONGEST_SHOWN))
    return Span(document, start, min(len(document.text), start + LONGEST_SHOWN))


class _Marks:
    """Puts the marks of an exchange's citations into parts of a document, which must be given in order."""

    def __init__(self, document: Document, citations: Sequence[Citation], kinds: Mapping[int, str], exchange: int) -> None:
        self.document = document
        self.citations = [citation for citation in citations if citation.span.document.id == document.id]
        self.exchange = exchange
        self.kinds = kinds
        self._begun: set[int] = set()

    def within(self, part: Range) -> str:
        """The text of ``part`` with the marks in it. A mark that goes on in the next part is closed and opened again."""
        text, at, parts = self.document.text, part[0], []
        for citation in sorted(self.citations, key=lambda mark: mark.span.start):
            start, end = max(at, citation.span.start), min(part[1], citation.span.end)
            if start >= end:
                continue
            first = "" if citation.number in self._begun else f' id="mark-{self.exchange}-{citation.number}" tabindex="-1"'
            self._begun.add(citation.number)
            kind = f"cited {self.kinds.get(citation.number, '')}".strip()
            last = f' data-number="{citation.number}"' if end == citation.span.end and kind != "cited nearest" else ""
            parts += [escape(text[at:start]), f'<mark class="{kind}"{first}{last}>{escape(text[start:end])}</mark>']
            at = end
        return "".join([*parts, escape(text[at : part[1]])])


def contents(documents: Mapping[str, Document], chosen: Collection[str] = ()) -> str:
    """A list of the documents, shown unless one is chosen. Each is a link that chooses it; boxes choose several."""
    items = "".join(
        f'<li><input type="checkbox" class="pick" id="pick-{document.id}" aria-label="Ask this document"'
        f"{' checked' if document.id in chosen else ''}>"
        f'<a class="choose" id="choose-{document.id}" href="?document={document.id}">{escape(document.title)}</a>'
        f"<small>{escape(document.source)}</small></li>"
        for document in listed(documents, chosen)
    )
    find = '<input type="search" id="find" placeholder="Find a document" aria-label="Find a document">'
    find = find if len(documents) > FOUND_AT_A_GLANCE else ""
    ask = '<button type="button" id="ask-picked" hidden>Ask only these</button>'
    more = f'<p class="more">and {len(documents) - MOST_LISTED:,} more.</p>' if len(documents) > MOST_LISTED else ""
    return (
        f'<article class="document contents"><h2>{len(documents):,} documents</h2><div class="narrow">{find}{ask}</div>'
        f"<ul>{items}</ul>{more}</article>"
    )


def listed(documents: Mapping[str, Document], chosen: Collection[str]) -> list[Document]:
    """The documents that a list shows: the first ones, and those that are chosen."""
    first = list(islice(documents, MOST_LISTED))
    return [documents[one] for one in (*first, *(one for one in chosen if one in documents and one not in first))]
