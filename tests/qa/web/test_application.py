import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.store import Index
from qa.answer import Answer
from qa.bot import Bot
from qa.retrieve.retriever import Retriever
from qa.understand.question import Turn
from qa.web.application import create_app
from qa.web.serving.guard import LARGEST_BODY
from tests.conftest import LetterEncoder, WordReader, make

TEXTS = ["Wine comes from Bordeaux usually.", "Tea comes from Assam 🍵 mostly."]


class HistoryBot(Bot):
    """Records the history it was given, and breaks when asked to."""

    def ask(self, question: str, history: Sequence[Turn] = (), documents: Sequence[str] = ()) -> Answer:
        if question == "break":
            raise RuntimeError("secret")
        received[:] = history
        return super().ask(question, history, documents)


received: list[Turn] = []


@pytest.fixture(scope="module")
def bot() -> Bot:
    documents = [make(text, f"{i}.txt") for i, text in enumerate(TEXTS)]
    return HistoryBot(Retriever(Index.build(documents, LetterEncoder())), WordReader())


@pytest.fixture(scope="module")
def client(bot: Bot) -> TestClient:
    return TestClient(create_app(bot), raise_server_exceptions=False)


def test_ask_answers_as_the_bot_does(client: TestClient, bot: Bot) -> None:
    response = client.post("/api/v1/ask", json={"question": "where tea comes from"})
    expected = bot.ask("where tea comes from").to_dict()
    assert response.status_code == 200
    assert {**response.json(), "timings_ms": None} == {**expected, "timings_ms": None}
    assert response.json()["answer"] == "Assam"


def events(text: str) -> list[tuple[str, dict[str, Any]]]:
    parts = [part.split("\n") for part in text.strip().split("\n\n")]
    return [(first.removeprefix("event: "), json.loads(second.removeprefix("data: "))) for first, second in parts]


def test_events_are_the_passages_the_answer_and_the_end(client: TestClient) -> None:
    asked, headers = {"question": "where tea comes from"}, {"accept": "text/event-stream"}
    response = client.post("/api/v1/ask", json=asked, headers=headers)
    assert response.headers["content-type"].startswith("text/event-stream")
    (first, retrieval), (second, answer), (third, end) = events(response.text)
    assert (first, second, third, end) == ("retrieval", "answer", "done", {})
    assert {passage["text"] for passage in retrieval["passages"]} == set(TEXTS)
    plain = client.post("/api/v1/ask", json=asked).json()
    assert answer | {"timings_ms": None} == plain | {"timings_ms": None}
    assert response.headers["cache-control"] == "no-store"
    assert client.post("/api/v1/ask", json={"question": " "}, headers=headers).status_code == 422


