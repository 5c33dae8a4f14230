"""The article as HTML, with marks in it. All text from documents and people is escaped by `escape`."""

import re
import string
from collections.abc import Mapping, Sequence

from index.document import Document, Span
from qa.answer import Citation

LONGEST_SHOWN = 200_000
"""Characters of a document that are sent to the browser at once."""
MOST_LISTED = 100
"""Documents in a list."""

# Every ASCII punctuation mark is written as a character reference. That escapes HTML and leaves nothing that Markdown, a
# formula renderer or a template could interpret: no backticks, no $$, no links made from bare addresses.
_INERT = str.maketrans({mark: f"&#{ord(mark)};" for mark in string.punctuation} | {"\0": "\ufffd"})
_PARAGRAPHS = re.compile(r"\S[^\n\r]*(?:(?:\r\n|\r|\n)[^\S\r\n]*\S[^\n\r]*)*")
_SENTENCE_END = re.compile(r"[.!?:;,…\"'”’)\]]\s*$")


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
) -> str:
    """A document as paragraphs, with its cited spans marked.

    Args:
        document: the document to show; of a very long one, only the part around citation ``number``.
        citations: the citations to mark; those from other documents are left out.
        exchange: the number of the exchange whose citations they are.
        also: likewise, to mark as other possible answers.
        nearest: likewise, to mark as passages that are not an answer.
        private: only this visitor has the document.
        number: the number of the citation that the visitor wants to see.
    """
    marks = [citation for citation in (*citations, *also, *nearest) if citation.span.document.id == document.id]
    kinds = {citation.number: "also" for citation in also} | {citation.number: "nearest" for citation in nearest}
    shown = _shown(document, next((mark for mark in marks if mark.number == number), None))
    paragraphs = [Span(document, *match.span()) for match in _PARAGRAPHS.finditer(document.text, shown.start, shown.end)]
    parts = [f'<article class="document" dir="auto" data-exchange="{exchange}" data-document="{document.id}">']
    if shown.start > 0:
        parts.append(f'<p class="cut">… {shown.start:,} characters before this are not shown.</p>')
    for number, paragraph in enumerate(paragraphs):
        is_title = paragraph.start == paragraphs[0].start and " ".join(paragraph.text.split()) == document.title
        tag = "h2" if is_title else "h3" if _is_heading(paragraph.text) and number + 1 < len(paragraphs) else "p"
        parts.append(f"<{tag}>{_marked(paragraph, marks, exchange, kinds)}</{tag}>")
    if shown.end < len(document.text):
        parts.append(f'<p class="cut">{len(document.text) - shown.end:,} characters after this are not shown. …</p>')
    only = " · Only you see this text. It is gone when you leave." if private else ""
    return "".join([*parts, f'<footer class="source">{escape(document.source)}{only}</footer></article>'])


def _shown(document: Document, citation: Citation | None) -> Span:
    middle = citation.span.start if citation else 0
    start = max(0, min(middle - LONGEST_SHOWN // 2, len(document.text) - LONGEST_SHOWN))
    return Span(document, start, min(len(document.text), start + LONGEST_SHOWN))


def _is_heading(paragraph: str) -> bool:
    """Whether it is a short line that starts with a capital or a digit and does not end like a sentence."""
    text = paragraph.strip()
    return len(text) <= 50 and "\n" not in text and (text[0].isupper() or text[0].isdigit()) and not _SENTENCE_END.search(text)


def _marked(paragraph: Span, marks: Sequence[Citation], exchange: int, kinds: Mapping[int, str]) -> str:
    """A paragraph's text with the marks in it. A mark that continues in the next paragraph is closed and opened again."""
    text, at, parts = paragraph.document.text, paragraph.start, []
    for citation in sorted(marks, key=lambda mark: mark.span.start):
        start, end = max(at, citation.span.start), min(paragraph.end, citation.span.end)
        if start >= end:
            continue
        first = f' id="mark-{exchange}-{citation.number}" tabindex="-1"' if start == citation.span.start else ""
        kind = f"cited {kinds.get(citation.number, '')}".strip()
        last = f' data-number="{citation.number}"' if end == citation.span.end and kind != "cited nearest" else ""
        parts += [escape(text[at:start]), f'<mark class="{kind}"{first}{last}>{escape(text[start:end])}</mark>']
        at = end
    return "".join([*parts, escape(text[at : paragraph.end])])


def contents(documents: Sequence[Document]) -> str:
    """A list of the documents, shown when there are several and none is chosen. Each is a link that chooses it."""
    items = "".join(
        f'<li><a class="choose" id="choose-{document.id}" href="?document={document.id}">{escape(document.title)}</a> '
        f"<small>{escape(document.source)}</small></li>"
        for document in documents[:MOST_LISTED]
    )
    more = f"<p>and {len(documents) - MOST_LISTED:,} more.</p>" if len(documents) > MOST_LISTED else ""
    return f'<article class="document"><h2>{len(documents):,} documents</h2><ul>{items}</ul>{more}</article>'
