"""The HTML of the page. Whatever comes from a document or from a person is escaped here, and nowhere else."""

import re
import string
from collections.abc import Sequence

from index.document import Document, Span
from qa.answer import Answer, Citation

LONGEST_SHOWN = 200_000
"""Characters of a document that are sent to the browser at once."""

# Every ASCII punctuation mark is written as a character reference. That escapes HTML and leaves nothing that Markdown, a
# formula renderer or a template could read as its own: no backticks, no $$, no links made of bare addresses.
_INERT = str.maketrans({mark: f"&#{ord(mark)};" for mark in string.punctuation} | {"\0": "\ufffd"})
_PARAGRAPHS = re.compile(r"\S[^\n\r]*(?:(?:\r\n|\r|\n)[^\S\r\n]*\S[^\n\r]*)*")
_LINE_ENDS = re.compile(r"\r\n|\r|\n")
_SENTENCE_END = re.compile(r"[.!?:;,…\"'”’)\]]\s*$")


def escape(text: str) -> str:
    """``text`` as HTML that shows it and does nothing else.

    >>> escape("a<b")
    'a&#60;b'
    """
    return text.translate(_INERT)


def question(text: str) -> str:
    """What a person asked, line breaks kept; of a very long one, the beginning."""
    return f'<div class="asked">{_LINE_ENDS.sub("<br>", escape(_shortened(text.strip())))}</div>'


def _shortened(text: str, longest: int = 600) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"


def problem(text: str) -> str:
    """Why a question was not answered."""
    return f'<div class="problem">{escape(text)}</div>'


def answer(found: Answer, exchange: int, one_document: bool) -> str:
    """An answer for the chat, or word that there is none and the nearest passage.

    Args:
        found: the answer.
        exchange: the number of the exchange, as given to `article`.
        one_document: there is no other document that the answer could be from.
    """
    read_as = f'<div class="label understood">Read as: {escape(found.understood)}</div>' if found.understood else ""
    if found.found:
        return read_as + _found(found, exchange, one_document)
    parts = [f'{read_as}<div class="none">{"The article does" if one_document else "The documents do"} not say.</div>']
    if found.nearest:
        span = found.nearest[0].span
        title = "" if one_document else f" · {escape(span.document.title)}"
        parts.append(
            f'<div class="nearest"><div class="label">Nearest passage, not an answer{title}</div>'
            f"<blockquote>{_LINE_ENDS.sub(' ', escape(span.text))}</blockquote></div>"
        )
    return "".join(parts)


def _found(found: Answer, exchange: int, one_document: bool) -> str:
    first, *others = found.citations
    span, sentence = first.span, first.sentence
    text = span.document.text
    before, after = text[sentence.start : span.start], text[span.end : sentence.end]
    pieces = f"{escape(before)}<strong>{escape(span.text)}</strong>{escape(after)}"
    band = confidence_band(found.confidence)
    title = "" if one_document else f'<span class="title">{escape(span.document.title)}</span>'
    places = "".join(f"&nbsp;{_button(citation, exchange, span)}" for citation in (first, *others))
    also = "".join(
        f"<li>{escape(other.citation.span.text)}&nbsp;{_button(other.citation, exchange, span)} "
        f'<span class="band {confidence_band(other.confidence)}" title="Confidence {other.confidence:.0%}">'
        f"{confidence_band(other.confidence)}</span></li>"
        for other in found.alternatives
    )
    return (
        f'<div class="answer"><div class="sentence">{_LINE_ENDS.sub(" ", pieces)}{places}</div>'
        f'<div class="meta"><span class="band {band}" title="Confidence {found.confidence:.0%}">{band}</span>{title}</div>'
        + (f'<div class="also"><div class="label">Also possible</div><ul>{also}</ul></div>' if also else "")
        + "</div>"
    )


def _button(citation: Citation, exchange: int, answer: Span) -> str:
    """What leads to a mark; of another document than the one that is shown with the answer, its title."""
    if citation.span.document.id != answer.document.id:
        return f'<span class="title">{escape(citation.span.document.title)}</span>'
    number = citation.number
    return f'<button class="cite" id="cite-{exchange}-{number}" title="Show it in the text">[{number}]</button>'


