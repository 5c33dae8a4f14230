"""What can be done with an answer, with a text of one's own, and with the keyboard alone."""

import json
import re
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from urllib.parse import urljoin

import pytest
import uvicorn
from playwright.sync_api import Browser, FilePayload, Route, expect

from index.formats.apart import FileReader
from index.store import Index
from qa.bot import Bot
from qa.retrieve.retriever import Retriever
from qa.web.application import create_app
from qa.web.page.uploads import Uploads
from tests.conftest import LetterEncoder, WordReader, make
from tests.index.formats.files import pdf
from tests.qa.web.page.test_browser import watched
from tests.qa.web.watched import RANSOM, WAIT, Watched, over_http

__all__ = ["watched"]
MINE = "The mill\n\nThe old mill was bought by Anna Weber in 1921. It has four storeys.\n"
HOSTILE = (
    "<img src=x onerror=alert(1)> notes\n\nThe <b onmouseover=alert(2)>gate</b> was opened by <script>alert(3)</script> "
    "Anna ${alert(4)} {{alert(5)}} $$\\href{javascript:alert(6)}{x}$$ in 1921.\n\n```mermaid\ngraph TD\n```\n"
    "[link](javascript:alert(7)) ![](https://example.org/x.png)\n"
)


def text_file(text: str | bytes, name: str = "mine.txt") -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": text if isinstance(text, bytes) else text.encode()}


def test_a_permalink_asks_the_question_when_it_is_opened(browser: Browser, address: str, watched: Watched) -> None:
    page = watched.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    answer = watched.ask(RANSOM)
    words = answer.locator("strong").inner_text()
    answer.locator("a.permalink").click()
    expect(page.locator("#say")).to_contain_text("link is copied")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url
    again = Watched(browser, address, query=link.removeprefix(f"{address}/"))
    expect(again.outcomes.last.locator("strong")).to_have_text(words, timeout=WAIT)
    expect(again.page.locator("#article mark:not(.also)")).to_have_text(words)
    again.close()


def test_an_answer_is_copied_with_its_citation(watched: Watched, address: str) -> None:
    page = watched.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    watched.ask(RANSOM).locator("button.copy").click()
    expect(page.locator("#say")).to_contain_text("Copied")
    citation = over_http(address, RANSOM)["citations"][0]
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{citation['quote']} [1]\n\n[1] “")
    assert copied.endswith(f"({citation['source']}, characters {citation['start']:,} to {citation['end']:,})")


def test_the_source_opens_with_the_words_named_in_its_address(watched: Watched, address: str) -> None:
    link = watched.ask(RANSOM).locator("a.in-source").get_attribute("href") or ""
    citation = over_http(address, RANSOM)["citations"][0]
    path, fragment = link.split("#")
    assert fragment == f":~:text={citation['quote'].replace(':', '%3A').replace(' ', '%20')}"
    with urllib.request.urlopen(urljoin(f"{address}/", path)) as response:
        text = response.read().decode()
    assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_the_conversation_is_saved_as_json_and_as_markdown(watched: Watched) -> None:
    page = watched.page
    words = watched.ask(RANSOM).locator("strong").inner_text()
    saved: dict[str, str] = {}
    for name in ("JSON", "Markdown"):
        page.locator(".menu summary").click()
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        saved[download.value.suggested_filename] = Path(download.value.path()).read_text()
        page.keyboard.press("Escape")
        expect(page.locator(".menu[open]")).to_have_count(0)
    assert saved.keys() == {"conversation.json", "conversation.md"}
    (answer,) = json.loads(saved["conversation.json"])["conversation"]
    assert (answer["question"], answer["answer"]) == (RANSOM, words)
    assert f"**{words}** [1]" in saved["conversation.md"]


def test_the_menu_leads_to_how_the_widget_is_put_on_a_site(watched: Watched) -> None:
    watched.page.locator(".menu summary").click()
    with watched.page.context.expect_page() as opened:
        watched.page.get_by_role("link", name="Put it on your site").click()
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Put it on your site")


