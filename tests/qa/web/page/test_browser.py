"""Asking and citing: the whole way, with the real models, in a real browser."""

import json
import os
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from qa.web.page.message import confidence_band
from tests.qa.web.watched import RANSOM, WAIT, Watched, over_http, wait_until_within


@pytest.fixture
def watched(browser: Browser, address: str) -> Iterator[Watched]:
    watched = Watched(browser, address)
    yield watched
    watched.close()


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


MINISTER = "Who is the Japanese Prime Minister?"
"""It has one answer, and one citation."""


def test_a_citation_previews_its_quotation_and_leads_to_its_mark(watched: Watched) -> None:
    page = watched.page
    answer = watched.ask(MINISTER)
    link, preview = answer.locator("a.cite"), page.locator("#preview")
    link.hover()
    expect(preview).to_be_visible()
    expect(preview).to_contain_text(answer.locator(".sentence").inner_text())
    expect(preview.locator("b")).to_have_text(answer.locator("strong").inner_text())
    preview.hover()  # it stays while the pointer is on it
    page.wait_for_timeout(400)
    expect(preview).to_be_visible()
    page.mouse.move(5, 5)
    expect(preview).to_be_hidden()
    page.keyboard.press("Shift+Tab")  # from the question box back through the suggestions
    while page.evaluate("!document.activeElement.matches('a.cite')"):
        page.keyboard.press("Shift+Tab")
    expect(preview).to_be_visible()
    page.keyboard.press("Escape")
    expect(preview).to_be_hidden()
    expect(link).to_be_focused()
    mark = page.locator("#article mark:not(.also)")
    page.locator("#article").evaluate("pane => pane.scrollTo(0, 0)")
    page.keyboard.press("Enter")
    expect(mark).to_be_focused()
    expect(mark).to_have_class("cited arrived")
    wait_until_within(mark, page.locator("#article"))
    # It is a link like any other: opened elsewhere, it asks the question there.
    assert link.get_attribute("href") == f"?q={MINISTER.replace(' ', '+').replace('?', '%3F')}"


def test_a_preview_goes_when_the_next_question_is_asked(watched: Watched) -> None:
    watched.ask(RANSOM).locator("a.cite").first.hover()
    expect(watched.page.locator("#preview")).to_be_visible()
    watched.ask("What is the capital of Peru?")
    expect(watched.page.locator("#preview")).to_be_hidden()


def test_the_confidence_is_a_word_and_a_number_on_demand(watched: Watched, address: str) -> None:
    band = watched.ask(MINISTER).locator(".band")
    confidence = over_http(address, MINISTER)["confidence"]
    expect(band).to_have_text(confidence_band(confidence), use_inner_text=True)
    expect(band.locator(".number")).to_be_hidden()
    band.locator("summary").click()
    expect(band.locator(".number")).to_have_text(f"{confidence:.0%}")


def test_a_question_that_was_changed_is_shown_as_it_was_read(watched: Watched) -> None:
    watched.ask("what was the ransome dedline?")
    expect(watched.page.locator("#messages .understood")).to_have_text(f"Read as: {RANSOM}")


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
    page = watched.page
    expect(page.locator("#messages .nearest")).to_contain_text("not an answer")
    expect(page.locator("#article mark")).to_have_count(0)
    page.get_by_text("Show it in the text").click()
    expect(page.locator("#article mark.nearest").first).to_be_focused()
    # What it offers instead, it can answer.
    offered = page.locator("#messages .can .suggestion")
    expect(offered).to_have_count(3)
    offered.first.click()
    expect(page.locator("#messages .answer")).to_have_count(1, timeout=WAIT)


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
    expect(buttons.first).to_have_text(re.compile(r"\w"))  # The buttons stand there before their words do.
    question = buttons.first.inner_text()
    buttons.first.click()
    expect(watched.page.locator("#messages .asked")).to_have_text(question)
    expect(watched.page.locator("#messages .answer")).to_have_count(1, timeout=WAIT)
    # Then there are others, which go on from there.
    expect(buttons).to_have_count(3)
    assert question not in buttons.all_inner_texts()


def test_too_long_a_question_is_a_message_in_the_chat_and_the_chat_goes_on(watched: Watched) -> None:
    expect(watched.ask("x" * 100_000)).to_contain_text("Shorten it")
    expect(watched.ask("Who is the Japanese Prime Minister?")).to_have_class("answer")
    watched.page.locator(".menu summary").click()
    watched.page.locator("#start-over").click()
    expect(watched.page.locator("#messages .asked")).to_have_count(0)
    expect(watched.page.locator("#article mark")).to_have_count(0)
