"""One application: the JSON API, the widget and the page."""

from collections.abc import Sequence

import gradio as gr
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import FileResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from qa.bot import Bot
from qa.web.api import add_api
from qa.web.feedback import FeedbackFile
from qa.web.guard import BodyLimit, RateLimit, RequestId, SecurityHeaders, UsedRoutes
from qa.web.links import add_texts
from qa.web.metrics import Metrics
from qa.web.page import HEAD, STATIC, page, theme
from qa.web.problems import describe_all_errors


def create_app(
    bot: Bot, allowed_origins: Sequence[str] = (), most_a_minute: int = 0, feedback: FeedbackFile | None = None
) -> FastAPI:
    """The application that serves ``bot``.

    Args:
        bot: what answers.
        allowed_origins: other sites whose pages may ask, such as "https://example.org"; "*" is every site.
        most_a_minute: questions from one address; 0 is no limit.
        feedback: where the page keeps what people say about answers; None for nowhere.
    """
    # The pages that FastAPI would serve for its API load their scripts from another host.
    app = FastAPI(
        title="Ask the article",
        description="Answers quoted from documents, with their exact place. Offsets count code points, half-open.",
        docs_url=None,
        redoc_url=None,
    )
    metrics = Metrics(bot.index)
    describe_all_errors(app)
    add_api(app, bot, metrics)
    _add_widget(app)
    add_texts(app, {document.id: document for document in bot.index.documents})
    _add_page(app, page(bot, metrics, feedback))
    # The last that is added is the first that a request meets.
    app.add_middleware(BodyLimit)
    app.add_middleware(RateLimit, most=most_a_minute)
    # Gradio lets any other site read its answers unless it finds exactly this class on the application around it.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(allowed_origins),
        allow_methods=["GET", "POST"],
        allow_headers=["content-type"],
        expose_headers=["retry-after", "x-request-id"],
        max_age=3600,
    )
    app.add_middleware(RequestId)
    app.add_middleware(SecurityHeaders)
    return app


def _add_widget(app: FastAPI) -> None:
    @app.get("/widget.js", include_in_schema=False)
    def widget() -> FileResponse:
        headers = {"cache-control": "public, max-age=3600", "cross-origin-resource-policy": "cross-origin"}
        return FileResponse(STATIC / "widget.js", media_type="text/javascript", headers=headers)


def _add_page(app: FastAPI, blocks: gr.Blocks) -> None:
    app.mount("/page", StaticFiles(directory=STATIC))
    gr.mount_gradio_app(
        app,
        blocks,
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
