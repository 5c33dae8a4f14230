"""Exports a conversation, or one answer of it."""

import json
import re
from collections.abc import Sequence
from typing import Any

from qa.answer import Alternative, Answer, Citation
from qa.web.page.conversation import Exchange

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$&])")
_LIST_ITEM = re.compile(r"^(\s*\d*)([-+.)])(?=\s)")


def with_citation(answer: Answer) -> str:
    """Plain text for the clipboard: the answer's words, and under them each citation with its sentence and its place."""
    if answer.kind == "overview":
        return "\n".join(f"{_one_line(citation.span.text)} [{citation.number}]" for citation in answer.citations)
    return f"{in_short(answer)} [1]\n\n" + "\n".join(_cited(citation) for citation in answer.citations)


def in_short(answer: Answer | Alternative) -> str:
    """The answer's words on one line, after the verdict if there is one."""
    words = _one_line(answer.text or "")
    return f"{answer.verdict.capitalize()}: {words}" if answer.verdict else words


def beside(answer: Answer, other: Alternative) -> str:
    """What another answer is to ``answer``, in words."""
    same = other.citation.span.document == answer.citations[0].span.document
    return "Also possible" if same else "Another document says"


def _cited(citation: Citation) -> str:
    before, after = citation.around
    return f"[{citation.number}] “{_one_line(before + citation.span.text + after)}” {place(citation)}"


def place(citation: Citation) -> str:
    """Where a citation stands, in words."""
    document, span = citation.span.document, citation.span
    return f"{' › '.join(citation.trail)} ({document.source}, characters {span.start:,} to {span.end:,})"


def to_json(exchanges: Sequence[Exchange]) -> str:
    """The answers as the HTTP API gives them, in order. A question that could not be answered has an "error" instead."""
    items: list[dict[str, Any]] = []
    for exchange in exchanges:
        if exchange.answer is not None:
            items.append(exchange.answer.to_dict())
        elif exchange.problem is not None:
            items.append({"question": exchange.question, "error": {"message": exchange.problem}})
    return json.dumps({"conversation": items}, ensure_ascii=False, indent=2) + "\n"


def to_markdown(exchanges: Sequence[Exchange]) -> str:
    """The conversation for people to read: each question, and its answer with the sentence and the place of each citation."""
    parts = ["# Questions and answers"]
    for exchange in exchanges:
        parts.append(f"## {_plain(exchange.question)}")
        answer = exchange.answer
        if answer is None:
            parts.append(_plain(exchange.problem or ""))
            continue
        if answer.understood:
            parts.append(f"Read as: {_plain(answer.understood)}")
        if answer.reply:
            parts.append(_plain(answer.reply))
            continue
        if answer.span is None:
            parts.append("Not said in the documents.")
            parts += [f"Nearest passage, not an answer:\n\n> {_plain(hit.span.text)}" for hit in answer.nearest[:1]]
            continue
        if answer.kind == "answer":
            parts.append(f"**{_plain(in_short(answer))}** [1], with a confidence of {answer.confidence:.0%}")
        parts += [_as_quote(citation) for citation in answer.citations]
        parts += [
            f"{beside(answer, other)}: **{_plain(in_short(other))}**, {other.confidence:.0%}\n\n{_as_quote(other.citation)}"
            for other in answer.alternatives
        ]
    return "\n\n".join(parts) + "\n"


def _as_quote(citation: Citation) -> str:
    span, (before, after) = citation.span, citation.around
    # Between a letter and a punctuation mark, Markdown does not read asterisks as bold.
    inside = (before[-1:].isalnum() and not span.text[0].isalnum()) or (after[:1].isalnum() and not span.text[-1].isalnum())
    mark = "" if inside else "**"
    quoted = f"{_plain(before)}{mark}{_plain(span.text)}{mark}{_plain(after)}"
    return f"> {quoted}\n>\n> [{citation.number}] {_plain(place(citation))}"


def _plain(text: str) -> str:
    """``text`` on one line, with everything escaped that Markdown would interpret. Spaces at its ends stay."""
    return _LIST_ITEM.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", re.sub(r"\s+", " ", text)))


def _one_line(text: str) -> str:
    return " ".join(text.split())
