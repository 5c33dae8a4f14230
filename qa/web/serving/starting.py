"""Responses while the bot is being loaded: the process is alive, but not ready yet.

This module imports nothing slow, so that the port is open within half a second.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TypeVar

from asgi_correlation_id import CorrelationIdMiddleware
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import HTMLResponse, JSONResponse
from starlette.types import Receive, Scope, Send

from qa.web.serving.guard import CROSS_ORIGIN, REQUEST_ID, SecurityHeaders
from qa.web.serving.problems import problem

RETRY_AFTER = 1
"""Seconds."""
_Result = TypeVar("_Result")
_PAGE = Path(__file__).with_name("loading.html")


class Starting:
    """Answers in place of the application until that can answer, and in place of the page until that is there as well.

    The first questions need not wait for the page: its library takes longer to import than the models take to load.

    Args:
        load: makes the application, without the page.
        finish: adds the page to it.
        done: called with None once everything is there, or with the error.
        allowed_origins: other sites whose pages may read the response that it is too early.
    """

    def __init__(
        self,
        load: Callable[[], FastAPI],
        finish: Callable[[FastAPI], None],
        done: Callable[[Exception | None], None],
        allowed_origins: Sequence[str] = (),
    ) -> None:
        self._load = load
        self._finish = finish
        self._done = done
        self._app: FastAPI | None = None
        self._complete = False
        self.loading = False
        """Whether a thread is still loading."""
        waiting = CORSMiddleware(self._wait, allow_origins=list(allowed_origins), **CROSS_ORIGIN)
        self._waiting = SecurityHeaders(CorrelationIdMiddleware(waiting, **REQUEST_ID), allowed_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or say that it is too early."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._app is None or (not self._complete and scope["path"] in {"/", "/readyz"}):
            await self._waiting(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _wait(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {"retry-after": str(RETRY_AFTER), "cache-control": "no-store"}
        answer: Callable[[Scope, Receive, Send], Awaitable[None]]
        if scope["path"] == "/healthz":
            answer = JSONResponse({"status": "ok"})
        elif scope["path"] == "/":
            answer = HTMLResponse(_PAGE.read_text(encoding="utf-8"), 503, headers)
        else:
            answer = problem(503, f"The models and the documents are being loaded. Ask again in {RETRY_AFTER} s.", headers)
        await answer(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Start and stop with the server."""
        await receive()
        await send({"type": "lifespan.startup.complete"})
        stopping = asyncio.Event()
        starting = asyncio.create_task(self._start(stopping))
        await receive()
        stopping.set()
        if self._complete:
            await starting
        else:
            starting.cancel()
        await send({"type": "lifespan.shutdown.complete"})

    async def _start(self, stopping: asyncio.Event) -> None:
        try:
            self.loading = True
            app = self._app = await _aside(self._load)
            await _aside(partial(self._finish, app))
            self.loading = False
            # The application did not hear of the server's start, because it was not there yet.
            async with app.router.lifespan_context(app):
                self._complete = True
                self._done(None)
                await stopping.wait()
        except Exception as error:
            self.loading = False
            self._done(error)


def _aside(function: Callable[[], _Result]) -> asyncio.Future[_Result]:
    """Run ``function`` in a daemon thread: the event loop's own threads would keep the process from ending."""
    future: Future[_Result] = Future()

    def run() -> None:
        future.set_running_or_notify_cancel()
        try:
            future.set_result(function())
        except BaseException as error:
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    return asyncio.wrap_future(future)
