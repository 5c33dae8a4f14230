"""How the widget's script is served."""

import gzip

import pytest
from fastapi.testclient import TestClient

from index.store import Index
from qa.bot import Bot
from qa.retrieve.retriever import Retriever
from qa.web.application import create_app
from qa.web.widget.script import source
from tests.conftest import LetterEncoder, WordReader, make


@pytest.fixture(scope="module")
def client() -> TestClient:
    index = Index.build([make("Tea comes from Assam.")], LetterEncoder())
    return TestClient(create_app(Bot(Retriever(index), WordReader()), with_page=False))


def test_who_accepts_gzip_gets_it(client: TestClient) -> None:
    with client.stream("GET", "/widget.js", headers={"accept-encoding": "br, gzip"}) as response:
        sent = b"".join(response.iter_raw())
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["content-type"].startswith("text/javascript")
    assert len(sent) <= 12_000
    assert gzip.decompress(sent).decode() == source()


def test_who_does_not_gets_it_plain(client: TestClient) -> None:
    response = client.get("/widget.js", headers={"accept-encoding": "br"})
    assert "content-encoding" not in response.headers
    assert response.text == source()


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_what_did_not_change_is_not_sent_again(client: TestClient, accepted: str) -> None:
    response = client.get("/widget.js", headers={"accept-encoding": accepted})
    again = client.get("/widget.js", headers={"accept-encoding": accepted, "if-none-match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "accept-encoding" in response.headers["vary"].lower()
    assert client.get("/widget.js", headers={"if-none-match": '"another"'}).status_code == 200
