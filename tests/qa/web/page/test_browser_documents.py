"""The choice of documents: finding one by its name, asking some of them, and what each of them says."""

import re

import pytest
from playwright.sync_api import Browser, expect

from index.fetch import Fetched
from index.store import Index
from qa.bot import Bot
from qa.retrieve.retriever import Retriever
from tests.conftest import LetterEncoder, WordReader, make
from tests.qa.web.page.test_browser_order import serving
from tests.qa.web.watched import Watched


def test_a_document_is_found_by_its_name(browser: Browser) -> None:
    texts = [f"{name} comes from somewhere." for name in ("Tea", "Wine", "Rice", *(f"Thing {number}" for number in range(20)))]
    bot = Bot(Retriever(Index.build([make(text, f"{text[:4]}.txt") for text in texts], LetterEncoder())), WordReader())
    with serving(bot) as address:
        watched = Watched(browser, address)
        shown = watched.page.locator("#article li:visible")
        expect(shown).to_have_count(23)
        watched.page.locator("#find").fill("wine SOME")
        expect(shown).to_have_count(1)
        expect(shown).to_contain_text("Wine comes from somewhere.")
        shown.locator("a").click()
        expect(watched.page.locator("#article h2")).to_have_text("Wine comes from somewhere.")
        watched.close()


def test_some_documents_are_chosen_and_stand_side_by_side(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.web.page.render.MOST_LISTED", 15)
    names = [*(f"Thing {number}" for number in range(20)), "Tea", "Wine"]
    documents = [make(f"{name} comes from {name}land usually.", f"{name}.txt") for name in names]
    bot = Bot(Retriever(Index.build(documents, LetterEncoder())), WordReader())
    with serving(bot) as address:
        watched = Watched(browser, address)
        page = watched.page
        expect(page.locator("#ask-picked")).to_be_hidden()
        # Of more documents than are listed, the server finds them; what is ticked stays in sight.
        for name in ("tea", "wine"):
            page.locator("#find").fill(f"{name} comes")
            page.locator(f"#article li:has-text('{name}land') .pick").check()
        expect(page.locator("#article li:visible")).to_have_count(2)
        page.locator("#ask-picked").click()
        expect(page.locator("#document option:checked")).to_have_text("2 documents")
        page.locator("#question textarea").fill("where tea comes from")
        page.keyboard.press("Enter")
        cards = page.locator("#messages .differ li")
        expect(cards).to_have_count(2)
        expect(cards.nth(0)).to_contain_text("Tealand")
        expect(cards.nth(1)).to_contain_text("Wineland")
        cards.nth(1).locator("a.cite").click()
        expect(page.locator("#article mark")).to_contain_text("Wineland")
        page.locator("#messages a.permalink").click()
        expect(page).to_have_url(re.compile(r"document=.*&document="))
        page.reload()
        expect(page.locator("#messages .differ li")).to_have_count(2)
        expect(page.locator("#document option:checked")).to_have_text("2 documents")
        watched.close()


def test_a_page_of_the_web_is_added_where_that_is_allowed(browser: Browser) -> None:
    bot = Bot(Retriever(Index.build([make("Wine comes from Bordeaux usually.")], LetterEncoder())), WordReader())

    def fetch(address: str) -> Fetched:
        if "tea" not in address:
            raise ValueError(f"{address} cannot be fetched (nobody answers). Check the address.")
        html = b"<title>About tea</title><article><p>Tea comes from Assam mostly.</p></article>"
        return Fetched("tea.html", html, "https://example.org/tea", "2026-05-03T10:00:00+00:00")

    with serving(bot, fetch=fetch) as address:
        watched = Watched(browser, address)
        page = watched.page
        page.locator("#add-page").click()
        page.locator("#address").fill("https://example.org/wine")
        page.locator("#fetch").click()
        expect(page.locator("#say.problem")).to_contain_text("nobody answers")
        page.locator("#address").fill(" https://example.org/old/tea ")
        page.keyboard.press("Enter")
        expect(page.locator("#article footer")).to_contain_text(
            "https://example.org/tea · fetched on 2026-05-03 · Only you see"
        )
        expect(watched.ask("where tea comes from").locator(".words")).to_have_text("Assam")
        watched.close()
    with serving(bot) as address:
        watched = Watched(browser, address)
        expect(watched.page.locator("#add")).to_be_visible()
        expect(watched.page.locator("#add-page")).to_have_count(0)
        watched.close()
