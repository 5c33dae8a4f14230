"""One application: the JSON API, the health checks and the page."""

from collections.abc import Sequence
from typing import Annotated, Any

import gradio as gr
from fastapi import Body, FastAPI, HTTPException
from pydantic import AfterValidator, BaseModel, Field
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import FileResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from index.document import Document
from qa.answer import Turn
from qa.bot import Bot
from qa.web.guard import BodyLimit, SecurityHeaders, UsedRoutes
from qa.web.page import HEAD, STATIC, page, theme
from qa.web.problems import describe_all_errors


def _encodable(text: str) -> str:
    # JSON can hold half of a surrogate pair, which is no character: neither a tokenizer nor UTF-8 takes it.
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("has half of a surrogate pair, which is not a character")
    return text


Text = Annotated[str, AfterValidator(_encodable)]


class TurnBody(BaseModel):
    """One earlier question and what was answered; null when nothing was found."""

    question: Text
    answer: Text | None = None


class QuestionBody(BaseModel):
    """A question, and the conversation before it, oldest turn first."""

    question: Text = Field(description="At most 2,000 characters.")
    history: list[TurnBody] | None = None
    document: Text | None = Field(None, description="The id of the one document to look in; all if it is left out.")


_EXAMPLE = {"question": "When did they last meet?", "history": [{"question": "Who hosted the talks?", "answer": None}]}


def create_app(bot: Bot, allowed_origins: Sequence[str] = ()) -> FastAPI:
    """The application that serves ``bot``.

    Args:
        bot: what answers.
        allowed_origins: other sites whose pages may ask, such as "https://example.org"; "*" is every site.
    """
    # The pages that FastAPI would serve for its API load their scripts from another host.
    app = FastAPI(
        title="Ask the article",
        description="Answers quoted from documents, with their exact place. Offsets count code points, half-open.",
        docs_url=None,
        redoc_url=None,
    )
    describe_all_errors(app)
    _add_api(app, bot)
    _add_page(app, bot)
    # Gradio lets any other site read its answers unless it finds exactly this class on the application around it.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(allowed_origins),
        allow_methods=["GET", "POST"],
        allow_headers=["content-type"],
        expose_headers=["retry-after"],
        max_age=3600,
    )
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders)
    return app


def _add_api(app: FastAPI, bot: Bot) -> None:
    documents = {document.id: document for document in bot.index.documents}

    # Plain functions, not coroutines: FastAPI runs them in threads, so that a question does not hold up the others.
    @app.post("/api/v1/ask")
    def ask(body: Annotated[QuestionBody, Body(examples=[_EXAMPLE])]) -> dict[str, Any]:
        """Answer a question. The status is 200 also when the documents do not say."""
        turns = [Turn(turn.question, turn.answer) for turn in body.history or []]
        try:
            return bot.ask(body.question, turns, body.document).to_dict()
        except ValueError as error:
            raise HTTPException(422, str(error)) from error

    @app.get("/api/v1/documents")
    def list_documents() -> dict[str, Any]:
        """What the answers come from."""
        return {"documents": [_described(document) for document in documents.values()]}

    @app.get("/api/v1/documents/{identifier}")
    def read_document(identifier: str) -> dict[str, Any]:
        """One document, with its text."""
        if identifier not in documents:
            raise HTTPException(404, f"There is no document {identifier!r}. Those there are: /api/v1/documents")
        return {**_described(documents[identifier]), "text": documents[identifier].text}

    @app.get("/widget.js", include_in_schema=False)
    def widget() -> FileResponse:
        headers = {"cache-control": "public, max-age=3600", "cross-origin-resource-policy": "cross-origin"}
        return FileResponse(STATIC / "widget.js", media_type="text/javascript", headers=headers)

    @app.get("/healthz")
    def is_alive() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @app.get("/readyz")
    def is_ready() -> dict[str, Any]:
        """Questions can be asked. The bot is loaded before the port is opened, so this is never early."""
        return {"status": "ready", "documents": len(documents), "passages": len(bot.index.passages)}


def _described(document: Document) -> dict[str, Any]:
    return {"id": document.id, "title": document.title, "source": document.source, "length": len(document.text)}


def _add_page(app: FastAPI, bot: Bot) -> None:
    app.mount("/page", StaticFiles(directory=STATIC))
    gr.mount_gradio_app(
        app,
        page(bot),
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=False,
        pwa=False,
        max_file_size=0,
        theme=theme(),
        head=HEAD,
    )
    mounted = app.router.routes[-1]
    if not isinstance(mounted, Mount):
        raise TypeError(f"Gradio mounted a {type(mounted).__name__}; expected a Mount. Check the pinned version of gradio.")
    app.router.routes[-1] = UsedRoutes(mounted.app)