@pytest.mark.parametrize(
    ("question", "button", "reason"),
    [(RANSOM, "Wrong passage", "wrong passage"), ("What is the capital of Peru?", "It does say", "should have answered")],
)
def test_feedback_goes_to_the_file_that_the_page_names(
    watched: Watched, address: str, feedback: Path, question: str, button: str, reason: str
) -> None:
    page = watched.page
    watched.ask(question)
    details = page.locator(".feedback")
    details.locator("summary").click()
    expect(details).to_contain_text(feedback.name)
    details.get_by_role("button", name=button).click()
    expect(details.get_by_role("button", name=button)).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#say")).to_contain_text("Noted")
    line = json.loads(feedback.read_text().splitlines()[-1])
    answer = over_http(address, question)
    place = answer["citations"][0] if answer["found"] else {"document": None, "start": None, "end": None}
    assert (line["question"], line["reason"]) == (question, reason)
    assert {key: line[key] for key in ("document", "start", "end")} == {key: place[key] for key in ("document", "start", "end")}


def test_a_text_of_ones_own_is_asked_alone_until_it_is_removed(browser: Browser, address: str, watched: Watched) -> None:
    page = watched.page
    expect(page.locator("#tools select")).to_have_count(0)
    page.locator("#file").set_input_files(text_file(MINE))
    expect(page.locator("#article h2")).to_have_text("The mill", timeout=WAIT)
    expect(page.locator("#article footer")).to_contain_text("Only you see this text")
    answer = watched.ask("Who was the old mill bought by?")
    assert "Anna Weber" in answer.locator("strong").inner_text()
    expect(page.locator("#article mark:not(.also)")).to_have_text(answer.locator("strong").inner_text())
    expect(answer.locator("a.permalink")).to_have_count(0)
    # Nobody else sees it.
    with urllib.request.urlopen(f"{address}/api/v1/documents") as response:
        assert len(json.load(response)["documents"]) == 1
    other = Watched(browser, address)
    expect(other.page.locator("#tools select")).to_have_count(0)
    other.close()
    # The article is still there to be asked.
    page.locator("#document").select_option("")
    expect(page.locator("#article h2")).to_contain_text("London talks")
    assert watched.ask(RANSOM).locator("strong").inner_text() == over_http(address, RANSOM)["answer"]
    page.locator("#remove").click()
    expect(page.locator("#tools select")).to_have_count(0)
    expect(page.locator("#say")).to_contain_text("no longer held")


