"""The widget in the other engine, under the strictest policy, on a page of another site."""

from tests.conftest import ARTICLE
from tests.qa.web.firefox import Firefox
from tests.qa.web.sites import MARKED, Host

RANSOM = "what was the ransom deadline?"
DEADLINE = "5:50pm GMT on Friday"
ENTER, ESCAPE, TAB = "\ue007", "\ue00c", "\ue004"
WAITED = """async () => { for (const until = Date.now() + 60000; Date.now() < until;) {
    const shown = SHOWN; if (shown) return shown; await new Promise((done) => setTimeout(done, 50)); } }"""
SHADOW = "document.querySelector('qa-chat').shadowRoot"


def test_the_words_light_up_with_the_keyboard_alone(foreign_browser: Firefox, host: Host, address: str) -> None:
    paragraphs = "".join(f"<p>{line}</p>" for line in ARTICLE.read_text().splitlines() if line.strip())
    body = f'<body><article>{paragraphs}</article><script async src="{address}/widget.js"></script>'
    policy = f"default-src 'self'; script-src {address}; connect-src {address}"
    host.pages["/firefox"] = (f"<!doctype html><html lang=en><title>News</title>{body}", policy)
    foreign_browser.open(f"{host.origin}/firefox")
    assert foreign_browser.run("() => document.querySelector('qa-chat').isOpen") is False
    foreign_browser.press(TAB)
    assert foreign_browser.run(f"() => {SHADOW}.activeElement.className") == "launcher"
    foreign_browser.press(ENTER)
    foreign_browser.press(RANSOM + ENTER)
    shown = f"{SHADOW}.querySelector('.answer strong')?.textContent"
    assert foreign_browser.run(WAITED.replace("SHOWN", shown)) == DEADLINE
    assert foreign_browser.run(f"() => {SHADOW}.querySelector('[aria-live]').textContent") == DEADLINE
    foreign_browser.run(f"() => {SHADOW}.querySelector('.cite').focus()")
    foreign_browser.press(ENTER)
    assert foreign_browser.run(MARKED) == DEADLINE
    foreign_browser.press(ESCAPE)
    assert foreign_browser.run(f"() => [{SHADOW}.activeElement.className, {SHADOW}.querySelector('.panel').hidden]") == [
        "launcher",
        True,
    ]


def test_the_page_is_left_as_it_was(foreign_browser: Firefox, host: Host, address: str) -> None:
    host.pages["/two"] = (
        f"<style>* {{ all: unset !important; font-size: 70px !important }}</style><main><p>Tea</p></main>"
        f'<script src="{address}/widget.js"></script><qa-chat mode=inline lang=de></qa-chat><qa-chat></qa-chat>',
        "",
    )
    foreign_browser.open(f"{host.origin}/two")
    found = foreign_browser.run("""() => [...document.querySelectorAll('qa-chat')].map((chat) => {
        const shown = chat.shadowRoot.querySelector('.launcher, .panel');
        return [getComputedStyle(shown).fontSize, getComputedStyle(shown).display, shown.lang]; })""")
    assert found == [["16px", "flex", "de"], ["16px", "block", "en"]]
    assert foreign_browser.run("() => [localStorage.length, document.cookie, document.querySelector('main').innerHTML]") == [
        0,
        "",
        "<p>Tea</p>",
    ]
