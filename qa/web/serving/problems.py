"""Errors over HTTP: each is a problem document, as defined by RFC 9457 (https://www.rfc-editor.org/rfc/rfc9457)."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.unavailable import UnavailableError

MEDIA_TYPE = "application/problem+json"
BROKEN = "Something went wrong here. The server's log has the details."
RETRY_AFTER = 2
"""Seconds, when a store does not answer."""

Errors = list[dict[str, str]]


class Invalid(HTTPException):
    """The request has the right form, but its content cannot be used."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(422, detail)
        self.errors: Errors = [{"pointer": pointer, "detail": detail}]


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, errors: Errors | None = None) -> JSONResponse:
    """A problem document.

    Args:
        status: the HTTP status.
        detail: what was wrong and what to do, for people.
        headers: headers that belong to the status, such as Allow.
        errors: what is wrong with which member of the body: {"pointer": a JSON pointer, "detail": words}.
    """
    return JSONResponse(content_of(status, detail, errors), status, headers=headers, media_type=MEDIA_TYPE)


def content_of(status: int, detail: str, errors: Errors | None = None) -> dict[str, Any]:
    """The members of a problem document."""
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return content | ({"errors": errors} if errors else {})


def describe_all_errors(app: FastAPI) -> None:
    """Make every error of ``app``'s own routes a problem document."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(UnavailableError, _unavailable)
    app.add_exception_handler(Exception, _unexpected)


class Problems:
    """Turn every other error into a problem document: those of Gradio, of served files and of the middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and hold an error back until its whole body is there."""
        held: Message | None = None
        body = b""

        async def as_problem(message: Message) -> None:
            nonlocal held, body
            if message["type"] == "http.response.start" and _is_other_error(message):
                held = message
            elif held is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    headers = _completed(held["status"], Headers(raw=held["headers"]))
                    detail = _detail(held["status"], _said(body), Request(scope), headers)
                    kept = {name: value for name, value in headers.items() if not name.startswith("content-")}
                    await problem(held["status"], detail, kept)(scope, receive, send)

        await self.app(scope, receive, as_problem if scope["type"] == "http" else send)


def _is_other_error(start: Message) -> bool:
    return bool(start["status"] >= 400) and Headers(raw=start["headers"]).get("content-type") != MEDIA_TYPE


def _said(body: bytes) -> str:
    """The message of an error: its text, or the "detail" of its JSON."""
    text = body.decode(errors="replace").strip()
    try:
        content = json.loads(text)
    except ValueError:
        return "" if text.startswith("<") else text[:500]
    detail = content.get("detail") if isinstance(content, dict) else None
    return detail if isinstance(detail, str) else ""


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    headers = _completed(error.status_code, Headers(error.headers))
    if error.status_code == 405 and request.method == "OPTIONS":
        return Response(status_code=204, headers=headers)
    detail = _detail(error.status_code, error.detail, request, headers)
    return problem(error.status_code, detail, headers, error.errors if isinstance(error, Invalid) else None)


def _completed(status: int, headers: Headers) -> dict[str, str]:
    """``headers``. For status 405, Allow also names the methods that are implied: HEAD with GET, and OPTIONS always."""
    if status != 405:
        return dict(headers)
    named = {method.strip() for method in headers.get("allow", "GET").split(",")}
    return {**headers, "allow": ", ".join(sorted(named | {"OPTIONS"} | ({"HEAD"} if "GET" in named else set())))}


def _detail(status: int, said: str, request: Request, headers: Mapping[str, str]) -> str:
    """``said``, if it is more than the name of ``status``; else a more helpful message."""
    if said and said != HTTPStatus(status).phrase:
        return said
    details = {
        404: f"There is nothing at {request.url.path}. For the API, see /openapi.json",
        405: f"{request.url.path} does not take {request.method}. It takes {headers.get('allow')}.",
        422: "The request does not have the expected form. For programs, /openapi.json describes the API.",
    }
    return details.get(status, HTTPStatus(status).description or said)


def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    found = error.errors()
    if any(each["type"] == "json_invalid" for each in found):
        return problem(400, 'The body is not JSON. Expected an object such as {"question": "Who?"}.')
    sent_as = request.headers.get("content-type", "")
    if "json" not in sent_as and any(each["loc"] == ("body",) for each in found):
        return problem(422, f"The body was sent as {sent_as or 'an unknown type'}. Send it as application/json (Content-Type).")
    errors = [
        {
            "pointer": "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in each["loc"][1:]),
            "detail": str(each["msg"]),
        }
        for each in found
    ]
    first = errors[0]
    where = first["pointer"] or "the body"
    return problem(422, f"{where}: {first['detail']}. Expected a JSON object as /openapi.json describes.", errors=errors)


def _unavailable(request: Request, error: Exception) -> JSONResponse:
    return problem(503, f"{error} Ask again in {RETRY_AFTER} s.", {"retry-after": str(RETRY_AFTER)})


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    # The cause belongs in the log, not in the response.
    return problem(500, BROKEN)
