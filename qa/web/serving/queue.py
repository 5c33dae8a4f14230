"""A queue for questions. When many come at once, they are answered in turn, instead of all of them too late."""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.runtime import processors
from qa.web.serving.problems import problem

RUNNING = processors() + 1
"""Questions that are worked on at once. Reading is spread over all processors anyway; only the work in between is not."""
WAITING = 64
"""Questions that may wait, at most."""
LONGEST_WAIT = 10.0
"""Seconds. People do not wait any longer."""
RETRY_AFTER = 2
"""Seconds."""
PATH = "/api/v1/ask"


class Queue:
    """Let ``running`` questions through at once, in the order in which they came.

    Answer 503 to a question if ``waiting`` others are waiting already, and to one whose turn has not come after
    ``longest_wait`` seconds. No work is done for those, nor for a question whose client has disconnected. A question joins
    the queue only when its whole body has arrived, so a slow client takes nobody's turn.
    """

    def __init__(
        self,
        app: ASGIApp,
        running: int = RUNNING,
        waiting: int = WAITING,
        longest_wait: float = LONGEST_WAIT,
        shed: Callable[[], None] = lambda: None,
    ) -> None:
        self.app = app
        self.most = running + waiting
        self.longest_wait = longest_wait
        self.shed = shed
        self._turns = asyncio.Semaphore(running)
        self._present = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when its turn comes."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:
            return
        except HTTPException as error:  # The body is too long. The handler of this error is behind the queue.
            await problem(error.status_code, error.detail, error.headers)(scope, receive, send)
            return
        gone = asyncio.ensure_future(receive())
        self._present += 1
        try:
            if self._present <= self.most and await self._turn(gone):
                try:
                    await self.app(scope, _again(body, gone), send)
                finally:
                    self._turns.release()
            elif not gone.done():
                self.shed()
                detail = f"Too many questions are waiting. Ask again in {RETRY_AFTER} s."
                await problem(503, detail, {"retry-after": str(RETRY_AFTER)})(scope, receive, send)
        finally:
            self._present -= 1
            gone.cancel()

    async def _turn(self, gone: asyncio.Future[Message]) -> bool:
        """Wait for a turn. False if it does not come in time, or if the client has gone."""
        turn = asyncio.ensure_future(self._turns.acquire())
        waited_for: set[asyncio.Future[Any]] = {turn, gone}
        await asyncio.wait(waited_for, timeout=self.longest_wait, return_when=asyncio.FIRST_COMPLETED)
        if not turn.done():
            turn.cancel()
            return False
        if gone.done():
            self._turns.release()
            return False
        return True


def _again(body: bytes, gone: asyncio.Future[Message]) -> Receive:
    """What the application receives: first the body, then the message that the client has gone."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else await asyncio.shield(gone)

    return receive
