"""One application: the JSON API, the widget and the page."""

from collections.abc import Callable, Sequence
from hashlib import sha256

from asgi_correlation_id import CorrelationIdMiddleware
from fastapi import FastAPI, Request, Response
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from index.fetch import Fetched
from qa.bot import Bot
from qa.web.api import description
from qa.web.api.routes import add_api
from qa.web.page.feedback import FeedbackFile
from qa.web.page.links import add_texts
from qa.web.serving.guard import CROSS_ORIGIN, REQUEST_ID, BodyLimit, Head, RateLimit, SecurityHeaders, UsedRoutes
from qa.web.serving.metrics import Metrics
from qa.web.serving.problems import Problems, describe_all_errors
from qa.web.serving.queue import Queue
from qa.web.widget import script
from qa.web.widget.embed_page import add_embed

SHORTEST_COMPRESSED = 1024
"""Bytes. Compressing a shorter response saves no packet."""


def create_app(
    bot: Bot,
    allowed_origins: Sequence[str] = (),
    most_a_minute: int = 0,
    feedback: FeedbackFile | None = None,
    fetch: Callable[[str], Fetched] | None = None,
    *,
    with_page: bool = True,
) -> FastAPI:
    """The application that serves ``bot``.

    Args:
        bot: answers the questions.
        allowed_origins: other sites whose pages may ask questions and show the page in a frame, such as "https://example.org";
            "*" means every site.
        most_a_minute: how many questions one address may ask in a minute; 0 means no limit.
        feedback: keeps what people say about answers on the page; None keeps nothing.
        fetch: fetches pages of the web that visitors of the page name; None if they cannot.
        with_page: whether to include the page. If not, `add_page` can add it later, even while the application is serving.
    """
    # FastAPI's own pages about the API are off, because they load scripts from another host.
    app = FastAPI(
        title="Ask the article",
        description="Answers quoted from documents, with their exact place. Offsets count code points, half-open.",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.bot, app.state.metrics, app.state.feedback, app.state.fetch = bot, Metrics(bot), feedback, fetch
    describe_all_errors(app)
    description.complete(app)
    add_api(app, bot, app.state.metrics)
    for name in ("page", "widget"):
        app.mount(f"/{name}", StaticFiles(packages=[(f"qa.web.{name}", "static")]))
    _add_widget(app)
    add_embed(app, bot)
    add_texts(app, bot)
    if with_page:
        add_page(app)
    # The middleware that is added last is the first to see a request.
    app.add_middleware(Queue, shed=app.state.metrics.shed)
    app.add_middleware(BodyLimit)
    app.add_middleware(RateLimit, most=most_a_minute, limited=app.state.metrics.limited)
    # Gradio lets any other site read its answers, unless it finds exactly this class on the application around it.
    app.add_middleware(CORSMiddleware, allow_origins=list(allowed_origins), **CROSS_ORIGIN)
    app.add_middleware(Problems)
    app.add_middleware(GZipMiddleware, minimum_size=SHORTEST_COMPRESSED, compresslevel=6)
    app.add_middleware(Head)
    app.add_middleware(CorrelationIdMiddleware, **REQUEST_ID)
    app.add_middleware(SecurityHeaders, allowed_origins=list(allowed_origins))
    return app


def _add_widget(app: FastAPI) -> None:
    content = script.source()
    # A weak tag, because it is the same for the compressed and the uncompressed script.
    tag = f'W/"{sha256(content.encode()).hexdigest()[:16]}"'
    headers = {"cache-control": "public, max-age=3600", "cross-origin-resource-policy": "cross-origin", "etag": tag}

    @app.get("/widget.js", include_in_schema=False)
    def script_of_widget(request: Request) -> Response:
        unchanged = request.headers.get("if-none-match") == tag
        return Response(None if unchanged else content, 304 if unchanged else 200, headers, "text/javascript")


def add_page(app: FastAPI) -> None:
    """Add the page to an application that `create_app` made."""
    # Imported here, because importing Gradio takes longer than everything else together.
    import gradio as gr

    from qa.web.api.gradio_endpoint import add_ask
    from qa.web.page.page import HEAD, page, theme

    blocks = page(app.state.bot, app.state.metrics, app.state.feedback, app.state.fetch)
    add_ask(blocks, app.state.bot, app.state.metrics)
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
