"""The one endpoint that Gradio's clients may call: ``/ask``. The JSON API gives the same answers and says more about errors."""

import logging
from typing import Any

import gradio as gr
from gradio.events import api

from index.unavailable import UnavailableError
from qa.bot import Bot
from qa.understand.question import turns
from qa.web.serving.metrics import Metrics
from qa.web.serving.problems import BROKEN


def add_ask(blocks: gr.Blocks, bot: Bot, metrics: Metrics) -> None:
    """Add ``/ask`` to ``blocks``; it goes through the same queue as the page's questions."""

    # The types are only for the description: a client may send any JSON.
    def ask(question: str, history: list[Any] | None = None, document: str | list[str] | None = None) -> dict[str, Any]:
        """Answer a question. The answer is the same as that of POST /api/v1/ask."""
        try:
            documents = [document] if isinstance(document, str) else document or []
            if (
                not isinstance(question, str)
                or not isinstance(documents, list)
                or not all(isinstance(one, str) for one in documents)
            ):
                raise ValueError("Expected 'question' to be a string, and 'document' the id of a document, several, or null.")
            answer = bot.ask(question, turns(history), documents)
        except ValueError as error:
            metrics.refused()
            raise gr.Error(str(error), print_exception=False) from error
        except UnavailableError as error:
            metrics.failed()
            raise gr.Error(str(error), print_exception=False) from error
        except Exception as error:
            metrics.failed()
            logging.getLogger(__name__).exception("a question could not be answered")
            raise gr.Error(BROKEN, print_exception=False) from error
        metrics.answered(answer)
        return answer.to_dict()

    # Gradio names the page's own events after their functions, and each name is given only once: keep "ask" free.
    for number, event in enumerate(blocks.fns.values()):
        event.api_name = f"page_{number}"
    with blocks:
        api(ask, api_name="ask")