def test_a_break_while_events_are_sent_is_an_event(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(HistoryBot, "decide", broken)
    client = TestClient(create_app(bot))
    response = client.post("/api/v1/ask", json={"question": "tea"}, headers={"accept": "text/event-stream"})
    assert [(name, data.get("status")) for name, data in events(response.text)] == [("retrieval", None), ("error", 500)]
    assert "secret" not in response.text


def test_metrics_count_outcomes_and_never_hold_a_question(bot: Bot) -> None:
    client = TestClient(create_app(bot), raise_server_exceptions=False)
    for question in ("where tea comes from", "how heavy?", "how heavy?", "", "break"):
        client.post("/api/v1/ask", json={"question": question})
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    lines = response.text.splitlines()
    for outcome, count in (("answered", 1), ("abstained", 2), ("refused", 1), ("failed", 1)):
        assert f'qa_questions_total{{outcome="{outcome}"}} {count}.0' in lines
    assert 'qa_seconds_count{stage="read"} 3.0' in lines
    assert "qa_documents 2.0" in lines
    assert "tea" not in response.text


def test_questions_are_limited_by_address(bot: Bot) -> None:
    client = TestClient(create_app(bot, most_a_minute=2))
    statuses = [client.post("/api/v1/ask", json={"question": "tea"}) for _ in range(3)]
    assert [response.status_code for response in statuses] == [200, 200, 429]
    assert statuses[2].headers["content-type"] == "application/problem+json"
    assert 1 <= int(statuses[2].headers["retry-after"]) <= 60
    assert 'qa_questions_total{outcome="limited"} 1.0' in client.get("/metrics").text
    assert client.get("/api/v1/documents").status_code == 200
    other = TestClient(create_app(bot, most_a_minute=2), client=("192.0.2.1", 1))
    assert other.post("/api/v1/ask", json={"question": "tea"}).status_code == 200


def test_every_response_has_the_id_of_its_request(client: TestClient) -> None:
    assert client.get("/healthz", headers={"x-request-id": "abc-1"}).headers["x-request-id"] == "abc-1"
    first, second = (client.get("/nothing", headers={"x-request-id": "a b\t"}).headers["x-request-id"] for _ in range(2))
    assert len(first) == len(second) == 32
    assert first != second


SNAPSHOT = Path(__file__).parent / "api" / "openapi.json"


def test_the_description_of_the_api_is_the_committed_one(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert described == json.loads(SNAPSHOT.read_text()), (
        "The API's description has changed. If that is meant, write it anew: python -m tests.qa.web.test_application"
    )


def test_only_allowed_sites_may_read(bot: Bot) -> None:
    site = TestClient(create_app(bot, ["https://allowed.example"]))
    for origin, allowed in (("https://allowed.example", "https://allowed.example"), ("https://other.example", None)):
        response = site.post("/api/v1/ask", json={"question": "tea"}, headers={"origin": origin})
        assert response.headers.get("access-control-allow-origin") == allowed
        assert response.headers["access-control-expose-headers"] == "retry-after, x-request-id"
        asked = {"origin": origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type"}
        preflight = site.options("/api/v1/ask", headers=asked)
        assert preflight.status_code == (200 if allowed else 400)
        assert (preflight.headers["content-type"] == "application/problem+json") == (allowed is None)


def test_an_allowed_site_may_read_why_something_broke(bot: Bot) -> None:
    site = TestClient(create_app(bot, ["https://allowed.example"], 2))
    headers = {"origin": "https://allowed.example"}
    for question, status in (("break", 500), ("tea", 200), ("tea", 429)):
        response = site.post("/api/v1/ask", json={"question": question}, headers=headers)
        assert response.status_code == status
        assert response.headers["access-control-allow-origin"] == "https://allowed.example"
        assert response.headers["x-request-id"]


def test_allowed_sites_may_frame_the_page_and_no_others(bot: Bot, client: TestClient) -> None:
    site = TestClient(create_app(bot, ["https://allowed.example"]))
    assert site.get("/").headers["content-security-policy"].endswith("; frame-ancestors 'self' https://allowed.example")
    assert client.get("/").headers["content-security-policy"].endswith("; frame-ancestors 'self'")
    assert "frame-ancestors 'none'" in site.get("/healthz").headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1/documents", "/openapi.json", "/widget.js", "/page/page.css"])
def test_head_is_get_without_the_body(client: TestClient, path: str) -> None:
    got, headed = client.get(path), client.head(path)
    assert (headed.status_code, headed.content) == (200, b"")
    for name in ("content-type", "content-length"):
        assert headed.headers[name] == got.headers[name]


def test_options_names_the_methods(client: TestClient) -> None:
    for path, methods in (("/api/v1/ask", "OPTIONS, POST"), ("/healthz", "GET, HEAD, OPTIONS")):
        response = client.options(path)
        assert (response.status_code, response.headers["allow"]) == (204, methods)
    assert client.head("/api/v1/ask").status_code == 405


def test_the_widget_is_served_to_other_sites(client: TestClient) -> None:
    response = client.get("/widget.js")
    assert response.headers["content-type"].startswith("text/javascript")
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert 'customElements.define("qa-chat"' in response.text
    again = client.get("/widget.js", headers={"if-none-match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_ask_looks_in_one_document_if_told_so(client: TestClient, bot: Bot) -> None:
    for document in bot.index.documents:
        asked = {"question": "where wine or tea comes from", "document": document.id}
        assert client.post("/api/v1/ask", json=asked).json()["citations"][0]["document"] == document.id
    response = client.post("/api/v1/ask", json={"question": "wine", "document": "nowhere"})
    assert response.status_code == 422
    assert "There is no document 'nowhere'" in response.json()["detail"]


def test_ask_is_200_when_nothing_is_found(client: TestClient) -> None:
    response = client.post("/api/v1/ask", json={"question": "how heavy?"})
    assert response.status_code == 200
    assert response.json()["found"] is False
    assert response.json()["nearest"]


def test_ask_passes_the_history(client: TestClient) -> None:
    history = [{"question": "one", "answer": "1"}, {"question": "two", "answer": None}, {"question": "three"}]
    assert client.post("/api/v1/ask", json={"question": "tea", "history": history}).status_code == 200
    assert received == [Turn("one", "1"), Turn("two"), Turn("three")]
    assert client.post("/api/v1/ask", json={"question": "tea", "history": None}).status_code == 200
    assert received == []


def test_documents(client: TestClient, bot: Bot) -> None:
    listed = client.get("/api/v1/documents").json()["documents"]
    assert [(one["title"], one["source"], one["length"]) for one in listed] == [
        (TEXTS[0], "0.txt", len(TEXTS[0])),
        (TEXTS[1], "1.txt", len(TEXTS[1])),
    ]
    read = client.get(f"/api/v1/documents/{listed[1]['id']}").json()
    assert read == {**listed[1], "text": TEXTS[1]}
    assert client.get("/api/v1/documents?limit=1").json()["documents"] == listed[:1]
    assert client.get(f"/api/v1/documents?find=1.TXT+{TEXTS[1].split()[0].lower()}").json()["documents"] == listed[1:]
    assert client.get("/api/v1/documents?find=elsewhere").json()["documents"] == []
    assert client.get("/api/v1/documents?limit=0").status_code == 422
    assert client.get(f"/api/v1/documents?limit={10**30}").status_code == 422


def test_some_documents_are_asked(client: TestClient, bot: Bot) -> None:
    wine, tea = (document.id for document in bot.index.documents)
    for asked, answer in ((tea, "Assam"), ([tea], "Assam"), ([wine, tea], "Assam"), ([], "Assam"), (wine, "Bordeaux")):
        found = client.post("/api/v1/ask", json={"question": "where tea comes from", "document": asked}).json()
        assert found["answer"] == answer
    refused = client.post("/api/v1/ask", json={"question": "tea", "document": [tea, "elsewhere"]})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/document")


def test_health(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready", "documents": 2, "passages": 2}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/api/v1/ask", b"{", 400),
        ("POST", "/api/v1/ask", b"\xff", 400),
        ("POST", "/api/v1/ask", b"", 422),
        ("POST", "/api/v1/ask", b"[]", 422),
        ("POST", "/api/v1/ask", b"{}", 422),
        ("POST", "/api/v1/ask", b'{"question": 7}', 422),
        ("POST", "/api/v1/ask", b'{"question": "  "}', 422),
        ("POST", "/api/v1/ask", b'{"question": "half a pair \\ud800"}', 422),
        ("POST", "/api/v1/ask", b'{"question": "q", "history": {}}', 422),
        ("POST", "/api/v1/ask", b'{"question": "q", "history": [{"answer": "a"}]}', 422),
        ("POST", "/api/v1/ask", b'{"question": "' + b"x" * 2001 + b'"}', 422),
        ("POST", "/api/v1/ask", b'{"question": "' + b"x" * LARGEST_BODY + b'"}', 413),
        ("POST", "/api/v1/ask", b'{"question": "break"}', 500),
        ("GET", "/api/v1/ask", b"", 405),
        ("DELETE", "/api/v1/documents", b"", 405),
        ("GET", "/api/v1/documents/0", b"", 404),
        ("GET", "/api/v1/nothing", b"", 404),
        ("GET", "/nothing", b"", 404),
        ("GET", "/page/nothing.css", b"", 404),
        ("GET", "/page/../server.py", b"", 404),
        ("POST", "/page/page.css", b"", 405),
        ("POST", "/config", b"", 405),
        ("GET", "/static/nothing", b"", 404),
        ("POST", "/gradio_api/queue/join", b"{}", 422),
    ],
)
def test_every_error_is_a_problem_document(client: TestClient, method: str, path: str, body: bytes, status: int) -> None:
    response = client.request(method, path, content=body, headers={"content-type": "application/json"})
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert {"type", "title", "detail"} <= set(problem)
    assert problem["detail"] not in ("", problem["title"])
    assert "secret" not in response.text
    if status == 405:
        assert response.headers["allow"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"question": "q", "history": [{"question": 1}]}, "/history/0/question"),
        ({"question": ""}, "/question"),
        ({"question": "x" * 2001}, "/question"),
        ({"question": "q", "history": [{"question": "x" * 2001}]}, "/history/0/question"),
        ({"question": "q", "history": [{"question": "x", "answer": "x" * 2001}]}, "/history/0/answer"),
        ({"question": "q", "document": "nowhere"}, "/document"),
        ({}, "/question"),
    ],
)
def test_a_problem_points_at_what_is_wrong(client: TestClient, body: dict[str, Any], pointer: str) -> None:
    problem = client.post("/api/v1/ask", json=body).json()
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


