"""A server that is killed, that is not there, or that is too old."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from index.milvus import connection
from index.milvus.address import Address
from index.milvus.connection import Connection
from index.milvus.documents import FRESH
from index.milvus.update import open_store
from index.split import SplitSettings
from index.unavailable import UnavailableError
from qa.bot import Bot
from qa.retrieve.retriever import Retriever
from qa.web.application import create_app
from tests.cluster.milvus_server import MilvusServer
from tests.conftest import LetterEncoder, WordReader, make

TEXTS = ["Wine comes from Bordeaux usually.", "Tea comes from Assam mostly."]


@pytest.fixture
def server(milvus_server: MilvusServer) -> MilvusServer:
    return milvus_server


def test_a_killed_server_is_said_to_be_away_and_nothing_is_lost(server: MilvusServer) -> None:
    store = open_store(f"{server.url}/killed", LetterEncoder(), SplitSettings())
    store.add([make(text, f"{number}.txt") for number, text in enumerate(TEXTS)])
    bot = Bot(Retriever(store), WordReader())
    client = TestClient(create_app(bot, with_page=False), headers={"accept-encoding": "identity"})
    asked = {"question": "where tea comes from"}
    assert client.post("/api/v1/ask", json=asked).json()["answer"] == "Assam"
    server.kill()
    refused = client.post("/api/v1/ask", json=asked)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
    assert "127.0.0.1:19530 does not do its work" in refused.json()["detail"]
    time.sleep(FRESH)
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
    assert "qa_passages NaN" in client.get("/metrics").text
    with pytest.raises(UnavailableError):
        store.add([make("Rice comes from Hunan.")])
    server.start()
    # It takes a while until it has loaded what it had.
    deadline = time.monotonic() + 60
    while (again := client.post("/api/v1/ask", json=asked)).status_code == 503 and time.monotonic() < deadline:
        time.sleep(1)
    assert again.json()["answer"] == "Assam"
    assert client.get("/readyz").json() == {"status": "ready", "documents": 2, "passages": 2}
    assert store.add([make("Rice comes from Hunan.")]) == 1
    assert open_store(f"{server.url}/killed", LetterEncoder()).passage_count == 3


def test_what_was_half_written_is_not_found_and_is_completed(server: MilvusServer) -> None:
    store = open_store(f"{server.url}/half", LetterEncoder(), SplitSettings())
    document = make("Tea comes from Assam. " * 2000)
    write, store.by_id.write = store.by_id.write, lambda documents: None  # type: ignore[method-assign]
    store.add([document])
    assert store.passage_count > 0
    assert (store.search("tea", 5), list(store.by_id), len(store.by_id)) == ([], [], 0)
    store.by_id.write = write  # type: ignore[method-assign]
    assert store.add([document]) == 1
    assert len(store.search("tea", 5)) == 5


def test_another_encoder_is_refused(server: MilvusServer) -> None:
    open_store(f"{server.url}/letters", LetterEncoder(), SplitSettings())

    class Other(LetterEncoder):
        name = "others"

    with pytest.raises(ValueError, match="was made with the encoder 'letters' .* but the encoder is 'others'"):
        open_store(f"{server.url}/letters", Other())


def test_an_old_server_is_refused(server: MilvusServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "OLDEST", (2, 4))
    with pytest.raises(ValueError, match=r"is v2\.3\.5.*; 2\.3 or newer is needed"):
        Connection(Address.parse(f"{server.url}/old"))


def test_without_a_server_the_commands_say_so(tmp_path: Path) -> None:
    for command in (
        ["qa", "--store", "milvus://127.0.0.1:9/x", "who?"],
        ["index", "info", "--store", "milvus://127.0.0.1:9/x"],
    ):
        done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert "There is no Milvus at http://127.0.0.1:9 that lets us in" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_store_that_there_is_not(server: MilvusServer) -> None:
    with pytest.raises(ValueError, match="There is no store 'nothing' at .* Build it: python -m index build --store"):
        open_store(f"{server.url}/nothing", LetterEncoder())


def test_texts_in_a_folder(server: MilvusServer, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    store = open_store(f"{server.url}/apart?texts={folder}", LetterEncoder(), SplitSettings())
    tea = make("Tea comes from Assam.\r\n\r\nIt is hot.")
    store.add([tea])
    assert [path.read_bytes().decode() for path in folder.rglob("*.txt")] == [tea.text]
    # Who opens it need not name the folder.
    other = open_store(f"{server.url}/apart", LetterEncoder())
    assert other.by_id[tea.id] == tea
    next(folder.rglob("*.txt")).unlink()
    with pytest.raises(UnavailableError, match="cannot be read in"):
        open_store(f"{server.url}/apart", LetterEncoder()).search("tea", 1)
