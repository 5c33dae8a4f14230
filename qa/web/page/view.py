"""What the page shows after a question or another action."""

import base64
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from index.document import Document, Span
from index.fetch import Fetched
from index.formats.apart import FileReader
from index.store import Store
from index.unavailable import UnavailableError
from qa.answer import Answer, Citation
from qa.bot import Bot
from qa.web.page import export, message, render, toolbar
from qa.web.page.chips import Suggestion, buttons, suggestions, to_begin_with, to_go_on_with
from qa.web.page.conversation import Exchange, history
from qa.web.page.feedback import FeedbackFile, Reason, reasons
from qa.web.page.pictures import picture
from qa.web.page.uploads import Uploads
from qa.web.serving.metrics import Metrics

GONE = "Your text is no longer held here. Add it again, or choose another document."
LONGEST_CONVERSATION = 100
"""Exchanges that the page keeps; older ones are dropped."""
MOST_REMEMBERED = 1000
"""Documents whose suggested questions are kept."""
SECONDS = 20
"""How long reading a visitor's file may take."""
OUTPUTS = ("exchanges", "chosen", "tools", "messages", "pane", "chips", "box", "said")
"""Parts of the page that an event may change, in this order."""

_log = logging.getLogger(__name__)
Update = tuple[Any, ...]


def update(**changed: Any) -> Update:  # noqa: ANN401
    """One value for each of `OUTPUTS`: the new value if it is given, else no change."""
    return tuple(changed.get(name, gr.skip()) for name in OUTPUTS)