def confidence_band(confidence: float) -> str:
    """A calibrated probability in a word.

    >>> confidence_band(0.9), confidence_band(0.6), confidence_band(0.4)
    ('sure', 'likely', 'unsure')
    """
    return "sure" if confidence >= 0.7 else "likely" if confidence >= 0.5 else "unsure"


def article(document: Document, citations: Sequence[Citation] = (), exchange: int = 0, also: Sequence[Citation] = ()) -> str:
    """A document as paragraphs, with the cited spans of it marked.

    Args:
        document: what is shown. Of a very long one, the part around the first citation.
        citations: what is marked; those of other documents are left out.
        exchange: the number of the exchange whose citations they are.
        also: what is marked as another possible answer, likewise.
    """
    marks = [citation for citation in (*citations, *also) if citation.span.document.id == document.id]
    fainter = frozenset(citation.number for citation in also)
    shown = _shown(document, marks)
    paragraphs = [Span(document, *match.span()) for match in _PARAGRAPHS.finditer(document.text, shown.start, shown.end)]
    parts = [f'<article class="document" data-exchange="{exchange}">']
    if shown.start > 0:
        parts.append(f'<p class="cut">… {shown.start:,} characters before this are not shown.</p>')
    for number, paragraph in enumerate(paragraphs):
        is_title = paragraph.start == paragraphs[0].start and " ".join(paragraph.text.split()) == document.title
        tag = "h2" if is_title else "h3" if _is_heading(paragraph.text) and number + 1 < len(paragraphs) else "p"
        parts.append(f"<{tag}>{_marked(paragraph, marks, exchange, fainter)}</{tag}>")
    if shown.end < len(document.text):
        parts.append(f'<p class="cut">{len(document.text) - shown.end:,} characters after this are not shown. …</p>')
    return "".join([*parts, f'<footer class="source">{escape(document.source)}</footer></article>'])


def _shown(document: Document, marks: Sequence[Citation]) -> Span:
    middle = marks[0].span.start if marks else 0
    start = max(0, min(middle - LONGEST_SHOWN // 2, len(document.text) - LONGEST_SHOWN))
    return Span(document, start, min(len(document.text), start + LONGEST_SHOWN))


def _is_heading(paragraph: str) -> bool:
    """A short line that starts with a capital or a digit and ends like no sentence."""
    text = paragraph.strip()
    return len(text) <= 50 and "\n" not in text and (text[0].isupper() or text[0].isdigit()) and not _SENTENCE_END.search(text)


def _marked(paragraph: Span, marks: Sequence[Citation], exchange: int, fainter: frozenset[int]) -> str:
    """A paragraph's text with the marks in it. A mark that goes on in the next paragraph is closed and opened again."""
    text, at, parts = paragraph.document.text, paragraph.start, []
    for citation in sorted(marks, key=lambda mark: mark.span.start):
        start, end = max(at, citation.span.start), min(paragraph.end, citation.span.end)
        if start >= end:
            continue
        first = f' id="mark-{exchange}-{citation.number}" tabindex="-1"' if start == citation.span.start else ""
        last = f' data-number="{citation.number}"' if end == citation.span.end else ""
        kind = "cited also" if citation.number in fainter else "cited"
        parts += [escape(text[at:start]), f'<mark class="{kind}"{first}{last}>{escape(text[start:end])}</mark>']
        at = end
    return "".join([*parts, escape(text[at : paragraph.end])])


def contents(documents: Sequence[Document], longest: int = 100) -> str:
    """What the answers come from, when there are several documents and none is cited yet."""
    items = "".join(
        f"<li>{escape(document.title)} <small>{escape(document.source)}</small></li>" for document in documents[:longest]
    )
    more = f"<p>and {len(documents) - longest:,} more.</p>" if len(documents) > longest else ""
    return f'<article class="document"><h2>{len(documents):,} documents</h2><ul>{items}</ul>{more}</article>'
