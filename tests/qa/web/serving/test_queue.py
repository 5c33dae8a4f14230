"""The queue before a fake application, on an event loop of the test's own; then before the real one."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import pytest
from fastapi.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from index.store import Index
from qa.answer import Answer
from qa.bot import Bot
from qa.retrieve.retriever import Retriever
from qa.understand.question import Turn
from qa.web.application import create_app
from qa.web.serving.queue import Queue
from tests.conftest import LetterEncoder, WordReader, make

ASK = {"type": "http", "path": "/api/v1/ask", "method": "POST", "headers": []}


class Work:
    """An application that is done with a request when it is told to be, and knows how many it worked on at once."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.bodies: list[bytes] = []
        self.now = self.most = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.bodies.append((await receive())["body"])
        self.now += 1
        self.most = max(self.most, self.now)
        await self.go.wait()
        self.now -= 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"answer"})


class Client:
    """One request."""

    def __init__(self, queue: Queue, *parts: bytes, **scope: str) -> None:
        self.messages: list[Message] = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
        self.left = asyncio.Event()
        self.sent: list[Message] = []
        self.task = asyncio.create_task(queue({**ASK, **scope}, self.receive, self.send))
        self.messages[-1]["more_body"] = False

    async def receive(self) -> Message:
        if self.messages:
            return self.messages.pop(0)
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int | None:
        return self.sent[0]["status"] if self.sent else None


def run(test: Callable[[], Coroutine[None, None, None]]) -> None:
    # In a thread of its own: the browser of other tests leaves an event loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(asyncio.wait_for(test(), 20))).result()


async def a_while() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_only_so_many_are_worked_on_at_once_and_in_order() -> None:
    async def test() -> None:
        work = Work()
        queue = Queue(work, running=2, waiting=9)
        clients = [Client(queue, b"%d" % number, b"!") for number in range(6)]
        await a_while()
        assert work.bodies == [b"0!", b"1!"]
        work.go.set()
        await asyncio.gather(*(client.task for client in clients))
        assert work.bodies == [b"%d!" % number for number in range(6)]
        assert work.most == 2
        assert {client.status for client in clients} == {200}

    run(test)


def test_who_finds_the_line_full_is_turned_away_at_once() -> None:
    async def test() -> None:
        work, shed = Work(), []
        queue = Queue(work, running=1, waiting=1, shed=lambda: shed.append(1))
        first, second, third = (Client(queue, b"q") for _ in range(3))
        await third.task
        assert (first.status, second.status, third.status) == (None, None, 503)
        headers = dict(third.sent[0]["headers"])
        assert headers[b"content-type"] == b"application/problem+json"
        assert int(headers[b"retry-after"]) >= 1
        assert json.loads(third.sent[1]["body"])["status"] == 503
        assert shed == [1]
        work.go.set()
        await asyncio.gather(first.task, second.task)
        assert (first.status, second.status) == (200, 200)
        late = Client(queue, b"q")
        await late.task
        assert late.status == 200

    run(test)


def test_no_work_is_done_for_who_has_waited_too_long() -> None:
    async def test() -> None:
        work = Work()
        queue = Queue(work, running=1, waiting=5, longest_wait=0.05)
        first, second = Client(queue, b"first"), Client(queue, b"second")
        await second.task
        assert second.status == 503
        work.go.set()
        await first.task
        after = Client(queue, b"third")
        await after.task
        assert work.bodies == [b"first", b"third"]
        assert (first.status, after.status) == (200, 200)

    run(test)


def test_no_work_is_done_for_who_has_gone() -> None:
    async def test() -> None:
        work, shed = Work(), []
        queue = Queue(work, running=1, waiting=5, shed=lambda: shed.append(1))
        first, second, third = (Client(queue, name) for name in (b"first", b"second", b"third"))
        await a_while()
        second.left.set()
        await second.task
        work.go.set()
        await asyncio.gather(first.task, third.task)
        assert work.bodies == [b"first", b"third"]
        assert (second.sent, shed) == ([], [])

    run(test)


def test_a_turn_is_given_back_when_the_application_breaks() -> None:
    async def test() -> None:
        async def broken(scope: Scope, receive: Receive, send: Send) -> None:
            raise RuntimeError("broken")

        queue = Queue(broken, running=1, waiting=1)
        for _ in range(3):
            with pytest.raises(RuntimeError, match="broken"):
                await Client(queue, b"q").task

    run(test)


@pytest.mark.parametrize("scope", [{"path": "/healthz"}, {"method": "GET"}])
def test_all_else_does_not_wait(scope: dict[str, str]) -> None:
    async def test() -> None:
        work = Work()
        queue = Queue(work, running=1, waiting=0)
        Client(queue, b"q")
        await a_while()
        other = Client(queue, b"", **scope)
        await a_while()
        assert work.now == 2
        work.go.set()
        await other.task
        assert other.status == 200

    run(test)


class SlowBot(Bot):
    """Answers when it is told to."""

    def ask(self, question: str, history: Sequence[Turn] = (), documents: Sequence[str] = ()) -> Answer:
        assert go.wait(20)
        return super().ask(question, history, documents)


go = Event()


def test_while_questions_are_answered_the_event_loop_is_free() -> None:
    go.clear()
    bot = SlowBot(Retriever(Index.build([make("Tea comes from Assam.")], LetterEncoder())), WordReader())
    with TestClient(create_app(bot, with_page=False)) as client:
        statuses: list[int] = []
        asked = {"question": "where tea comes from"}
        threads = [
            Thread(target=lambda: statuses.append(client.post("/api/v1/ask", json=asked).status_code)) for _ in range(12)
        ]
        for thread in threads:
            thread.start()
        began = time.monotonic()
        assert client.get("/healthz").status_code == 200
        assert client.get("/api/v1/documents").status_code == 200
        assert time.monotonic() - began < 5
        assert statuses == []
        go.set()
        for thread in threads:
            thread.join()
        assert statuses == [200] * 12
        assert 'outcome="shed"} 0.0' in client.get("/metrics").text
