"""The widget on another site's pages, under a strict content security policy, in a real browser."""

import gzip

import pytest
from playwright.sync_api import Browser, expect

from qa.web.widget.script import source
from tests.qa.web.measured import MEASURED
from tests.qa.web.sites import Host, Open

RANSOM = "what was the ransom deadline?"
DEADLINE = "5:50pm GMT on Friday"
WAIT = 60_000


def test_it_is_small() -> None:
    size = len(gzip.compress(source().encode()))
    MEASURED.append(f"widget.js: {size:,} bytes gzipped, of 12,000 at most")
    assert size <= 12_000


def test_the_words_light_up_in_the_page_s_own_article(visit: Open, address: str) -> None:
    there = visit()
    there.page.get_by_role("button", name="Ask the article").click()
    there.ask(RANSOM)
    expect(there.page.locator("qa-chat .answer strong")).to_have_text(DEADLINE, timeout=WAIT)
    assert there.marked() == ""
    there.page.get_by_role("button", name="Show it in the text: 5:50pm").click()
    assert there.marked() == DEADLINE
    place = there.page.evaluate("() => [...CSS.highlights.get('qa-chat')][0].getBoundingClientRect().toJSON()")
    there.page.wait_for_function(
        "() => { const {top} = [...CSS.highlights.get('qa-chat')][0].getBoundingClientRect();"
        " return top > 0 && top < innerHeight; }"
    )
    assert place["width"] > 0
    of_widget = [url for url in there.requested if url.startswith(address)]
    MEASURED.append(f"requests of the widget on another site: {len(of_widget)}, one of them the question")
    assert of_widget == [f"{address}/widget.js", f"{address}/api/v1/ask"]


def test_with_the_keyboard_alone(visit: Open) -> None:
    there = visit()
    launcher = there.page.get_by_role("button", name="Ask the article")
    expect(launcher).to_have_attribute("aria-expanded", "false")
    launcher.focus()
    there.page.keyboard.press("Enter")
    dialog = there.page.get_by_role("dialog", name="Ask the article")
    expect(dialog).to_be_visible()
    there.page.keyboard.type("How many EU citizens have gone to Syria and Iraq?")
    there.page.keyboard.press("Enter")
    expect(there.page.locator("qa-chat .answer strong")).to_contain_text("5,000", timeout=WAIT)
    expect(there.page.locator("qa-chat [aria-live=polite]")).to_contain_text("5,000")
    for _ in range(8):
        there.page.keyboard.press("Shift+Tab")
        if there.page.evaluate("() => document.querySelector('qa-chat').shadowRoot.activeElement.textContent") == "[1]":
            break
    there.page.keyboard.press("Enter")
    assert "5,000" in there.marked()
    there.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(launcher).to_be_focused()


def test_words_that_the_page_has_slightly_otherwise(visit: Open) -> None:
    body = (
        "<main><p>A deadline of Friday.</p><p>In short: Kerry called combating <b>the IS</b>\n militants, who are many, “the "
        "challenge of&nbsp;our time”.</p><p>Police agency Europol now estimates that up to <i>5,000 E</i>U citizens have "
        "gone to join the ranks of the militants in Syria or Iraq.</p></main>"
    )
    there = visit(body)
    found = there.page.evaluate("""() => { const chat = document.querySelector('qa-chat');
        chat.addEventListener('qa-chat:citation', (event) => { window.seen = event.detail; }); return chat.isOpen; }""")
    assert found is False
    there.page.evaluate("() => document.querySelector('qa-chat').ask('How many EU citizens have gone to Syria and Iraq?')")
    there.page.locator("qa-chat .cite").first.click(timeout=WAIT)
    assert "5,000" in there.marked()
    seen = there.page.evaluate("() => window.seen")
    assert seen["marked"]
    assert [selector["type"] for selector in seen["selectors"]] == ["TextQuoteSelector", "TextPositionSelector"]
    assert seen["selectors"][0]["exact"] == seen["citation"]["quote"]


def test_words_that_the_page_does_not_have_are_quoted_in_the_panel(visit: Open) -> None:
    there = visit("<p>Something else.</p>")
    there.page.evaluate(f"() => document.querySelector('qa-chat').ask('{RANSOM}')")
    there.page.locator("qa-chat .cite").first.click(timeout=WAIT)
    assert there.marked() == ""
    expect(there.page.locator("qa-chat blockquote")).to_contain_text(DEADLINE)


def test_what_is_typed_is_text(visit: Open) -> None:
    there = visit()
    there.page.get_by_role("button", name="Ask the article").click()
    payload = "<img src=x onerror=alert(1)>${alert(2)}{{alert(3)}}"
    there.ask(payload)
    expect(there.page.locator("qa-chat .answer")).to_be_visible(timeout=WAIT)
    expect(there.page.locator("qa-chat .asked")).to_have_text(payload)
    assert there.page.locator("qa-chat .log img").count() == 0