class View:
    """Handles the page's events. Conversations belong to the client; only the texts that visitors add are kept here."""

    def __init__(
        self,
        bot: Bot,
        metrics: Metrics,
        feedback: FeedbackFile | None = None,
        fetch: Callable[[str], Fetched] | None = None,
    ) -> None:
        self.bot = bot
        self.fetch = fetch
        self.metrics = metrics
        self.feedback = feedback
        self.reader = FileReader(SECONDS)
        self.uploads = Uploads(bot, self.reader)
        self._known: tuple[Store, list[Suggestion]] = (bot.index, suggestions(bot))
        self._known_of: dict[str, list[Suggestion]] = {}

    # What is asked about. The documents may change.

    @property
    def documents(self) -> Mapping[str, Document]:
        """The documents that everyone may ask, by their ids."""
        return self.bot.index.by_id

    @property
    def one_document(self) -> bool:
        """Whether there is only one."""
        return len(self.documents) == 1

    @property
    def known(self) -> list[Suggestion]:
        """Suggested questions about them."""
        index = self.bot.index
        if self._known[0] is not index:
            self._known = (index, suggestions(self.bot))
        return self._known[1]

    # What is shown.

    def pane(self, chosen: Sequence[str] = (), visitor: str = "") -> str:
        """The article pane without marks: the one document that is asked about, or a list."""
        own = {own.id: own for own in self.own(visitor)}
        if len(chosen) == 1 and chosen[0] in own:
            return render.article(own[chosen[0]], private=True)
        if chosen and chosen[0] in own:
            return render.contents(own, chosen)
        if len(chosen) == 1 and chosen[0] in self.documents:
            return render.article(self.documents[chosen[0]])
        if self.one_document:
            return render.article(next(iter(self.documents.values())))
        return render.contents(self.documents, chosen)

    def tools(self, chosen: Sequence[str] = (), visitor: str = "") -> str:
        """The toolbar: which documents are asked, and how to add one."""
        return toolbar.bar(self.documents, self.own(visitor), chosen, may_fetch=self.fetch is not None)

    def chips(self, known: Sequence[Suggestion] | None = None) -> str:
        """Suggested questions for the start of a conversation."""
        return buttons(to_begin_with(self.known if known is None else known), "Try")

    def own(self, visitor: str) -> tuple[Document, ...]:
        """The texts that the visitor added."""
        brought = self.uploads.of(visitor)
        return brought.documents if brought else ()

    def messages(self, exchanges: list[Exchange]) -> list[dict[str, str]]:
        """The conversation as the chat shows it: two messages for an exchange, one while it waits for its answer."""
        feedback = self.feedback.path.name if self.feedback else None
        shown = []
        for exchange in exchanges:
            shown.append({"role": "user", "content": message.question(exchange.question)})
            if exchange.answer is not None:
                one = self.one_document or len(exchange.documents) == 1
                shown.append({"role": "assistant", "content": message.answer(exchange.answer, exchange, one, feedback)})
            elif exchange.problem is not None:
                shown.append({"role": "assistant", "content": message.problem(exchange.problem)})
        return shown

    def article(self, exchange: Exchange, number: int = 1, visitor: str = "") -> str:
        """The article pane for an exchange: the document of citation ``number``, marked. 0 is the nearest passage."""
        answer = exchange.answer
        if answer is None:
            return self.pane(exchange.documents, visitor)
        also = [alternative.citation for alternative in answer.alternatives]
        nearest = [Citation(0, hit.span, hit.span) for hit in answer.nearest[:1]] if number == 0 else []
        shown = [citation for citation in (*answer.citations, *also, *nearest) if citation.number == number]
        if not shown:
            # A mark left from an earlier answer would look as if it belonged to this one.
            return self.pane(exchange.documents, visitor)
        document = shown[0].span.document
        brought = self.uploads.of(visitor)
        drawn = picture(shown[0], self.reader, brought.files.get(document.id) if brought else None)
        return render.article(document, answer.citations, exchange.number, also, nearest, exchange.private, number, drawn)

    def whole(self, exchanges: Sequence[Exchange], visitor: str) -> list[Exchange]:
        """The conversation, including the answers from the visitor's own texts for as long as those texts are held."""
        brought = self.uploads.of(visitor)
        kept = brought.exchanges if brought else {}
        return [
            kept.get(exchange.number, replace(exchange, problem=GONE))
            if exchange.private and exchange.problem is None
            else exchange
            for exchange in exchanges
        ]

    def _kept(self, exchange: Exchange, visitor: str) -> Exchange:
        """The part of an exchange that the client keeps: all of it, unless it quotes a text that only the visitor has."""
        brought = self.uploads.of(visitor)
        if exchange.answer is None or not exchange.private:
            return exchange
        # Meanwhile the text may have been removed and another one added.
        if brought and {document.id for document in brought.documents}.issuperset(exchange.documents):
            brought.exchanges[exchange.number] = exchange
            for number in [number for number in brought.exchanges if number <= exchange.number - LONGEST_CONVERSATION]:
                del brought.exchanges[number]
        return Exchange(exchange.number, exchange.question, documents=exchange.documents, private=True)

    # What is asked.

    def ask(
        self, question: str, exchanges: list[Exchange], chosen: Sequence[str], request: gr.Request, typed: bool = True
    ) -> Iterator[Update]:
        """Show the question at once, then its answer. If it was ``typed``, empty the question box."""
        if not question.strip():
            yield update()
            return
        visitor = request.session_hash or ""
        number = exchanges[-1].number + 1 if exchanges else 1
        whole = self.whole(exchanges, visitor)
        waiting = self.messages([*whole, Exchange(number, question, documents=tuple(chosen))])
        yield update(messages=waiting, **({"box": ""} if typed else {}))
        answered = self._kept(self.answered(number, question, whole, tuple(chosen), visitor), visitor)
        exchanges = [*exchanges, answered][-LONGEST_CONVERSATION:]
        whole = self.whole(exchanges, visitor)
        exchange = whole[-1]
        found = exchange.answer is not None and exchange.answer.found
        yield update(
            exchanges=exchanges,
            messages=self.messages(whole),
            pane=self.article(exchange, visitor=visitor),
            chips=buttons(exchange.next, "Go on with") if found or exchange.problem else "",
        )

    def ask_either(
        self, question: str, exchanges: list[Exchange], chosen: Sequence[str], event: gr.EventData, request: gr.Request
    ) -> Iterator[Update]:
        """Ask the typed question, or the one in the event. Both share one handler: only one question is worked on at a time."""
        if _data(event):
            yield from self.ask_from_page(event, exchanges, chosen, request)
        else:
            yield from self.ask(question, exchanges, chosen, request)

    def ask_from_page(
        self, event: gr.EventData, exchanges: list[Exchange], chosen: Sequence[str], request: gr.Request
    ) -> Iterator[Update]:
        """Ask a question that was clicked, or that is in the page's address. The address may name documents, too."""
        data, visitor = _data(event), request.session_hash or ""
        if "documents" in data:
            named = self._chosen(data["documents"], visitor)
            if named != tuple(chosen):
                chosen = named
                yield update(chosen=chosen, tools=self.tools(chosen, visitor))
        yield from self.ask(str(data.get("question", "")), exchanges, chosen, request, typed=False)

    def answered(
        self, number: int, question: str, exchanges: list[Exchange], chosen: tuple[str, ...], visitor: str
    ) -> Exchange:
        """Ask the bot. An error becomes a message in the chat."""
        brought = self.uploads.of(visitor)
        private = any(one not in self.documents for one in chosen)
        bot = brought.bot if private and brought else self.bot
        try:
            if private and not {own.id for own in self.own(visitor)}.issuperset(chosen):
                raise ValueError(GONE)
            # The bot that everyone asks does not get the turns about a text that only the visitor has.
            answer = bot.ask(question, history([one for one in exchanges if private or not one.private]), chosen)
        except ValueError as error:
            self.metrics.refused()
            return Exchange(number, question, problem=str(error), documents=chosen, private=private)
        except UnavailableError as error:
            self.metrics.failed()
            return Exchange(number, question, problem=f"{error} Ask again in a moment.", documents=chosen, private=private)
        except Exception:
            self.metrics.failed()
            _log.exception("a question could not be answered")
            said = "Something went wrong here. The server's log has the details."
            return Exchange(number, question, problem=said, documents=chosen, private=private)
        self.metrics.answered(answer)
        asked = [question, *(exchange.question for exchange in exchanges)]
        known = self._known_about(chosen, visitor)
        return Exchange(number, question, answer, None, chosen, private, to_go_on_with(known, _place(answer), asked))

    def _known_about(self, chosen: Sequence[str], visitor: str) -> Sequence[Suggestion]:
        """Suggested questions about the chosen documents, or about all shared ones."""
        brought = self.uploads.of(visitor)
        private = brought is not None and any(one not in self.documents for one in chosen)
        if len(chosen) == 1 and not private:
            return self._known_about_one(chosen[0])
        known = brought.known if private and brought else self.known
        return [one for one in known if not chosen or one.span.document.id in chosen]

    def _known_about_one(self, document: str) -> Sequence[Suggestion]:
        """Suggested questions about a shared document; they are made when it is first asked about."""
        if document not in self.documents or self.one_document:
            return self.known
        if document not in self._known_of:
            if len(self._known_of) >= MOST_REMEMBERED:
                self._known_of.clear()
            self._known_of[document] = suggestions(self.bot, self.documents[document])
        return self._known_of[document]

    # Other actions.

    def show(self, event: gr.EventData, exchanges: list[Exchange], request: gr.Request) -> Update:
        """Show the article for a citation that was clicked and is not marked at present."""
        data, visitor = _data(event), request.session_hash or ""
        for exchange in self.whole(exchanges, visitor):
            if exchange.number == data.get("exchange"):
                number = data.get("number")
                return update(pane=self.article(exchange, number if isinstance(number, int) else 1, visitor))
        return update()

    def choose(self, event: gr.EventData, request: gr.Request) -> Update:
        """From now on, ask only some documents, or all of them."""
        visitor = request.session_hash or ""
        return self._turned_to(self._chosen(_data(event).get("documents"), visitor), visitor)

    def _chosen(self, identifiers: object, visitor: str) -> tuple[str, ...]:
        """Those that there are: of the visitor's own documents or, if none of these is named, of the shared ones."""
        named = [one for one in identifiers if isinstance(one, str)] if isinstance(identifiers, list) else []
        own = {one.id for one in self.own(visitor)}
        mine = tuple(dict.fromkeys(one for one in named if one in own))
        shared = tuple(dict.fromkeys(one for one in named if one in self.documents))
        return mine or (shared if len(shared) < len(self.documents) or self.one_document else ())

    def _turned_to(self, chosen: Sequence[str], visitor: str, said: dict[str, Any] | None = None) -> Update:
        changed = {"chosen": chosen, "tools": self.tools(chosen, visitor), "pane": self.pane(chosen, visitor)}
        return update(**changed, chips=self.chips(self._known_about(chosen, visitor)), **({"said": said} if said else {}))

    def add(self, event: gr.EventData, request: gr.Request) -> Update:
        """Add a visitor's file, which is sent as base64, and switch to it."""
        data, visitor = _data(event), request.session_hash or ""
        name, content = data.get("name"), data.get("content")
        if not isinstance(name, str) or not isinstance(content, str) or not visitor:
            return update(said={"problem": "That was not a file. Choose a text, PDF, DOCX, EPUB or HTML file."})
        try:
            document = self.uploads.add(visitor, name, base64.b64decode(content))
        except ValueError as error:
            return update(said={"problem": str(error)})
        return self._ready(document, visitor)

    def add_page(self, event: gr.EventData, request: gr.Request) -> Update:
        """Add a page of the web that a visitor names, if that is allowed, and switch to it."""
        address, visitor = _data(event).get("address"), request.session_hash or ""
        if self.fetch is None or not isinstance(address, str) or not visitor:
            return update(said={"problem": "Pages of the web cannot be added here. Save the page as a file, and add that."})
        try:
            web = self.fetch(address)
            document = self.uploads.add(visitor, web.name, web.data, web)
        except ValueError as error:
            return update(said={"problem": str(error)})
        return self._ready(document, visitor)

    def _ready(self, document: Document, visitor: str) -> Update:
        return self._turned_to((document.id,), visitor, {"say": f"{document.source} is ready. Only you can ask it."})

    def remove(self, exchanges: list[Exchange], request: gr.Request) -> Update:
        """Remove the visitor's texts and the answers from them, and switch to the shared documents."""
        self.leave(request)
        turned = self._turned_to((), "", {"say": "Your texts are no longer held here."})
        return (*turned[:3], self.messages(self.whole(exchanges, "")), *turned[4:])

    def leave(self, request: gr.Request) -> None:
        """Remove the texts of a visitor who has left."""
        self.uploads.forget(request.session_hash or "")

    def judge(self, event: gr.EventData, exchanges: list[Exchange], request: gr.Request) -> Update:
        """Keep the visitor's judgement of an answer."""
        data = _data(event)
        name = str(data.get("reason", "")).upper()
        asked = [one for one in self.whole(exchanges, request.session_hash or "") if one.number == data.get("exchange")]
        answers = [exchange.answer for exchange in asked if exchange.answer]
        if self.feedback is None or not answers or Reason.__members__.get(name) not in reasons(answers[0].found):
            return update(said={"problem": "That answer is no longer here to be judged."})
        try:
            self.feedback.keep(answers[0], Reason[name])
        except OSError:
            _log.exception("feedback could not be kept")
            return update(said={"problem": f"It could not be kept: {self.feedback.path.name} cannot be written."})
        return update(
            said={"say": f"Noted in {self.feedback.path.name}. Thank you.", "judged": f"{data['exchange']}-{data['reason']}"}
        )

    def export(self, event: gr.EventData, exchanges: list[Exchange], request: gr.Request) -> Update:
        """The conversation as a file for the visitor to keep."""
        exchanges = self.whole(exchanges, request.session_hash or "")
        if _data(event).get("format") == "json":
            name, media_type, text = "conversation.json", "application/json", export.to_json(exchanges)
        else:
            name, media_type, text = "conversation.md", "text/markdown", export.to_markdown(exchanges)
        return update(said={"download": {"name": name, "type": media_type, "text": text}})

    def clear(self, chosen: Sequence[str], request: gr.Request) -> Update:
        """Start over."""
        visitor = request.session_hash or ""
        brought = self.uploads.of(visitor)
        if brought:
            brought.exchanges.clear()
        turned = self._turned_to(chosen, visitor)
        return ([], *turned[1:3], [], *turned[4:])


def _data(event: gr.EventData) -> dict[str, Any]:
    """The data of an event. It can be anything, because anyone can send an event."""
    return event._data if isinstance(event._data, dict) else {}


def _place(answer: Answer) -> Span | None:
    """The span of an answer; without an answer, the nearest passage."""
    return answer.span or (answer.nearest[0].span if answer.nearest else None)
