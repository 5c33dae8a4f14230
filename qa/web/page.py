"""The page: a chat on the left, the article on the right, in Gradio."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from index.document import Document
from qa.bot import Bot
from qa.web import render
from qa.web.conversation import Exchange, history
from qa.web.metrics import Metrics
from qa.web.suggestions import suggestions


HEAD = "".join(f'<link rel="stylesheet" href="page/{name}.css">' for name in ("page", "chat", "article"))
HEAD += '<script type="module" src="page/page.js"></script>'
LONGEST_CONVERSATION = 100
"""Exchanges that the page keeps; older ones fall off the top."""

_FONTS = ["system-ui", "sans-serif"]
_MONO = ["ui-monospace", "monospace"]

Update = tuple[Any, ...]


def theme() -> gr.themes.Base:
    """Gradio's plainest theme with the fonts that the machine has; page.css does the rest."""
    return gr.themes.Base(font=_FONTS, font_mono=_MONO)


def page(bot: Bot, metrics: Metrics) -> gr.Blocks:
    """The page that asks ``bot``. Its events can be reached from the page alone; programs have the JSON API."""
    view = View(bot, metrics)
    noun = "article" if view.one_document else "documents"
    blocks = gr.Blocks(title=f"Ask the {noun}", analytics_enabled=False, fill_width=True)
    with blocks:
        exchanges = gr.State([])
        with gr.Row(elem_id="columns"):
            with gr.Column(elem_id="chat"):
                gr.HTML(
                    f"<h1>Ask the {noun}</h1><p>Every answer is a quotation, marked where it stands.</p>",
                    elem_id="masthead",
                    js_on_load=None,
                )
                start_over = gr.Button("Start over", elem_id="start-over", size="sm")
                messages = gr.Chatbot(
                    elem_id="messages",
                    show_label=False,
                    label="Conversation",
                    container=False,
                    height=None,
                    buttons=[],
                    latex_delimiters=[],
                    allow_tags=False,
                    render_markdown=False,
                    feedback_options=None,
                    allow_file_downloads=False,
                    layout="bubble",
                )
                with gr.Column(elem_id="suggestions"):
                    buttons = [gr.Button(text, elem_classes="suggestion", size="sm") for text in suggestions(bot)]
                box = gr.Textbox(
                    elem_id="question",
                    label="Your question",
                    show_label=False,
                    container=False,
                    placeholder=f"Ask a question about the {noun}",
                    submit_btn="Ask",
                    max_lines=6,
                    autofocus=True,
                )
            with gr.Column(elem_id="reading"):
                pane = gr.HTML(view.opening(), elem_id="article", js_on_load=None, apply_default_css=False)
        outputs = [exchanges, messages, pane, box]
        quietly: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        box.submit(view.ask, [box, exchanges], outputs, **quietly)
        for button in buttons:
            button.click(view.ask, [button, exchanges], outputs, **quietly)
        messages.select(view.show, [exchanges], [pane], **quietly)
        start_over.click(view.clear, None, [exchanges, messages, pane], **quietly)
    blocks.queue(api_open=False, max_size=64, default_concurrency_limit=2)
    return blocks


class View:
    """What the page shows, given what was asked. It keeps nothing between calls: the conversation is the client's."""

    def __init__(self, bot: Bot, metrics: Metrics) -> None:
        self.bot = bot
        self.metrics = metrics
        self.documents: dict[str, Document] = {document.id: document for document in bot.index.documents}
        self.one_document = len(self.documents) == 1

    def opening(self) -> str:
        """The article pane before anything was asked."""
        documents = list(self.documents.values())
        return render.article(documents[0]) if self.one_document else render.contents(documents)

    def ask(self, question: str, exchanges: list[Exchange]) -> Iterator[Update]:
        """Show the question at once, then its answer."""
        if not question.strip():
            yield gr.skip(), gr.skip(), gr.skip(), gr.skip()
            return
        number = exchanges[-1].number + 1 if exchanges else 1
        yield gr.skip(), self.messages([*exchanges, Exchange(number, question)]), gr.skip(), ""
        exchange = self.answered(number, question, exchanges)
        exchanges = [*exchanges, exchange][-LONGEST_CONVERSATION:]
        yield exchanges, self.messages(exchanges), self.article(exchange), gr.skip()

    def answered(self, number: int, question: str, exchanges: list[Exchange]) -> Exchange:
        """Ask the bot. What it cannot answer becomes a message in the chat."""
        try:
            answer = self.bot.ask(question, history(exchanges))
        except ValueError as error:
            self.metrics.refused()
            return Exchange(number, question, problem=str(error))
        except Exception:
            self.metrics.failed()
            logging.getLogger(__name__).exception("a question could not be answered")
            return Exchange(number, question, problem="Something went wrong here. The server's log has the particulars.")
        self.metrics.answered(answer)
        return Exchange(number, question, answer)

    def messages(self, exchanges: list[Exchange]) -> list[dict[str, str]]:
        """The conversation as the chat shows it: two messages for an exchange, one while it waits for its answer."""
        shown = []
        for exchange in exchanges:
            shown.append({"role": "user", "content": render.question(exchange.question)})
            if exchange.answer is not None:
                content = render.answer(exchange.answer, exchange.number, self.one_document)
                shown.append({"role": "assistant", "content": content})
            elif exchange.problem is not None:
                shown.append({"role": "assistant", "content": render.problem(exchange.problem)})
        return shown

    def article(self, exchange: Exchange) -> str:
        """The article pane for an exchange: the document it cites, marked."""
        if exchange.answer is None or exchange.answer.span is None:
            # A mark that stayed would look like this answer's.
            return self.opening()
        also = [alternative.citation for alternative in exchange.answer.alternatives]
        return render.article(exchange.answer.span.document, exchange.answer.citations, exchange.number, also)

    def show(self, exchanges: list[Exchange], event: gr.SelectData) -> str | dict[str, Any]:
        """Show the article for an earlier answer that was clicked."""
        position = event.index if isinstance(event.index, int) else event.index[0]
        exchange = exchanges[position // 2] if 0 <= position // 2 < len(exchanges) else None
        if exchange is None or exchange.answer is None or not exchange.answer.found:
            unchanged: dict[str, Any] = gr.skip()
            return unchanged
        return self.article(exchange)

    def clear(self) -> Update:
        """Start over."""
        return [], [], self.opening()
