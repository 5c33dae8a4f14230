"""Errors over HTTP: every one is a problem document, as RFC 9457 (https://www.rfc-editor.org/rfc/rfc9457) has it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"


def problem(
    status: int, detail: str, headers: Mapping[str, str] | None = None, errors: list[dict[str, str]] | None = None
) -> JSONResponse:
    """A problem document.

    Args:
        status: the HTTP status.
        detail: what was wrong and what to do, for people.
        headers: headers that belong to the status, such as Allow.
        errors: what is wrong with which member of the body: {"pointer": a JSON pointer, "detail": words}.
    """
    content = content_of(status, detail) | ({"errors": errors} if errors else {})
    return JSONResponse(content, status, headers=headers, media_type=MEDIA_TYPE)


def content_of(status: int, detail: str) -> dict[str, Any]:
    """The members that every problem document has."""
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}


def describe_all_errors(app: FastAPI) -> None:
    """Make every error of ``app`` a problem document."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _unexpected)


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101
    details = {
        404: f"There is nothing at {request.url.path}. What there is: /openapi.json",
        405: f"{request.url.path} does not take {request.method}.",
    }
    said = error.detail if error.detail != HTTPStatus(error.status_code).phrase else ""
    return problem(error.status_code, said or details.get(error.status_code, error.detail), error.headers)


def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    found = error.errors()
    if any(each["type"] == "json_invalid" for each in found):
        return problem(400, 'The body is not JSON. Expected an object such as {"question": "Who?"}.')
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


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    # What went wrong is for the log, not for whoever asked.
    return problem(500, "Something went wrong here. The server's log has the particulars.")
