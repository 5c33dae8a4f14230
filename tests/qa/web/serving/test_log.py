import json

from fastapi.testclient import TestClient

from index.store import Index
from qa.bot import Bot
from qa.retrieve.retriever import Retriever
from qa.web.application import create_app
from qa.web.serving.log import RequestLog
from tests.conftest import LetterEncoder, WordReader, make


def test_each_request_is_a_line_without_what_was_asked() -> None:
    lines: list[str] = []
    bot = Bot(Retriever(Index.build([make("Tea comes from Assam mostly.")], LetterEncoder())), WordReader())
    client = TestClient(RequestLog(create_app(bot, with_page=False), lines.append))
    answer = client.post("/api/v1/ask", json={"question": "where tea comes from"}, headers={"x-request-id": "abc"})
    client.get("/api/v1/documents?find=secret")
    client.get("/nowhere/secret%0Ax")
    first, second, third = map(json.loads, lines)
    assert answer.json()["answer"] == "Assam"
    assert first.keys() == {"time", "method", "path", "status", "milliseconds", "request"}
    assert (first["method"], first["path"], first["status"], first["request"]) == ("POST", "/api/v1/ask", 200, "abc")
    assert (second["path"], second["status"]) == ("/api/v1/documents", 200)
    assert third["status"] == 404
    assert "\n" not in "".join(lines)
    assert "tea" not in "".join(lines)
