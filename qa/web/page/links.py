"""Addresses of an answer on the page, and of the words that it quotes."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from urllib.parse import quote, urlencode

from fastapi import FastAPI, HTTPException
from fastapi.responses import PlainTextResponse

from index.document import Span
from qa.bot import Bot

_WORD = re.compile(r"\w+")
_LONGEST_WHOLE = 100
"""Characters. A text fragment holds a quotation of up to this length in full, and the beginning and end of a longer one."""
_WORDS = 4
_LINE_END = re.compile(r"[\n\r]")


def permalink(question: str, documents: Sequence[str] = ()) -> str:
    """The address, relative to the page's own, that asks ``question`` when it is opened.

    >>> permalink("who paid?", ["0123456789abcdef"])
    '?q=who+paid%3F&document=0123456789abcdef'
    """
    return "?" + urlencode([("q", question), *(("document", document) for document in documents)])


def in_source(span: Span) -> str:
    """A link that marks the words: at the source's own address if it has one, else in its text on this server."""
    source = span.document.source
    address = source.partition("#")[0] if re.match(r"https?://", source) else f"texts/{span.document.id}"
    return address + text_fragment(span)


@lru_cache(1024)  # The whole conversation is rendered again for each question.
def text_fragment(span: Span) -> str:
    """The fragment of an address that makes a browser mark ``span``.

    https://wicg.github.io/scroll-to-text-fragment/: ``#:~:text=[prefix-,]start[,end][,-suffix]``. Browsers look for whole
    words, so a span that begins or ends inside a word is widened to the whole word. They take the first place where the
    beginning stands, in any case, and the first end after it. If that could be a different place, the words before and after
    the span are added to tell which place is meant.
    """
    text = span.document.text
    start, end = _whole_words(text, span.start, span.end)
    words = text[start:end]
    if len(words) <= _LONGEST_WHOLE and not _LINE_END.search(words):
        parts = [words]
    else:
        found = list(_WORD.finditer(words))
        half = len(found) // 2
        first = [word for word in found[:half] if not _LINE_END.search(words, 0, word.end())][:_WORDS]
        last = [word for word in found[-half:] if not _LINE_END.search(words, word.start())][-_WORDS:]
        if not first or not last:
            return ""
        parts = [words[: first[-1].end()], words[last[0].start() :]]
    encoded = [_encoded(part) for part in parts]
    if _again(parts[0], text) or _again(parts[-1], words):
        before, after = _around(text, start, end)
        encoded = [f"{_encoded(before)}-"] * bool(before) + encoded + [f"-{_encoded(after)}"] * bool(after)
    return "#:~:text=" + ",".join(encoded)


def _again(words: str, text: str) -> bool:
    """Whether ``words`` stand in ``text`` more than once, as a browser compares them."""
    pattern = r"\s+".join(re.escape(word) for word in words.split())
    return len(list(islice(re.finditer(rf"(?<!\w){pattern}(?!\w)", text, re.IGNORECASE), 2))) > 1


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    while start > 0 and re.match(r"\w\w", text[start - 1 : start + 1]):
        start -= 1
    while end < len(text) and re.match(r"\w\w", text[end - 1 : end + 1]):
        end += 1
    return start, end


def _around(text: str, start: int, end: int) -> tuple[str, str]:
    """Some words before and some words after, on the same line."""
    before = _LINE_END.split(text[max(0, start - 200) : start])[-1].split()
    after = _LINE_END.split(text[end : end + 200])[0].split()
    return " ".join(before[-_WORDS:]), " ".join(after[:_WORDS])


def _encoded(words: str) -> str:
    # Hyphens, commas and ampersands have a meaning in a text fragment. quote() does not encode hyphens.
    return quote(words, safe="").replace("-", "%2D")


def add_texts(app: FastAPI, bot: Bot) -> None:
    """Serve the documents of ``bot`` as plain text, so that a browser can mark words in them."""

    @app.get("/texts/{identifier}", include_in_schema=False)
    def text(identifier: str) -> PlainTextResponse:
        documents = bot.index.by_id
        if identifier not in documents:
            raise HTTPException(404, f"There is no document {identifier!r}. For a list, see /api/v1/documents")
        return PlainTextResponse(documents[identifier].text)