def test_a_text_is_let_go_of_when_its_visitor_leaves(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Uploads] = []
    made = Uploads.__init__

    def noted(self: Uploads, bot: Bot, reader: FileReader) -> None:
        made(self, bot, reader)
        kept.append(self)

    monkeypatch.setattr(Uploads, "__init__", noted)
    bot = Bot(Retriever(Index.build([make("Tea comes from Assam mostly.")], LetterEncoder())), WordReader())
    config = uvicorn.Config(create_app(bot), port=0, log_level="warning", timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run)
    thread.start()
    try:
        wait_for(lambda: server.started)
        visitor = Watched(browser, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
        visitor.page.locator("#file").set_input_files(text_file(MINE))
        expect(visitor.page.locator("#article h2")).to_have_text("The mill", timeout=WAIT)
        assert len(kept[0]) == 1
        visitor.close()
        wait_for(lambda: len(kept[0]) == 0)
    finally:
        server.should_exit = True
        thread.join()


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert happened()


def test_nothing_can_be_clicked_before_there_is_what_answers_to_it(browser: Browser, address: str) -> None:
    page = browser.new_page()
    held: list[Route] = []
    page.route("**/page/texts.js", lambda route: held.append(route))
    with page.expect_request("**/page/texts.js", timeout=WAIT):
        page.goto(address, wait_until="commit")
    expect(page.locator("#question textarea")).to_be_visible(timeout=WAIT)
    buttons = [page.locator(one) for one in ("#add", ".menu summary", "button.suggestion >> nth=0")]
    for button in buttons:
        expect(button).to_be_attached()
        expect(button).to_be_hidden()
    held[0].continue_()
    for button in buttons:
        expect(button).to_be_visible(timeout=WAIT)
    buttons[-1].click()
    expect(page.locator("#messages .asked")).to_have_count(1, timeout=WAIT)
    page.close()


def test_a_text_can_be_dropped_on_the_page(watched: Watched) -> None:
    page = watched.page
    data = page.evaluate_handle(
        """text => {
            const data = new DataTransfer();
            data.items.add(new File([text], "mill.txt", { type: "text/plain" }));
            return data;
        }""",
        MINE,
    )
    page.dispatch_event("#article", "dragenter", {"dataTransfer": data})
    expect(page.locator("html.dropping")).to_have_count(1)
    page.dispatch_event("#article", "drop", {"dataTransfer": data})
    expect(page.locator("html.dropping")).to_have_count(0)
    expect(page.locator("#article h2")).to_have_text("The mill", timeout=WAIT)


def test_a_pdf_s_page_is_shown_with_the_words_marked(watched: Watched, browser: Browser) -> None:
    page = watched.page
    page.locator("#file").set_input_files({"name": "harbour.pdf", "mimeType": "application/pdf", "buffer": pdf(browser)})
    expect(page.locator("#article h2")).to_have_text("Report on the harbour", timeout=WAIT)
    answer = watched.ask("Who keeps the lighthouse?")
    expect(answer.locator(".words")).to_have_text("Ida Holm")
    expect(answer).to_contain_text("page 3")
    picture = page.locator("#article .page img")
    expect(picture).to_have_attribute("alt", re.compile("^Page 3 of Report on the harbour"))
    # The marks are the only yellow on the page: as wide and high as two words of its text.
    left, top, right, bottom = picture.evaluate(
        """async image => {
            await image.decode();
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
            const context = canvas.getContext("2d");
            context.drawImage(image, 0, 0);
            const { data, width } = context.getImageData(0, 0, canvas.width, canvas.height);
            const found = [];
            for (let i = 0; i < data.length; i += 4)
                if (data[i] > 200 && data[i + 1] > 180 && data[i + 2] < 160)
                    found.push([(i / 4) % width, Math.floor(i / 4 / width)]);
            const [x, y] = [found.map(at => at[0]), found.map(at => at[1])];
            return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)];
        }"""
    )
    assert 40 < right - left < 200
    assert 15 < bottom - top < 60


def test_files_that_cannot_be_taken_are_explained(watched: Watched) -> None:
    page = watched.page
    for content, said in [
        (b"\xff\xfea", "is not UTF-16 text"),
        (b"x" * 4_000_001, "at most 4,000,000"),
        (b"a\0b", "is binary"),
        (b" \n", "is empty"),
    ]:
        page.locator("#file").set_input_files(text_file(content, "odd.txt"))
        expect(page.locator("#say")).to_contain_text(said, timeout=WAIT)
        expect(page.locator("#say")).to_contain_text("odd.txt")
    expect(page.locator("#tools select")).to_have_count(0)


def test_a_hostile_document_is_only_text(watched: Watched) -> None:
    page = watched.page
    page.locator("#file").set_input_files(text_file(HOSTILE))
    expect(page.locator("#article h2")).to_have_text("<img src=x onerror=alert(1)> notes", timeout=WAIT)
    outcome = watched.ask("When was the gate opened?")
    if outcome.get_attribute("class") == "answer":
        outcome.locator("a.cite").first.hover()
    shown = page.locator("#article").inner_text()
    assert all(line in shown for line in HOSTILE.splitlines() if line)
    # Not the whole chat: Gradio's own icons in it bring a style.
    for place in ("#article", "#messages .message-wrap", "#tools", "#suggestions"):
        assert (
            page.locator(place).locator(".message, article, .chips, select").locator("script, style, img, svg, .katex").count()
            == 0
        )
        hostile = (
            "[...element.querySelectorAll('*')].flatMap(one => one.getAttributeNames()).filter(name => name.startsWith('on'))"
        )
        assert page.locator(place).evaluate(f"element => {hostile}") == []


def test_the_keyboard_alone_is_enough(watched: Watched) -> None:
    page = watched.page
    box = page.locator("#question textarea")
    expect(box).to_be_focused()
    page.keyboard.type("1/2?")  # typed, not a shortcut
    expect(box).to_have_value("1/2?")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("Who is the Japanese Prime Minister?")
    page.keyboard.press("Enter")
    expect(watched.outcomes).to_have_count(1, timeout=WAIT)
    watched.ask("Which countries attend the conference?")
    cites = page.locator("#messages a.cite")
    cites.first.focus()
    page.keyboard.press("ArrowRight")
    expect(cites.nth(1)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(cites.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#mark-1-1")).to_be_focused()
    page.keyboard.press("Control+/")
    expect(box).not_to_be_focused()
    page.keyboard.press("/")
    expect(box).to_be_focused()
    expect(box).to_have_value("")
    # The key can be switched off, and stays so.
    page.locator(".menu summary").press("Enter")
    page.locator("#slash").press("Space")
    page.keyboard.press("Escape")
    expect(page.locator(".menu summary")).to_be_focused()
    page.keyboard.press("/")
    expect(box).not_to_be_focused()
