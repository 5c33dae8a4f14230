"""The page in a browser, watched for what it asks of other hosts and for what it complains of."""

import json
import time
import urllib.request
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Locator, Page, Request, expect

RANSOM = "what was the ransom deadline?"
WAIT = 60_000  # milliseconds; a machine may be busy with other things


class Watched:
    """A page, with what it asked of other hosts and what it complained of."""

    def __init__(self, browser: Browser, address: str, context: BrowserContext | None = None, query: str = "") -> None:
        context = context or browser.new_context(viewport={"width": 1280, "height": 800})
        self.page: Page = context.new_page()
        self.elsewhere: list[str] = []
        self.complaints: list[str] = []
        self.own = (f"{address}/", "data:", "blob:")
        self.page.on("request", self._requested)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", self._asked)
        self.page.goto(f"{address}/{query}")
        expect(self.page.locator("#question textarea")).to_be_visible(timeout=WAIT)
        expect(self.page.locator("html[data-usable]")).to_have_count(1, timeout=WAIT)

    def _requested(self, request: Request) -> None:
        if not request.url.startswith(self.own):
            self.elsewhere.append(request.url)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _asked(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def close(self) -> None:
        """Leave, and see that all was well."""
        self.page.context.close()
        assert self.elsewhere == []
        assert self.complaints == [], self.complaints

    @property
    def outcomes(self) -> Locator:
        """What came of the questions: answers, word that there is none, or problems."""
        return self.page.locator("#messages").locator(".answer, .none, .problem")

    def ask(self, question: str) -> Locator:
        """Ask, and wait for what comes of it: an answer, word that there is none, or a problem."""
        outcomes = self.outcomes
        before = outcomes.count()
        self.page.locator("#question textarea").fill(question)
        self.page.keyboard.press("Enter")
        expect(outcomes).to_have_count(before + 1, timeout=WAIT)
        return outcomes.last


def over_http(address: str, question: str) -> dict[str, Any]:
    body = json.dumps({"question": question}).encode()
    request = urllib.request.Request(f"{address}/api/v1/ask", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        answer: dict[str, Any] = json.load(response)
        return answer


def is_within(inner: Locator, outer: Locator) -> bool:
    a, b = inner.bounding_box(), outer.bounding_box()
    return bool(a and b and b["y"] <= a["y"] and a["y"] + a["height"] <= b["y"] + b["height"])


def wait_until_within(inner: Locator, outer: Locator) -> None:
    deadline = time.monotonic() + 10
    while not is_within(inner, outer) and time.monotonic() < deadline:
        time.sleep(0.1)  # the pane scrolls smoothly
    assert is_within(inner, outer)
