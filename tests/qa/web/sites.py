"""Another site, whose pages may ask, and a look at one of them in a browser."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from playwright.sync_api import ConsoleMessage, Page

MARKED = "() => [...(CSS.highlights.get('qa-chat') ?? [])].map(String).join('|')"


class Host:
    """Another site: it serves the pages that were put into it, each with a content security policy of its own."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, str]] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                html, policy = site.pages.get(self.path, ("", ""))
                self.send_response(200 if html else 204)
                self.send_header("content-type", "text/html; charset=utf-8")
                if policy:
                    self.send_header("content-security-policy", policy)
                self.end_headers()
                self.wfile.write(html.encode())

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"


class Visit:
    """A page of the host, and what it complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.sent: list[dict[str, Any]] = []
        self.requested: list[str] = []
        page.on("request", lambda request: self.requested.append(request.url))
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def ask(self, question: str) -> None:
        box = self.page.get_by_placeholder("Your question")
        box.fill(question)
        box.press("Enter")

    def marked(self) -> str:
        found: str = self.page.evaluate(MARKED)
        return found


Open = Callable[..., Visit]
