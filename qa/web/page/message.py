"""The chat's messages as HTML: a question, its answer, the statement that there is none, or a problem.

The chat component's sanitiser removes attributes like data-* and aria-*. So ids and classes say what an element is, and
page.js adds the rest.
"""

import re
from collections.abc import Sequence

from qa.answer import Alternative, Answer, Citation
from qa.read.models import Verdict
from qa.web.page import export
from qa.web.page.conversation import Exchange
from qa.web.page.feedback import Reason, reasons
from qa.web.page.links import in_source, permalink
from qa.web.page.render import escape

_LINE_ENDS = re.compile(r"\r\n|\r|\n")
LONGEST_QUESTION = 600
"""Characters of a question that are shown in the chat."""
_LABELS = {
    Reason.RIGHT: "Right",
    Reason.WRONG_WORDS: "Wrong words",
    Reason.WRONG_PASSAGE: "Wrong passage",
    Reason.SHOULD_ABSTAIN: "It does not say",
    Reason.SHOULD_ANSWER: "It does say",
}


def question(text: str) -> str:
    """A person's question, with its line breaks; of a very long one, only the beginning."""
    text = text.strip()
    shown = text if len(text) <= LONGEST_QUESTION else f"{text[:LONGEST_QUESTION]}…"
    return f'<div class="asked">{_LINE_ENDS.sub("<br>", escape(shown))}</div>'


def problem(text: str) -> str:
    """Why a question was not answered."""
    return f'<div class="problem">{escape(text)}</div>'


def answer(found: Answer, exchange: Exchange, one_document: bool, feedback: str | None = None) -> str:
    """An answer; or the statement that there is none, with the nearest passage and questions that can be answered.

    Args:
        found: the answer.
        exchange: the exchange that the answer belongs to.
        one_document: the answer can come from one document only.
        feedback: the name of the file that keeps what people say about it; None for no file.
    """
    message = _Message(found, exchange, one_document, feedback)
    read_as = f'<div class="label understood">Read as: {escape(found.understood)}</div>' if found.understood else ""
    if found.kind != "answer":
        return message.talk() if found.kind == "talk" else message.overview()
    return read_as + (message.found() if found.found else message.none())