@pytest.mark.parametrize("sent_as", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_that_is_not_said_to_be_json_is_explained(client: TestClient, sent_as: str) -> None:
    response = client.post("/api/v1/ask", content=b'{"question": "tea"}', headers={"content-type": sent_as} if sent_as else {})
    assert response.status_code == 422
    assert f"was sent as {sent_as or 'an unknown type'}" in response.json()["detail"]
    assert "application/json" in response.json()["detail"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20), lambda inner: st.lists(inner, max_size=3)
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.dictionaries(st.sampled_from(["question", "history", "document", "else"]), ANYTHING) | ANYTHING)
def test_whatever_is_sent_an_answer_or_a_problem_comes_back(client: TestClient, body: object) -> None:
    for accept in ("application/json", "text/event-stream"):
        response = client.post("/api/v1/ask", json=body, headers={"accept": accept})
        expected = accept if response.status_code == 200 else "application/problem+json"
        assert response.status_code in (200, 422)
        assert response.headers["content-type"].partition(";")[0] == expected


def test_a_body_of_unannounced_length_is_limited(client: TestClient) -> None:
    chunks = iter([b'{"question": "', b"x" * LARGEST_BODY, b'"}'])
    response = client.post("/api/v1/ask", content=chunks, headers={"content-type": "application/json"})
    assert response.status_code == 413
    assert response.headers["content-type"] == "application/problem+json"


