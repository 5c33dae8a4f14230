"""The whole way, with the real models, in a real browser."""

import json
import os
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Locator,
    Page,
    Request,
    ViewportSize,
    expect,
)

RANSOM = "what was the ransom deadline?"
WAIT = 60_000  # milliseconds; a machine may be busy with other things


class Watched:
    """A page, with what it asked of other hosts and what it complained of."""

    def __init__(self, browser: Browser, address: str, context: BrowserContext | None = None) -> None:
        context = context or browser.new_context(viewport={"width": 1280, "height": 800})
        self.page: Page = context.new_page()
        self.elsewhere: list[str] = []
        self.complaints: list[str] = []
        self.own = (f"{address}/", "data:", "blob:")
        self.page.on("request", self._requested)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", self._asked)
        self.page.goto(f"{address}/")
        expect(self.page.locator("#question textarea")).to_be_visible(timeout=WAIT)

    def _requested(self, request: Request) -> None:
        if not request.url.startswith(self.own):
            self.elsewhere.append(request.url)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _asked(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def ask(self, question: str) -> Locator:
        """Ask, and wait for what comes of it: an answer, word that there is none, or a problem."""
        outcomes = self.page.locator("#messages").locator(".answer, .none, .problem")
        before = outcomes.count()
        self.page.locator("#question textarea").fill(question)
        self.page.keyboard.press("Enter")
        expect(outcomes).to_have_count(before + 1, timeout=WAIT)
        return outcomes.last


@pytest.fixture
def watched(browser: Browser, address: str) -> Iterator[Watched]:
    watched = Watched(browser, address)
    yield watched
    watched.page.context.close()
    assert watched.elsewhere == []
    assert watched.complaints == []


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


def test_the_ransom_deadline_is_answered_and_marked(watched: Watched, address: str, tmp_path: Path) -> None:
    page = watched.page
    answer = watched.ask(RANSOM)
    marks = page.locator("#article mark:not(.also)")
    expect(marks).to_have_count(1)
    # The number behind the mark is not part of its text.
    assert marks.inner_text() in ("5:50pm GMT on Friday", "5:50pm GMT on Friday deadline")
    assert marks.inner_text() == over_http(address, RANSOM)["answer"] == answer.locator("strong").inner_text()
    assert answer.locator(".cite").first.inner_text() == f"[{marks.get_attribute('data-number')}]" == "[1]"
    wait_until_within(marks, page.locator("#article"))
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path))
    page.wait_for_timeout(1500)  # until the mark has stopped flashing
    page.screenshot(path=folder / "desktop.png")
    assert (folder / "desktop.png").stat().st_size > 20_000


def test_whatever_is_answered_is_marked_where_the_api_says(watched: Watched, address: str) -> None:
    page = watched.page
    identifier = json.load(urllib.request.urlopen(f"{address}/api/v1/documents"))["documents"][0]["id"]
    text = json.load(urllib.request.urlopen(f"{address}/api/v1/documents/{identifier}"))["text"]
    for question in ("Who is the Japanese Prime Minister?", "Which countries attend the conference?"):
        expected = over_http(address, question)
        answer = watched.ask(question)
        mark = page.locator("#article mark:not(.also)")
        citation = expected["citations"][0]
        expect(mark).to_have_text(text[citation["start"] : citation["end"]])
        expect(answer.locator("strong")).to_have_text(expected["answer"])
        wait_until_within(mark, page.locator("#article"))


def test_the_number_of_an_earlier_answer_leads_to_its_mark(watched: Watched) -> None:
    page = watched.page
    first = watched.ask("Who is the Japanese Prime Minister?").locator("strong").inner_text()
    watched.ask("Which countries attend the conference?")
    mark = page.locator("#article mark:not(.also)")
    expect(mark).not_to_have_text(first)
    page.locator(".cite").first.focus()
    page.keyboard.press("Enter")
    expect(mark).to_have_text(first)
    expect(mark).to_be_focused()
    wait_until_within(mark, page.locator("#article"))
    page.keyboard.press("Escape")
    expect(page.locator(".cite").first).to_be_focused()


def test_what_the_article_does_not_say(watched: Watched) -> None:
    outcome = watched.ask("What is the capital of Peru?")
    expect(outcome).to_have_text("The article does not say.")
    expect(watched.page.locator("#messages .nearest")).to_contain_text("not an answer")
    expect(watched.page.locator("#article mark")).to_have_count(0)


@pytest.mark.parametrize(
    "payload",
    [
        "<img src=x onerror=alert(1)><script>alert(2)</script>",
        "[link](javascript:alert(1)) https://example.org/ ![](https://example.org/x.png)",
        "```mermaid\ngraph TD\n```\n$$\\href{javascript:alert(1)}{x}$$ ${alert(1)} {{alert(1)}}",
        "<style>body{display:none}</style><a href='https://example.org'>x</a>",
    ],
)
def test_a_hostile_question_is_only_text(watched: Watched, payload: str) -> None:
    question = f"Who co-hosted? {payload}"
    watched.ask(question)
    asked = watched.page.locator("#messages .asked")
    expect(asked).to_have_text(question, use_inner_text=True)
    assert asked.evaluate("element => [...element.querySelectorAll('*')].map(e => e.tagName)") == ["BR"] * question.count("\n")


def test_a_suggested_question_is_asked_and_answered(watched: Watched) -> None:
    buttons = watched.page.locator("#suggestions button")
    expect(buttons).to_have_count(5)
    question = buttons.first.inner_text()
    buttons.first.click()
    expect(watched.page.locator("#messages .asked")).to_have_text(question)
    expect(watched.page.locator("#messages .answer")).to_have_count(1, timeout=WAIT)


def test_too_long_a_question_is_a_message_in_the_chat_and_the_chat_goes_on(watched: Watched) -> None:
    expect(watched.ask("x" * 100_000)).to_contain_text("Shorten it")
    expect(watched.ask("Who is the Japanese Prime Minister?")).to_have_class("answer")
    watched.page.locator("#start-over").click()
    expect(watched.page.locator("#messages .asked")).to_have_count(0)
    expect(watched.page.locator("#article mark")).to_have_count(0)


@pytest.mark.parametrize(("width", "height"), [(320, 640), (390, 844), (900, 700)])
def test_a_narrow_screen_needs_no_sideways_scrolling(browser: Browser, address: str, width: int, height: int) -> None:
    size: ViewportSize = {"width": width, "height": height}
    watched = Watched(browser, address, browser.new_context(viewport=size, color_scheme="dark", reduced_motion="reduce"))
    watched.ask("Which countries attend the conference?")
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= width
    watched.page.locator(".cite").first.click()
    mark = watched.page.locator("#article mark:not(.also)")
    expect(mark).to_be_focused()
    expect(mark).to_be_in_viewport()
    watched.page.context.close()
    assert watched.elsewhere == watched.complaints == []
