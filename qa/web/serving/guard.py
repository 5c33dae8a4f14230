"""Protects the application: limits on hosts, bodies and rates, security headers, and an allow-list of Gradio's routes."""

import re
import time
from collections.abc import Callable, Collection, Sequence
from math import ceil
from typing import Any

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.web.serving.problems import problem

LARGEST_BODY = 1024 * 1024
"""Bytes. This leaves room for a long history, and for a question that is too long, so that the bot itself refuses it."""
LARGEST_FILE = 6 * 1024 * 1024
"""Bytes of what the page sends, which may hold a file as base64."""

# An allow-list, so that a route that a later Gradio adds is closed until someone opens it. Among the routes left out: upload,
# file= and proxy= (which fetch other people's addresses), run and call (which skip the queue), monitoring, recordings.
_USED = re.compile(
    r"/|/config|/theme\.css|/favicon\.ico|/manifest\.json|/robots\.txt|/(?:static|assets|svelte)/.+"
    r"|/gradio_api/(?:queue/(?:join|data)|heartbeat/\w+|startup-events|cancel|reset|info)"
)

FROM_PAGE = "/gradio_api/queue/join"
ASKS = ("/api/v1/ask", FROM_PAGE)
"""The paths that receive questions."""
_PORT = re.compile(r":\d*$")
REQUEST_ID: dict[str, Any] = {"validator": re.compile(r"[\w.-]{1,64}", re.ASCII).fullmatch, "update_request_header": False}
"""The allowed form of a request id that a client sends. An id of another form is replaced."""

CROSS_ORIGIN: dict[str, Any] = {
    "allow_methods": ["GET", "POST"],
    "allow_headers": ["content-type", "x-request-id"],
    "expose_headers": ["retry-after", "x-request-id"],
    "max_age": 3600,
}
"""What scripts on allowed sites may send and read."""
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_API_POLICY = "default-src 'none'; frame-ancestors 'none'"
# Gradio needs inline scripts, and its HTML component makes functions from strings. The page can reach no other host.
_PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'"
)


class KnownHosts:
    """Answer 421 to requests for a host that is not one of ``hosts``.

    Otherwise a host name that briefly points to this machine (DNS rebinding) would let its pages read what is served here.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if it is for this server. Browsers always send the host."""
        host = _PORT.sub("", Headers(scope=scope).get("host", "")).lower() if scope["type"] == "http" else ""
        if host and host not in self.hosts:
            detail = f"This server is not known as {host!r}. If it should be, start it with --allow-host {host}"
            await problem(421, detail)(scope, receive, send)
            return
        await self.app(scope, receive, send)


class UsedRoutes(Mount):
    """Gradio's application, mounted at the root, without the routes that the page does not use."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__("/", app=app)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Like `Mount.matches`, but only for the paths that the page uses."""
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http" or ".." in path or not _USED.fullmatch(path):
            return Match.NONE, {}
        return super().matches(scope)


class BodyLimit:
    """Answer 413 to a body that is too long, whether or not its length was announced."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count the bytes of its body."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        largest = LARGEST_FILE if scope["path"] == FROM_PAGE else LARGEST_BODY
        detail = f"The body is longer than the limit of {largest:,} bytes. Shorten the question or its history."
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > largest:
            await problem(413, detail, {"connection": "close"})(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > largest:
                raise HTTPException(413, detail)
            return message

        await self.app(scope, counted, send)


class RateLimit:
    """Answer 429 to questions from an address that has asked ``most`` within the last minute; 0 means no limit."""

    def __init__(self, app: ASGIApp, most: int, limited: Callable[[], None] = lambda: None) -> None:
        self.app = app
        self.limited = limited
        self.item = RateLimitItemPerMinute(most) if most else None
        self.limiter = MovingWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, if there is room for it."""
        if self.item and scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in ASKS:
            address = (scope.get("client") or ("",))[0]
            if not self.limiter.hit(self.item, address):
                self.limited()
                reset = self.limiter.get_window_stats(self.item, address).reset_time
                wait = max(1, ceil(reset - time.time()))
                detail = f"More than {self.item.amount} questions in a minute from this address. Ask again in {wait} s."
                await problem(429, detail, {"retry-after": str(wait)})(scope, receive, send)
                return
        await self.app(scope, receive, send)


class Head:
    """Answer HEAD like GET, but without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on as GET, and drop the body of the response."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self.app({**scope, "method": "GET"}, receive, without_body)


class SecurityHeaders:
    """Add the headers that keep a browser from doing more than the page needs.

    The sites that may ask, ``allowed_origins``, may also show the page in a frame.
    """

    def __init__(self, app: ASGIApp, allowed_origins: Sequence[str] = ()) -> None:
        self.app = app
        self.framing = " ".join(["frame-ancestors 'self'", *allowed_origins])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the headers to the response."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if headers.get("content-type", "").startswith("text/html"):
                    policy = headers.get("content-security-policy", _PAGE_POLICY)
                    headers["content-security-policy"] = f"{policy}; {self.framing}"
                else:
                    headers["content-security-policy"] = _API_POLICY
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)
