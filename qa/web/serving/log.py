"""A log of requests: a line of JSON for each. It never holds a question, nor anything else that a visitor wrote."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def to_standard_error(line: str) -> None:
    """Write ``line``."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201


class RequestLog:
    """Write a line for each request when its response has begun: the time, the method, the path, the status, the id.

    The path is without what follows its question mark, because an address of an answer has the question there.
    """

    def __init__(self, app: ASGIApp, write: Callable[[str], None] = to_standard_error) -> None:
        self.app = app
        self.write = write

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status, request_id = perf_counter(), 0, None

        async def seen(message: Message) -> None:
            nonlocal status, request_id
            if message["type"] == "http.response.start":
                status, request_id = message["status"], Headers(raw=message["headers"]).get("x-request-id")
            await send(message)

        try:
            await self.app(scope, receive, seen)
        finally:
            self.write(
                json.dumps(
                    {
                        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                        "method": scope["method"],
                        "path": scope["path"],
                        "status": status,
                        "milliseconds": round(1e3 * (perf_counter() - began), 1),
                        "request": request_id,
                    }
                )
            )
