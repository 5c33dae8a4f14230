"""A bot whose documents change while it is asked."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event, Thread

from fastapi.testclient import TestClient

from index.build import ensure
from index.document import Span
from index.store import Index
from qa.answer import Answer
from qa.bot import Bot
from qa.cache import cached
from qa.live import LiveBot, watch
from qa.read.reader import Candidate
from qa.retrieve.retriever import Retriever
from qa.web.application import create_app
from tests.conftest import LetterEncoder, WordReader, make


def bot_on(*texts: str) -> Bot:
    return Bot(Retriever(Index.build([make(text) for text in texts], LetterEncoder())), WordReader())


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_it_answers_as_the_bot_at_present(tmp_path: Path) -> None:
    live = LiveBot(cached(bot_on("Tea comes from Assam mostly."), 9))
    app = TestClient(create_app(live, with_page=False), base_url="http://127.0.0.1")
    assert live.ask("where tea comes from").text == "Assam"
    old = live.index.documents[0].id
    live.serve(cached(live.about(bot_on("Tea comes from Darjeeling mostly.").index), 9))
    assert live.ask("where tea comes from").text == "Darjeeling"
    asked = app.post("/api/v1/ask", json={"question": "where tea comes from"}).json()
    assert asked["answer"] == "Darjeeling"
    (listed,) = app.get("/api/v1/documents").json()["documents"]
    assert listed["id"] == live.index.documents[0].id != old
    assert app.get(f"/api/v1/documents/{old}").status_code == 404
    assert app.get(f"/texts/{listed['id']}").text == "Tea comes from Darjeeling mostly."
    assert "Darjeeling" in app.get("/embed").text


class SlowReader(WordReader):
    """Reads once it is let."""

    def __init__(self) -> None:
        self.reading, self.may = Event(), Event()

    def read(self, question: str, passages: Sequence[Span], count: int = 5) -> list[Candidate]:
        self.reading.set()
        self.may.wait(20)
        return super().read(question, passages, count)


def test_an_answer_under_way_is_finished_on_the_old_documents() -> None:
    reader = SlowReader()
    live = LiveBot(Bot(Retriever(bot_on("Tea comes from Assam mostly.").index), reader))
    answers: list[Answer] = []
    thread = Thread(target=lambda: answers.append(live.ask("where tea comes from")))
    thread.start()
    reader.reading.wait(20)
    live.serve(bot_on("Wine comes from Bordeaux."))
    reader.may.set()
    thread.join(20)
    assert [answer.text for answer in answers] == ["Assam"]


def test_files_that_change_are_taken_up(tmp_path: Path) -> None:
    seeds, folder = tmp_path / "seeds", tmp_path / "index"
    seeds.mkdir()
    (seeds / "tea.txt").write_text("Tea comes from Assam mostly.")
    encoder = LetterEncoder()
    live = LiveBot(Bot(Retriever(ensure([seeds], folder, lambda: encoder, print)), WordReader()))
    watch(live, folder, 9, seconds=0.05)
    (seeds / "wine.txt").write_text("Wine comes from Bordeaux usually.")
    until(lambda: len(live.index.documents) == 2)
    assert live.ask("where wine comes from").text == "Bordeaux"
    assert [text for text in encoder.encoded if "Tea" in text] == ["Tea comes from Assam mostly."], "only the new is encoded"
    (seeds / "wine.txt").unlink()
    until(lambda: len(live.index.documents) == 1)
    (seeds / "tea.txt").write_bytes(b"\0")  # Nothing can be read, so everything stays.
    time.sleep(0.4)
    assert live.ask("where tea comes from").text == "Assam"
    (seeds / "tea.txt").write_text("Tea comes from Darjeeling mostly.")
    os.utime(seeds / "tea.txt")
    until(lambda: live.ask("where tea comes from").text == "Darjeeling")
    assert Index.load(folder, encoder).documents == live.index.documents