def test_the_page_and_its_files(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]
    for path in ("/config", "/theme.css"):
        assert client.get(path).status_code == 200
    for path in ("page/page.css", "page/chat.css", "page/article.css", "page/page.js"):
        assert path in page.text
        assert client.get(f"/{path}").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/gradio_api/upload"),
        ("POST", "/gradio_api/process_recording"),
        ("POST", "/gradio_api/run/ask"),
        ("POST", "/gradio_api/api/ask"),
        ("POST", "/gradio_api/call/ask"),
        ("GET", "/gradio_api/file=https://example.org/"),
        ("GET", "/gradio_api/file=/etc/passwd"),
        ("GET", "/gradio_api/proxy=https://example.org/"),
        ("GET", "/gradio_api/runs"),
        ("GET", "/monitoring"),
        ("GET", "/monitoring/summary"),
        ("GET", "/docs"),
        ("GET", "/static/%2e%2e/config"),
    ],
)
def test_what_the_page_does_not_use_is_shut(client: TestClient, method: str, path: str) -> None:
    assert client.request(method, path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/config", "/api/v1/documents"])
def test_other_sites_may_not_read(client: TestClient, path: str) -> None:
    for host in ("testserver", "example.com"):
        response = client.get(path, headers={"origin": "https://evil.example", "host": host})
        assert "access-control-allow-origin" not in response.headers
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors" in response.headers["content-security-policy"]


def test_gradio_s_clients_see_one_endpoint(client: TestClient) -> None:
    described = client.get("/gradio_api/info").json()
    assert list(described["named_endpoints"]) == ["/ask"]
    assert [parameter["parameter_name"] for parameter in described["named_endpoints"]["/ask"]["parameters"]] == [
        "question",
        "history",
        "document",
    ]
    assert described["unnamed_endpoints"] == {}


def test_telemetry_is_off(client: TestClient) -> None:
    config = client.get("/config").json()
    assert config["analytics_enabled"] is False
    assert config["footer_links"] == []
    assert gradio.Blocks().analytics_enabled is False


if __name__ == "__main__":
    documents = [make(text) for text in TEXTS]
    description = create_app(Bot(Retriever(Index.build(documents, LetterEncoder())), WordReader())).openapi()
    SNAPSHOT.write_text(json.dumps(description, indent=2) + "\n")
