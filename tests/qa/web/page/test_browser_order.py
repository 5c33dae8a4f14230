"""What is done while something else is under way: nothing is lost, and nothing that was put away comes back."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread

import pytest
import uvicorn
from playwright.sync_api import Browser, expect

from index.document import Span
from index.fetch import Fetched
from index.store import Index
from qa.bot import Bot
from qa.read.reader import Candidate
from qa.retrieve.retriever import Retriever
from qa.web.application import create_app
from tests.conftest import LetterEncoder, WordReader, make
from tests.qa.web.page.test_browser_tools import text_file, wait_for
from tests.qa.web.watched import WAIT, Watched


class WaitingReader(WordReader):
    """Reads for a question with "slow" in it once it is let."""

    def __init__(self) -> None:
        self.may = Event()

    def read(self, question: str, passages: Sequence[Span], count: int = 5) -> list[Candidate]:
        if "slow" in question:
            self.may.wait(30)
        return super().read(question, passages, count)


@contextmanager
def serving(bot: Bot, most_a_minute: int = 0, fetch: Callable[[str], Fetched] | None = None) -> Iterator[str]:
    app = create_app(bot, most_a_minute=most_a_minute, fetch=fetch)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", timeout_graceful_shutdown=2))
    thread = Thread(target=server.run)
    thread.start()
    try:
        wait_for(lambda: server.started)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def reader() -> WaitingReader:
    return WaitingReader()


@pytest.fixture
def page(browser: Browser, reader: WaitingReader) -> Iterator[Watched]:
    texts = [
        "Tea comes from Assam mostly. " + "\n\nFiller is here." * 200,
        "Filler too.\n\n" * 200 + "Wine comes from Bordeaux.",
    ]
    bot = Bot(Retriever(Index.build([make(text, text[:3]) for text in texts], LetterEncoder())), reader)
    with serving(bot) as address:
        watched = Watched(browser, address)
        yield watched
        reader.may.set()
        watched.close()


def test_a_conversation_that_was_started_over_does_not_come_back(page: Watched, reader: WaitingReader) -> None:
    page.ask("where tea comes from")
    page.page.locator("#question textarea").fill("where slow wine comes from")
    page.page.keyboard.press("Enter")
    expect(page.page.locator("#messages .asked")).to_have_count(2)
    page.page.locator(".menu summary").click()
    page.page.locator("#start-over").click()
    expect(page.page.locator("#messages .asked")).to_have_count(0)
    page.ask("where wine comes from")  # It need not wait for the other.
    expect(page.page.locator("#messages .asked")).to_have_count(1)
    reader.may.set()
    page.page.wait_for_timeout(1500)
    expect(page.page.locator("#messages .asked")).to_have_count(1)


def test_a_question_that_is_clicked_while_another_is_answered_takes_nothing_away(page: Watched, reader: WaitingReader) -> None:
    page.page.locator("#question textarea").fill("where slow wine comes from")
    page.page.keyboard.press("Enter")
    expect(page.page.locator("#messages .asked")).to_have_count(1)
    page.page.locator("#question textarea").fill("a draft")
    page.page.evaluate(
        """() => document.dispatchEvent(new CustomEvent("qa:do", {
            detail: { action: "submit", data: { question: "where tea comes from" } } }))"""
    )
    page.page.wait_for_timeout(1000)
    reader.may.set()
    expect(page.outcomes).to_have_count(1, timeout=WAIT)
    assert "Bordeaux" in page.outcomes.last.inner_text()
    expect(page.page.locator("#question textarea")).to_have_value("a draft")
    page.ask("where tea comes from")
    expect(page.page.locator("#messages .asked")).to_have_text(["where slow wine comes from", "where tea comes from"])


def test_the_first_answer_after_starting_over_is_brought_into_view(page: Watched) -> None:
    for _ in range(2):
        page.ask("where wine comes from")
        expect(page.page.locator("#article mark")).to_be_in_viewport()
        page.page.locator(".menu summary").click()
        page.page.locator("#start-over").click()
        expect(page.page.locator("#article")).to_contain_text("2 documents")


def test_a_file_that_is_refused_is_still_said_to_be_when_the_next_is_taken(page: Watched) -> None:
    page.page.locator("#file").set_input_files(
        [text_file(b"%PDF-1.7\xff\xfe", "odd.pdf"), text_file("Rice comes from Hunan mostly.", "rice.txt")]
    )
    expect(page.page.locator("#say")).to_contain_text("rice.txt is ready", timeout=WAIT)
    expect(page.page.locator("#say")).to_contain_text("odd.pdf is damaged")


def test_a_question_too_many_is_refused_in_the_page_s_own_words(browser: Browser) -> None:
    bot = Bot(Retriever(Index.build([make("Tea comes from Assam mostly.", "tea.txt")], LetterEncoder())), WordReader())
    with serving(bot, most_a_minute=1) as address:
        page = Watched(browser, address)
        page.ask("where tea comes from")
        page.page.locator("#question textarea").fill("where wine comes from")
        page.page.keyboard.press("Enter")
        expect(page.page.locator("#say")).to_contain_text("More than 1 questions in a minute", timeout=WAIT)
        expect(page.page.locator(".toast-wrap")).to_be_hidden()
        expect(page.page.locator("#question textarea")).to_have_value("where wine comes from")
        assert all("429" in complaint for complaint in page.complaints), page.complaints
        page.complaints.clear()
        page.close()