def test_the_conversation_lasts_from_page_to_page_and_can_be_cleared(visit: Open) -> None:
    there = visit()
    there.page.evaluate(f"() => document.querySelector('qa-chat').ask('{RANSOM}')")
    expect(there.page.locator("qa-chat .answer strong")).to_have_text(DEADLINE, timeout=WAIT)
    there.page.reload()
    there.page.get_by_role("button", name="Ask the article").click()
    expect(there.page.locator("qa-chat .answer strong")).to_have_text(DEADLINE)
    there.page.get_by_role("button", name="Start over").click()
    assert there.page.locator("qa-chat .answer").count() == 0
    there.page.reload()
    expect(there.page.get_by_role("button", name="Ask the article")).to_be_visible()
    assert there.page.locator("qa-chat .answer").count() == 0


def test_two_widgets_one_of_them_late_and_in_another_language(visit: Open) -> None:
    there = visit(widget='<script src="{address}/widget.js"></script><qa-chat mode="inline" heading="One"></qa-chat>')
    there.page.evaluate("""() => { const late = document.createElement('qa-chat'); late.lang = 'de';
        late.setAttribute('mode', 'inline'); late.setAttribute('dir', 'rtl'); document.body.append(late); }""")
    expect(there.page.get_by_role("heading", name="One")).to_be_visible()
    expect(there.page.get_by_placeholder("Ihre Frage")).to_be_visible()
    second = there.page.locator("qa-chat").nth(1)
    assert second.locator("section").get_attribute("dir") == "rtl"
    there.page.evaluate("() => document.querySelectorAll('qa-chat')[1].destroy()")
    assert there.page.locator("qa-chat").count() == 1


HOSTILE = (
    "* { all: unset !important } html { font-size: 70px !important } body { letter-spacing: 9px !important;"
    "text-transform: uppercase !important; color: red !important; direction: rtl } qa-chat * { display: none }"
)


@pytest.mark.parametrize("style", [HOSTILE, "html { font-size: 62.5% } button, p { color: red }"])
def test_the_host_s_styles_do_not_reach_in(visit: Open, style: str) -> None:
    there = visit(policy="", head=f"<style>{style}</style>")
    launcher = there.page.get_by_role("button", name="Ask the article")
    shown = "(e) => { const s = getComputedStyle(e); return [s.fontSize, s.textTransform, s.letterSpacing, s.position]; }"
    assert launcher.evaluate(shown) == ["16px", "none", "normal", "fixed"]
    assert launcher.evaluate("(e) => e.getBoundingClientRect().width < 250")
    launcher.click()
    there.ask(RANSOM)
    answer = there.page.locator("qa-chat .answer")
    expect(answer).to_be_visible(timeout=WAIT)
    assert answer.evaluate(shown) == ["16px", "none", "normal", "static"]
    panel = there.page.get_by_role("dialog").bounding_box()
    assert panel is not None
    assert panel["width"] == 24 * 16


def test_on_a_phone_it_fills_the_screen_and_nothing_sticks_out(visit: Open) -> None:
    there = visit()
    there.page.set_viewport_size({"width": 320, "height": 640})
    there.page.get_by_role("button", name="Ask the article").click()
    box = there.page.get_by_role("dialog").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (320, 640)
    assert there.page.evaluate("() => document.documentElement.scrollWidth") == 320


def test_a_server_that_is_gone(browser: Browser, host: Host, address: str) -> None:
    host.pages["/gone"] = (f'<script src="{address}/widget.js"></script><qa-chat server="http://127.0.0.1:9"></qa-chat>', "")
    page = browser.new_page()
    page.goto(f"{host.origin}/gone")
    page.evaluate("() => document.querySelector('qa-chat').ask('Who?')")
    expect(page.locator("qa-chat .problem")).to_contain_text("The server cannot be reached.")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("qa-chat .problem")).to_contain_text("The server cannot be reached.")
    # Another server is another conversation.
    page.locator("qa-chat").evaluate("(chat, server) => chat.setAttribute('server', server)", address)
    assert page.locator("qa-chat .asked").count() == 0
    page.evaluate("() => document.querySelector('qa-chat').ask('Who?')")
    expect(page.locator("qa-chat .answer")).to_be_visible(timeout=WAIT)
    page.close()


def test_a_site_that_is_not_allowed_is_told_nothing(browser: Browser, address: str) -> None:
    stranger = Host()
    from threading import Thread

    Thread(target=stranger.server.serve_forever, daemon=True).start()
    stranger.pages["/"] = (f'<script src="{address}/widget.js"></script>', "")
    page = browser.new_page()
    page.goto(f"{stranger.origin}/")
    page.evaluate("() => document.querySelector('qa-chat').ask('Who?')")
    expect(page.locator("qa-chat .problem")).to_contain_text("The server cannot be reached.")
    page.close()
    stranger.server.shutdown()