class _Message:
    def __init__(self, answer: Answer, exchange: Exchange, one_document: bool, feedback: str | None) -> None:
        self.answer = answer
        self.exchange = exchange
        self.one_document = one_document
        self.feedback = feedback
        # A follow-up question means something else without the turns before it, so the link asks it as it was understood.
        # A text that only this visitor has cannot be asked about from a link.
        asked = permalink(answer.understood or answer.question, exchange.documents)
        self.permalink = f"#article-{exchange.number}" if exchange.private else asked

    def found(self) -> str:
        first = self.answer.citations[0]
        places = "".join(f"&nbsp;{self.link(citation)}" for citation in self.answer.citations)
        others = [other for other in self.answer.alternatives if other.citation.span.document != first.span.document]
        also = "".join(self.alternative(other) for other in self.answer.alternatives if other not in others)
        return (
            f'<div class="answer"><div class="short"><span class="words">{self.words()}</span>{places}</div>'
            f'<div class="sentence">{_in_sentence(first, "strong")}</div>'
            + (self.side_by_side(others) if others else "")
            + (f'<div class="also"><div class="label">Also possible</div><ul>{also}</ul></div>' if also else "")
            + f'<div class="actions">{_band(self.answer.confidence)}{self.title(first)}{self.actions()}</div></div>'
        )

    def words(self) -> str:
        """The verdict or, if the question does not ask for one, the cited words."""
        return _words(self.answer.verdict, self.answer.citations[0])

    def side_by_side(self, others: Sequence[Alternative]) -> str:
        """What each document answers. The first answer's own link stands above."""
        first = Alternative(self.answer.citations[0], self.answer.confidence, self.answer.verdict)
        cards = "".join(
            f'<li><div class="title">{_one_line(one.citation.span.document.title)}</div>'
            f'<div class="words">{_words(one.verdict, one.citation)}{link}</div>'
            f'<div class="sentence">{_in_sentence(one.citation, "b")}</div>{_band(one.confidence)}</li>'
            for one, link in ((first, ""), *((other, f"&nbsp;{self.link(other.citation)}") for other in others))
        )
        return f'<div class="differ"><div class="label">What each document says</div><ul>{cards}</ul></div>'

    def none(self) -> str:
        parts = [f'<div class="none">{"The article does" if self.one_document else "The documents do"} not say.</div>']
        if self.answer.nearest:
            nearest = self.answer.nearest[0].span
            title = "" if self.one_document else f" · {escape(nearest.document.title)}"
            link = f'<a class="cite" id="{self.id("cite", 0)}" href="{escape(self.permalink)}">Show it in the text</a>'
            parts.append(
                f'<div class="nearest"><div class="label">Nearest passage, not an answer{title}</div>'
                f"<blockquote>{_one_line(nearest.text)} {link}</blockquote></div>"
            )
        return "".join([*parts, self.can("It can answer"), f'<div class="actions">{self.judge()}</div>'])

    def talk(self) -> str:
        return f'<div class="answer talk">{escape(self.answer.reply or "")}</div>{self.can("Try")}'

    def overview(self) -> str:
        first, *others = self.answer.citations
        points = "".join(f"<li>{_one_line(other.span.text)}&nbsp;{self.link(other)}</li>" for other in others)
        return (
            f'<div class="answer"><div class="short"><span class="words">{_one_line(first.span.text)}</span>&nbsp;'
            f"{self.link(first)}</div>{f'<ul>{points}</ul>' if points else ''}"
            f'<div class="actions">{self.actions()}</div></div>'
        )

    def can(self, label: str) -> str:
        asked = "".join(f'<button class="suggestion">{escape(question)}</button>' for question in self.exchange.next)
        return f'<div class="can"><div class="label">{label}</div>{asked}</div>' if asked else ""

    def alternative(self, other: Alternative) -> str:
        citation = other.citation
        return (
            f"<li>{escape(citation.span.text)}&nbsp;{self.link(citation)} {_band(other.confidence)}{self.title(citation)}</li>"
        )

    def title(self, citation: Citation) -> str:
        """Where the citation stands: the document's title, if there are several, the headings and the page."""
        trail = citation.trail[1:] if self.one_document else citation.trail
        return f'<span class="title">{" › ".join(map(_one_line, trail))}</span>' if trail else ""

    def link(self, citation: Citation) -> str:
        """The citation's number, as a link to the mark, and the preview of the quotation."""
        number = citation.number
        return (
            f'<a class="cite" id="{self.id("cite", number)}" href="{escape(self.permalink)}">[{number}]</a>'
            f'<span class="preview" id="{self.id("preview", number)}">{_in_sentence(citation, "b")}'
            f'<span class="place">{escape(export.place(citation))}</span></span>'
        )

    def actions(self) -> str:
        copied = escape(export.with_citation(self.answer))
        links = [f'<button class="copy">Copy</button><span class="copied">{copied}</span>']
        if not self.exchange.private:
            links.append(f'<a class="permalink" href="{escape(self.permalink)}">Link</a>')
            links.append(f'<a class="in-source" href="{escape(in_source(self.answer.citations[0].span))}">Source</a>')
        return "".join([*links, self.judge()])

    def judge(self) -> str:
        if self.feedback is None:
            return ""
        buttons = "".join(
            f'<button class="reason" id="reason-{self.exchange.number}-{reason.name.lower()}">{_LABELS[reason]}</button>'
            for reason in reasons(self.answer.found)
        )
        return (
            '<details class="feedback"><summary>Right or wrong?</summary><div class="reasons">'
            f'{buttons}<div class="label">Kept in {escape(self.feedback)} on the machine that runs this page: '
            "the question, the place of the answer, what you choose, and the time.</div></div></details>"
        )

    def id(self, kind: str, number: int) -> str:
        return f"{kind}-{self.exchange.number}-{number}"


def _words(verdict: Verdict | None, citation: Citation) -> str:
    return f"{verdict.capitalize()}." if verdict else _one_line(citation.span.text)


def _in_sentence(citation: Citation, tag: str) -> str:
    before, after = map(escape, citation.around)
    return _LINE_ENDS.sub(" ", f"{before}<{tag}>{escape(citation.span.text)}</{tag}>{after}")


def _one_line(text: str) -> str:
    return _LINE_ENDS.sub(" ", escape(text))


def _band(confidence: float) -> str:
    """The confidence as a word, and as a number when it is opened."""
    band = confidence_band(confidence)
    return f'<details class="band {band}"><summary>{band}</summary><span class="number">{confidence:.0%}</span></details>'


def confidence_band(confidence: float) -> str:
    """A calibrated probability as a word.

    >>> confidence_band(0.9), confidence_band(0.6), confidence_band(0.4)
    ('sure', 'likely', 'unsure')
    """
    return "sure" if confidence >= 0.7 else "likely" if confidence >= 0.5 else "unsure"
