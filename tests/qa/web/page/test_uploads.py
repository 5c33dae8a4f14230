from collections.abc import Sequence

import pytest

from index.encoder import Vectors
from index.formats.apart import FileReader
from index.store import Index
from qa.bot import Bot
from qa.cache import cached
from qa.retrieve.retriever import Retriever
from qa.web.page.uploads import LARGEST, LONGEST, MOST_TEXTS, MOST_VISITORS, Uploads
from tests.conftest import ROOT, LetterEncoder, WordReader, make


@pytest.fixture
def encoder() -> LetterEncoder:
    return LetterEncoder()


@pytest.fixture
def uploads(encoder: LetterEncoder) -> Uploads:
    return Uploads(
        Bot(Retriever(Index.build([make("Wine comes from Bordeaux usually.")], encoder)), WordReader()), FileReader()
    )


def test_a_text_is_asked_alone_and_by_its_visitor_alone(uploads: Uploads) -> None:
    document = uploads.add("ann", "C:\\mine\\tea.txt", "\ufeffTea comes from Assam mostly.".encode())
    assert (document.source, document.text) == ("tea.txt", "Tea comes from Assam mostly.")
    brought = uploads.of("ann")
    assert brought is not None
    assert brought.bot.ask("where tea comes from").text == "Assam"
    assert [one.source for one in brought.documents] == ["tea.txt"]
    assert uploads.of("bob") is None
    uploads.forget("ann")
    assert uploads.of("ann") is None


def test_a_further_text_is_the_only_one_that_is_encoded(uploads: Uploads, encoder: LetterEncoder) -> None:
    uploads.add("ann", "a.txt", b"Tea comes from Assam mostly.")
    encoder.encoded.clear()
    uploads.add("ann", "b.txt", b"Rice comes from Asia mostly.")
    assert [text for text in encoder.encoded if "Tea" in text] == []
    brought = uploads.of("ann")
    assert brought is not None
    assert len(brought.documents) == 2


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"x" * (LARGEST + 1), "at most 4,000,000"),
        (b"x" * (LONGEST + 1), "at most 300,000"),
        (b"a\0b", "it.txt is binary"),
        (b" \n", "it.txt is empty"),
    ],
)
def test_what_is_no_text_is_refused(uploads: Uploads, data: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        uploads.add("ann", "it.txt", data)
    assert uploads.of("ann") is None


def test_a_visitor_may_bring_a_text_once_and_a_few_of_them(uploads: Uploads) -> None:
    for number in range(MOST_TEXTS):
        uploads.add("ann", f"{number}.txt", f"Text {number} is here.".encode())
    with pytest.raises(ValueError, match="already"):
        uploads.add("ann", "again.txt", b"Text 1 is here.")
    with pytest.raises(ValueError, match="the maximum"):
        uploads.add("ann", "more.txt", b"One more.")


def test_a_text_that_is_being_read_when_its_visitor_leaves_is_not_kept(
    uploads: Uploads, encoder: LetterEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = encoder.encode

    def left_meanwhile(texts: Sequence[str], show_progress: bool = False) -> Vectors:
        uploads.forget("ann")
        return encode(texts, show_progress)

    monkeypatch.setattr(encoder, "encode", left_meanwhile)
    with pytest.raises(ValueError, match="were removed while it.txt was being read"):
        uploads.add("ann", "it.txt", b"Tea is hot.")
    assert len(uploads) == 0
    monkeypatch.setattr(encoder, "encode", encode)
    uploads.add("ann", "it.txt", b"Tea is hot.")
    assert len(uploads) == 1


def test_no_visitor_gets_an_answer_from_anothers_text(encoder: LetterEncoder) -> None:
    shared = Bot(Retriever(Index.build([make("Wine comes from Bordeaux usually.")], encoder)), WordReader())
    uploads = Uploads(cached(shared, 9), FileReader())
    for visitor, name in (("ann", "anns.txt"), ("bob", "bobs.txt")):
        document = uploads.add(visitor, name, b"Tea comes from Assam mostly.")
        brought = uploads.of(visitor)
        assert brought is not None
        (citation,) = brought.bot.ask("where tea comes from", documents=[document.id]).citations
        assert citation.span.document.source == name


def test_whoever_asked_longest_ago_is_forgotten_first(uploads: Uploads) -> None:
    for number in range(MOST_VISITORS):
        uploads.add(str(number), "a.txt", b"Tea is hot.")
    assert uploads.of("0") is not None
    uploads.add("one more", "a.txt", b"Tea is hot.")
    assert uploads.of("0") is not None
    assert uploads.of("1") is None


def test_the_browser_refuses_what_the_server_would() -> None:
    assert f"LARGEST = {LARGEST:_};" in (ROOT / "qa/web/page/static/texts.js").read_text()
