from urllib.parse import parse_qs, unquote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from index.document import Span
from index.store import Index
from qa.bot import Bot
from qa.retrieve.retriever import Retriever
from qa.web.page.links import add_texts, in_source, permalink, text_fragment
from tests.conftest import LetterEncoder, WordReader, make


def fragment(text: str, quote: str) -> str:
    start = text.index(quote)
    return text_fragment(Span(make(text), start, start + len(quote)))


@given(st.text(min_size=1).filter(lambda text: text.isprintable()))
def test_a_permalink_holds_the_question(question: str) -> None:
    assert parse_qs(permalink(question)[1:], keep_blank_values=True) == {"q": [question]}


@pytest.mark.parametrize(
    ("text", "quote", "expected"),
    [
        ("It rained. Abe paid.", "Abe", "#:~:text=Abe"),
        ("a well-known, old & tried way", "well-known, old & tried", "#:~:text=well%2Dknown%2C%20old%20%26%20tried"),
        # Browsers look for whole words.
        ("The rehearsals began.", "hears", "#:~:text=rehearsals"),
        # Of two that look alike, the words around them tell which.
        ("Ann saw Bob here. Cleo saw Bob too.", "Bob too", "#:~:text=Bob%20too"),
        ("Ann saw Bob, Cleo met Bob too.", "Bob", "#:~:text=Ann%20saw-,Bob,-%2C%20Cleo%20met%20Bob"),
        ("One two\nthree four five.", "two\nthree four", "#:~:text=two,four"),
        # They do not tell capitals from small letters, and of a range they take the first beginning and the next end.
        ("It may rain in May too.", "May", "#:~:text=It%20may%20rain%20in-,May,-too."),
        ("Ann Bar saw Ann\nLee here.", "Ann\nLee", "#:~:text=Ann%20Bar%20saw-,Ann,Lee,-here."),
        ("Ann Lee\nmet Bob Lee here.", "Ann Lee\nmet Bob Lee", "#:~:text=Ann%20Lee,Bob%20Lee"),
        ("Here Ann\nmet Bob\nAnn met Cleo too.", "Ann\nmet Bob\nAnn met Cleo", "#:~:text=Here-,Ann,Ann%20met%20Cleo,-too."),
    ],
)
def test_a_text_fragment_is_as_its_specification_has_it(text: str, quote: str, expected: str) -> None:
    assert fragment(text, quote) == expected


def test_a_long_quotation_is_named_by_its_ends() -> None:
    words = [f"word{number}" for number in range(60)]
    assert fragment(" ".join(["Before", *words, "after"]), " ".join(words)) == (
        "#:~:text=word0%20word1%20word2%20word3,word56%20word57%20word58%20word59"
    )


@given(st.text(min_size=1), st.data())
def test_a_text_fragment_has_no_character_that_ends_it(text: str, data: st.DataObject) -> None:
    text = f"{text}."
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    made = text_fragment(Span(make(text), start, end))
    assert made == "" or made.startswith("#:~:text=")
    assert not set(made.removeprefix("#:~:text=")) & set("&# \n<>\"'")


def test_a_source_with_an_address_is_linked_to_there() -> None:
    document = make("Tea is hot.", source="https://example.org/tea#top")
    assert in_source(Span(document, 0, 3)) == "https://example.org/tea#:~:text=Tea"
    here = make("Tea is hot.")
    assert in_source(Span(here, 0, 3)) == f"texts/{here.id}#:~:text=Tea"


def test_the_texts_are_served_as_plain_text() -> None:
    document = make("<b>Tea</b>\r\nעברית 🍵")
    app = FastAPI()
    add_texts(app, Bot(Retriever(Index.build([document], LetterEncoder())), WordReader()))
    client = TestClient(app)
    response = client.get(f"/texts/{document.id}")
    assert response.content == document.text.encode()
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert client.get("/texts/nowhere").status_code == 404
    assert unquote("/texts/") not in app.openapi()["paths"]
