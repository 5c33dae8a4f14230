"""Lists in a text, as whole expressions: "bombers, fighter jets and drones"."""

import re
from collections.abc import Sequence

from index.document import Span

_CONJUNCTION = r"(?:and|or|as well as)"
_SMALL = r"(?:also|both|the|an?|in|on|at|near|to|by|from|for|with|one|two|three|four|five)"
_MARK = re.compile(rf"[,;]|\b{_CONJUNCTION}\b", re.IGNORECASE)
_LEADING = re.compile(rf"\s*(?:{_SMALL}\s+){{0,2}}", re.IGNORECASE)
_WORDS = re.compile(r"[\w'\s-]*")
LONGEST_ITEM = 4
"""Words, not counting small ones at the start; longer text between commas is more likely a clause."""
_LAST = re.compile(rf"\b{_CONJUNCTION}\b", re.IGNORECASE)
_ONE_ASKED_FOR = re.compile(
    r"\b(?:one of|an? (?:kind|type|example) of|(?:name|give|mention) (?:an?|one)|when|how (?:many|much|old|long|far)|"
    r"(?:which|what)(?: [\w'-]+){1,2} (?:is|was|has|does))\b",
    re.IGNORECASE,
)


def whole_list(best: Span, others: Sequence[Span], question: str) -> Span:
    """Widen ``best`` to the whole list of which it is a part, if ``others``, which may answer too, are its neighbours in it.

    A reader that was trained on short answers often gives the items of a list as separate answers. They are a list if there
    is only a comma, a semicolon or a conjunction between them, or short items with such marks, and if the whole has a
    conjunction somewhere. Nothing is changed if the question asks for one thing, a time or a quantity.

    >>> from index.document import Document
    >>> document = Document.from_text("He met Ann, Bob and Eve.", "meeting")
    >>> ann, rest = Span(document, 7, 10), Span(document, 12, 23)
    >>> whole_list(ann, [rest], "Whom did he meet?").text, whole_list(ann, [rest], "Name one of those he met.").text
    ('Ann, Bob and Eve', 'Ann')
    """
    if _ONE_ASKED_FOR.search(question):
        return best
    text, start, end = best.document.text, best.start, best.end
    waiting = [other for other in others if other.document == best.document]
    while neighbours := [span for span in waiting if _adjoins(text, span.start, span.end, start, end)]:
        start, end = min(start, neighbours[0].start), max(end, neighbours[0].end)
        waiting.remove(neighbours[0])
    return Span(best.document, start, end) if _LAST.search(text, start, end) else best


def _adjoins(text: str, start: int, end: int, list_start: int, list_end: int) -> bool:
    between = text[end:list_start] if end <= list_start else text[list_end:start]
    if "\n" in between or not _MARK.search(between):
        return False
    before, *items, after = _MARK.split(between)
    return not before.strip() and _LEADING.fullmatch(after) is not None and all(map(_is_item, items))


def _is_item(text: str) -> bool:
    words = text[_LEADING.match(text).end() :]  # type: ignore[union-attr]  # Never None: it matches "" too.
    return _WORDS.fullmatch(words) is not None and len(words.split()) <= LONGEST_ITEM
