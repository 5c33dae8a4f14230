"""The page: a chat on the left, the article on the right, in Gradio."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import gradio as gr
from anyio.to_thread import run_sync

from index.fetch import Fetched
from qa.bot import Bot
from qa.web.page import toolbar
from qa.web.page.conversation import Exchange
from qa.web.page.feedback import FeedbackFile
from qa.web.page.view import OUTPUTS, Update, View
from qa.web.serving.metrics import Metrics

HEAD = "".join(f'<link rel="stylesheet" href="page/{name}.css">' for name in ("page", "chat", "article"))
HEAD += '<script type="module" src="page/page.js"></script>'

# This component passes on what page.js sends: it is the only way from a click in the chat's or the article's HTML to a
# Python function. The result goes back to page.js as an event.
_LISTEN = """
document.addEventListener("qa:do", (event) => trigger(event.detail.action, event.detail.data));
document.documentElement.dataset.actions = "ready";
document.dispatchEvent(new CustomEvent("qa:ready"));
"""
_TELL = '(said) => { document.dispatchEvent(new CustomEvent("qa:said", { detail: said })); }'

_FONTS = ["system-ui", "sans-serif"]
_MONO = ["ui-monospace", "monospace"]


def theme() -> gr.themes.Base:
    """Gradio's plainest theme, with fonts that are already on the machine; page.css does the rest."""
    return gr.themes.Base(font=_FONTS, font_mono=_MONO)


def page(
    bot: Bot, metrics: Metrics, feedback: FeedbackFile | None = None, fetch: Callable[[str], Fetched] | None = None
) -> gr.Blocks:
    """The page that asks ``bot``. Only the page itself can trigger its events; programs use the JSON API."""
    view = View(bot, metrics, feedback, fetch)
    noun = "article" if view.one_document else "documents"
    html: dict[str, Any] = {"js_on_load": None, "apply_default_css": False}
    blocks = gr.Blocks(title=f"Ask the {noun}", analytics_enabled=False, fill_width=True)

    def left(request: gr.Request) -> None:
        view.leave(request)
        # Otherwise Gradio would keep for good what was shown last, which may be the visitor's own text.
        session = blocks.state_holder.session_data.get(request.session_hash or "")
        if session:
            session.config_values.clear()

    async def ask(
        question: str, exchanges: list[Exchange], chosen: tuple[str, ...], event: gr.EventData, request: gr.Request
    ) -> AsyncIterator[Update]:
        # Whoever starts over need not wait until the answer is worked out: its thread is left to itself.
        updates = view.ask_either(question, exchanges, chosen, event, request)
        while (update := await run_sync(next, updates, None, abandon_on_cancel=True)) is not None:
            yield update

    with blocks:
        exchanges = gr.State([])
        chosen = gr.State(())
        with gr.Row(elem_id="columns"):
            with gr.Column(elem_id="chat"):
                gr.HTML(toolbar.masthead(view.one_document), elem_id="masthead", **html)
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
                chips = gr.HTML(view.chips(), elem_id="suggestions", **html)
                box = gr.Textbox(
                    elem_id="question",
                    label="Your question",
                    show_label=False,
                    container=False,
                    placeholder=f"Ask a question about the {noun}",
                    submit_btn="Ask",
                    max_lines=6,
                )
                bar = gr.HTML(view.tools(), elem_id="tools", **html)
            with gr.Column(elem_id="reading"):
                pane = gr.HTML(view.pane(), elem_id="article", **html)
        said = gr.HTML(html_template="", js_on_load=_LISTEN, elem_id="actions")
        places = {
            "exchanges": exchanges,
            "chosen": chosen,
            "tools": bar,
            "messages": messages,
            "pane": pane,
            "chips": chips,
            "box": box,
            "said": said,
        }
        outputs = [places[name] for name in OUTPUTS]
        quietly: dict[str, Any] = {"outputs": outputs, "api_visibility": "private", "show_progress": "hidden"}
        tell: dict[str, Any] = {"fn": None, "inputs": [said], "js": _TELL}
        asking = gr.on([box.submit, said.submit], ask, [box, exchanges, chosen], trigger_mode="once", **quietly)
        said.select(view.show, [exchanges], trigger_mode="multiple", **quietly)
        said.option_select(view.choose, None, **quietly)
        said.clear(view.clear, [chosen], cancels=[asking], **quietly)
        said.upload(view.add, None, concurrency_limit=1, trigger_mode="multiple", **quietly).then(**tell)
        said.input(view.add_page, None, concurrency_limit=4, trigger_mode="multiple", **quietly).then(**tell)
        said.delete(view.remove, [exchanges], **quietly).then(**tell)
        said.like(view.judge, [exchanges], trigger_mode="multiple", **quietly).then(**tell)
        said.download(view.export, [exchanges], **quietly).then(**tell)
        blocks.unload(left)
    blocks.queue(api_open=False, max_size=64, default_concurrency_limit=2)
    return blocks
