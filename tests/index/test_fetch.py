"""One page is fetched, from public addresses only; a real server on this machine answers."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from index import fetch as module
from index.build import load_documents
from index.fetch import fetch, fetch_to, fetched, is_public

PAGE = b"<html><head><title>The mill</title></head><body><p>The mill was bought by Ann Lee in 1901.</p></body></html>"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.end_headers()
        elif self.path == "/loop":
            self.send_response(302)
            self.send_header("Location", "/loop")
            self.end_headers()
        elif self.path == "/missing":
            self.send_error(404)
        else:
            kind = {"/big": "text/plain", "/sound": "audio/mpeg"}.get(self.path, "text/html; charset=utf-8")
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(b"x" * 3000 if self.path == "/big" else PAGE)
            self.wfile.write(f"<!-- {self.headers['Host']} -->".encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


def anywhere(_: str) -> bool:
    return True


def test_a_page_becomes_a_document_whose_source_is_its_address(server: str, tmp_path: Path) -> None:
    path = fetch_to(tmp_path / "seeds", f"http://{server}/to//mill?year=1901", anywhere)
    assert f"<!-- {server} -->" in path.read_text()
    assert path.name == "localhost-mill-year-1901.html"
    (document,) = load_documents([tmp_path / "seeds"]).documents
    assert document.source == f"http://{server}/mill?year=1901"
    assert "bought by Ann Lee" in document.text
    assert document.fetched == fetched(tmp_path / "seeds")[path.name]["fetched"]
    assert document.fetched.startswith("20")
    assert fetch_to(tmp_path / "seeds", f"http://{server}/mill?year=1901", anywhere) == path


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "::1", "fe80::1", "0.0.0.0"])
def test_addresses_of_this_machine_and_its_network_are_not_public(address: str) -> None:
    assert not is_public(address)
    assert is_public("93.184.215.14")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/missing", "answers 404"),
        ("/loop", "redirects more than 5 times"),
        ("/big", "has more than 2,000 bytes"),
        ("/sound", "is of a kind (audio/mpeg) that is not read"),
        ("/to/ftp://example.org/a", "is not an address of the web"),
        ("/to/http://127.0.0.9:1/", "127.0.0.9 is not a public address"),
    ],
)
def test_what_cannot_be_fetched_is_said(
    server: str, tmp_path: Path, path: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGEST", 2000)
    with pytest.raises(ValueError, match=r"\.|html") as caught:
        fetch_to(tmp_path, f"http://{server}{path}", lambda address: address in ("127.0.0.1", "::1"))
    assert said in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.org/a", "example.org", "http://ann:secret@example.org/", "http://"]
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is not an address of the web"):
        fetch(url)


def test_nobody_answers() -> None:
    with pytest.raises(ValueError, match="cannot be fetched"):
        fetch("http://127.0.0.1:9/", anywhere)
    with pytest.raises(ValueError, match=r"127\.0\.0\.1 is not a public address"):
        fetch("http://127.0.0.1:9/")


def test_damaged_notes_do_no_harm(tmp_path: Path) -> None:
    for content in ("", "[]", json.dumps({"a": 1})):
        (tmp_path / module.SOURCES).write_text(content)
        assert fetched(tmp_path) == {}
