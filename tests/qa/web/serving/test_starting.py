"""What is served before there is a bot, with a load that waits until it is told to go on."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from threading import Event

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from qa.web.serving.starting import Starting

PROBLEM = "application/problem+json"


class Loading:
    """An application in two steps, each of which waits for its event."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.loaded, self.finished = Event(), Event()
        self.failure = failure
        self.said: list[str | None] = []

    def load(self) -> FastAPI:
        assert self.loaded.wait(10)
        if self.failure:
            raise self.failure

        @asynccontextmanager
        async def lifespan(app: FastAPI) -> AsyncIterator[None]:
            self.said.append("started")
            yield
            self.said.append("stopped")

        app = FastAPI(lifespan=lifespan)
        app.get("/api")(lambda: "answer")
        app.get("/readyz")(lambda: "ready")
        return app

    def finish(self, app: FastAPI) -> None:
        assert self.finished.wait(10)
        app.get("/")(lambda: "page")

    def done(self, failure: Exception | None) -> None:
        self.said.append(None if failure is None else str(failure))


@pytest.fixture
def loading() -> Iterator[Loading]:
    loading = Loading()
    yield loading
    loading.loaded.set()
    loading.finished.set()


def client_of(loading: Loading) -> TestClient:
    return TestClient(Starting(loading.load, loading.finish, loading.done, ["https://allowed.example"]))


def until(true: Callable[[], bool]) -> None:
    for _ in range(500):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come true in five seconds")


def test_first_nothing_then_the_api_then_the_page(loading: Loading) -> None:
    with client_of(loading) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        for path in ("/readyz", "/api", "/nothing"):
            early = client.get(path, headers={"origin": "https://allowed.example"})
            assert (early.status_code, early.headers["content-type"]) == (503, PROBLEM)
            assert early.headers["retry-after"] == "1"
            assert early.headers["access-control-allow-origin"] == "https://allowed.example"
            assert early.headers["x-content-type-options"] == "nosniff"
        asked = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
        preflight = client.options("/api/v1/ask", headers={"origin": "https://allowed.example", **asked})
        assert preflight.status_code == 200
        page = client.get("/")
        assert page.status_code == 503
        assert page.headers["content-type"].startswith("text/html")
        assert "Loading the models" in page.text

        loading.loaded.set()
        until(lambda: client.get("/api").status_code == 200)
        assert client.get("/readyz").status_code == 503
        assert "Loading the models" in client.get("/").text
        assert loading.said == []

        loading.finished.set()
        until(lambda: client.get("/readyz").status_code == 200)
        assert client.get("/").json() == "page"
        assert loading.said == ["started", None]
    assert loading.said == ["started", None, "stopped"]


def test_what_went_wrong_is_said() -> None:
    loading = Loading(ValueError("no such model"))
    loading.loaded.set()
    with client_of(loading) as client:
        until(lambda: loading.said == ["no such model"])
        assert client.get("/readyz").status_code == 503


def test_it_can_be_stopped_while_it_loads(loading: Loading) -> None:
    began = time.monotonic()
    with client_of(loading) as client:
        assert client.get("/healthz").status_code == 200
    assert time.monotonic() - began < 5
    loading.loaded.set()
    time.sleep(0.1)
    assert loading.said == []
