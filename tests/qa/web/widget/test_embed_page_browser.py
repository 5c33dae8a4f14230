"""The page /embed: the widget at work on it, and every snippet of it run as it is copied."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from playwright.sync_api import Browser, Page, expect

from tests.qa.web.measured import serious_violations
from tests.qa.web.sites import MARKED, Host, Open, Visit

WAIT = 60_000
RANSOM = "what was the ransom deadline?"
DEADLINE = "5:50pm GMT on Friday"


@pytest.fixture
def there(browser: Browser, address: str) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, permissions=["clipboard-read", "clipboard-write"])
    there = Visit(context.new_page())
    there.page.goto(f"{address}/embed")
    yield there
    context.close()
    assert there.complaints == []


def copied(page: Page, title: str) -> str:
    """What is on the clipboard after the snippet's button was clicked."""
    page.get_by_role("button", name=f"Copy: {title}", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    text: str = page.evaluate("() => navigator.clipboard.readText()")
    return text


def test_the_widget_works_on_it_both_ways(there: Visit) -> None:
    inline = there.page.locator("#inline")
    inline.get_by_placeholder("Your question").fill(RANSOM)
    inline.get_by_role("button", name="Ask", exact=True).click()
    inline.locator(".cite").first.click(timeout=WAIT)
    assert there.marked() == DEADLINE
    assert there.page.locator("#text").evaluate("(text) => text.scrollTop") > 0
    there.page.get_by_role("button", name="Ask the article").click()
    expect(there.page.get_by_role("dialog")).to_be_visible()


def test_the_options_change_the_snippet_and_the_widget(there: Visit, address: str) -> None:
    there.page.get_by_label("Side").select_option("left")
    there.page.get_by_label("Language").select_option("de")
    there.page.get_by_label("Title").fill('Ask "us" & them')
    assert copied(there.page, "One script tag") == (
        f'<script async src="{address}/widget.js" data-position="left" data-lang="de" '
        'data-heading="Ask &quot;us&quot; &amp; them"></script>'
    )
    launcher = there.page.get_by_role("button", name='Ask "us" & them')
    box = launcher.bounding_box()
    assert box is not None
    assert box["x"] < 100
    there.page.get_by_label("Side").select_option("")
    there.page.get_by_label("Language").select_option("")
    there.page.get_by_label("Title").fill("")
    assert copied(there.page, "One script tag") == f'<script async src="{address}/widget.js"></script>'


@pytest.mark.parametrize("title", ["One script tag", "In the flow of the page"])
def test_the_widget_s_snippets_work_on_another_site(there: Visit, visit: Open, title: str) -> None:
    other = visit(widget=copied(there.page, title))
    other.page.evaluate(f"() => document.querySelector('qa-chat').ask('{RANSOM}')")
    other.page.locator("qa-chat .cite").first.click(timeout=WAIT)
    assert other.marked() == DEADLINE


def test_the_frame_works_on_another_site(there: Visit, host: Host, browser: Browser) -> None:
    frame_ = copied(there.page, "The whole page in a frame")
    host.pages["/frame"] = (f"<!doctype html><title>News</title><p style='height: 900px'>News</p>{frame_}", "")
    page = browser.new_page()
    page.goto(f"{host.origin}/frame")
    frame = page.frame_locator("iframe")
    expect(frame.locator("#messages .bubble-wrap")).to_be_attached(timeout=WAIT)
    page.wait_for_timeout(500)
    assert page.evaluate("() => [document.activeElement.localName, scrollY]") == ["body", 0]
    frame.locator("#question textarea").fill(RANSOM, timeout=WAIT)
    frame.locator("#question textarea").press("Enter")
    expect(frame.locator("#messages .answer")).to_contain_text(DEADLINE, timeout=WAIT)
    page.close()


def test_the_javascript_snippet_works_on_another_site(there: Visit, visit: Open) -> None:
    code = copied(there.page, "JavaScript")
    other = visit(policy="")
    said: list[str] = []
    other.page.on("console", lambda message: said.append(message.text))
    answer = other.page.evaluate(f"async () => {{ {code}\n return answer; }}")
    assert answer["found"]
    assert answer["answer"] in said[0]


@pytest.mark.parametrize("title", ["Python, with gradio_client", "Python, with nothing to install"])
def test_the_python_snippets_work(there: Visit, title: str) -> None:
    done = subprocess.run([sys.executable, "-c", copied(there.page, title)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert re.search(r"\[\{'number': 1, 'document': '", done.stdout)


def test_the_curl_snippet_works(there: Visit) -> None:
    code = copied(there.page, "curl")
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, timeout=120)
    assert json.loads(done.stdout)["found"]
    events = subprocess.run(
        ["bash", "-c", f"{code} -H 'accept: text/event-stream'"], capture_output=True, text=True, timeout=120
    )
    assert re.findall(r"^event: (\w+)$", events.stdout, re.MULTILINE) == ["retrieval", "answer", "done"]


def test_it_fits_a_phone_and_axe_finds_nothing_serious(there: Visit) -> None:
    for scheme, width in (("light", 1280), ("dark", 320)):
        there.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        there.page.set_viewport_size({"width": width, "height": 900})
        assert there.page.evaluate("() => document.documentElement.scrollWidth") == width
        assert serious_violations(there.page, f"/embed, {scheme}, {width} pixels wide") == []
    assert there.page.evaluate(MARKED) == ""


def test_gradio_s_client_is_told_what_was_wrong(address: str) -> None:
    client = Client(address, analytics_enabled=False, verbose=False)
    with pytest.raises(AppError, match="The question is empty"):
        client.predict(" ", api_name="/ask")
    with pytest.raises(AppError, match="A turn of 'history' must be"):
        client.predict("Who?", [7], api_name="/ask")
    with pytest.raises(AppError, match="There is no document 'nowhere'"):
        client.predict("Who?", document="nowhere", api_name="/ask")
    answer = client.predict("How much do they want?", [{"question": RANSOM, "answer": DEADLINE}], api_name="/ask")
    assert "$200 million" in answer["answer"]
    assert answer["understood"]
    client.close()
