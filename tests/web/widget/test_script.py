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


@pytest.mark.parametrize("accepted", ["gzip", "gzip, deflate, br, zstd", "br;q=1.0,GZIP ; q=0.001", "gzip;q=1"])
def test_who_accepts_gzip_gets_it(client: TestClient, accepted: str) -> None:
    with client.stream("GET", "/widget.js", headers={"accept-encoding": accepted}) as response:
        sent = b"".join(response.iter_raw())
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["content-type"].startswith("text/javascript")
    assert int(response.headers["content-length"]) == len(sent) <= 12_000
    assert gzip.decompress(sent).decode() == source()


@pytest.mark.parametrize("accepted", ["", "identity", "br, x-gzip-like", "gzip;q=0", "deflate, gzip; q=0.000", "*;q=0"])
def test_who_does_not_gets_it_plain(client: TestClient, accepted: str) -> None:
    response = client.get("/widget.js", headers={"accept-encoding": accepted})
    assert "content-encoding" not in response.headers
    assert response.text == source()
    assert int(response.headers["content-length"]) == len(source().encode())


def test_caches_tell_the_two_apart(client: TestClient) -> None:
    tags = set()
    for accepted in ("gzip", "identity"):
        asked = {"accept-encoding": accepted}
        response = client.get("/widget.js", headers=asked)
        again = client.get("/widget.js", headers={**asked, "if-none-match": response.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        for one in (response, again):
            assert "accept-encoding" in one.headers["vary"].split(", ")
            assert one.headers["etag"] == response.headers["etag"]
        tags.add(response.headers["etag"])
    assert len(tags) == 2
    assert client.get("/widget.js", headers={"if-none-match": '"another"'}).status_code == 200
