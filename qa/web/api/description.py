"""The OpenAPI description of the API, with an example of every answer and of every error."""

import json
from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from index.document import Document, Hit, Span
from qa.answer import Alternative, Answer, Citation, hit_to_dict
from qa.web.api.schema import ProblemBody
from qa.web.serving import problems

EVENTS = "text/event-stream"
_REFERENCE = "#/components/schemas/{model}"

# The same code makes these examples and the real answers, so the two always have the same form.
_DOCUMENT = Document.from_text(
    "The reading room\n\nThe reading room opened on 4 May 1908. It closes at six, on Fridays at four.", "seeds/reading-room.txt"
)
_PASSAGE = Span(_DOCUMENT, _DOCUMENT.text.index("The reading room opened"), len(_DOCUMENT.text))


def _cited(number: int, words: str) -> Citation:
    start = _DOCUMENT.text.index(words)
    return Citation(number, Span(_DOCUMENT, start, start + len(words)), _PASSAGE)


_TIMINGS = {"retrieve": 4.1, "read": 38.2, "total": 42.3}
_HIT = Hit(_PASSAGE, 0.0325)
_FOUND = Answer(
    "When does it close?",
    _cited(1, "at six").span,
    0.81,
    (_cited(1, "at six"),),
    (Alternative(_cited(2, "on Fridays at four"), 0.44),),
    (),
    "When does the reading room close?",
    _TIMINGS,
)
_NOTHING = Answer("Who paid for it?", None, 0.07, (), (), (_HIT,), None, _TIMINGS)

QUESTION = {
    "question": "When does it close?",
    "history": [{"question": "When did the reading room open?", "answer": "4 May 1908"}],
}
DOCUMENT = {"id": _DOCUMENT.id, "title": _DOCUMENT.title, "source": _DOCUMENT.source, "length": len(_DOCUMENT.text)}
FULL_DOCUMENT = DOCUMENT | {"text": _DOCUMENT.text}
METRICS = '# TYPE qa_questions_total counter\nqa_questions_total{outcome="answered"} 12.0\n'


def event(name: str, data: dict[str, Any]) -> str:
    """One server-sent event: https://html.spec.whatwg.org/multipage/server-sent-events.html."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


_STREAM = (
    event("retrieval", {"question": _FOUND.understood, "passages": [hit_to_dict(_HIT)]})
    + event("answer", _FOUND.to_dict())
    + event("done", {})
)

ANSWERED: dict[str, Any] = {
    "description": (
        "The answer, or the statement that there is none. With `Accept: text/event-stream`, events: `retrieval` with the "
        "passages, `answer`, `done`; or `error`, with a problem document, in place of the last two."
    ),
    "content": {
        EVENTS: {"schema": {"type": "string"}, "example": _STREAM},
    },
}

_ERRORS: dict[int, tuple[str, problems.Errors | None]] = {
    400: ('The body is not JSON. Expected an object such as {"question": "Who?"}.', None),
    404: ("There is no document '0'. For a list, see /api/v1/documents", None),
    413: ("The body is longer than the limit of 1,048,576 bytes. Shorten the question or its history.", None),
    422: (
        "The question is empty. Ask something, in words.",
        [{"pointer": "/question", "detail": "The question is empty. Ask something, in words."}],
    ),
    429: ("More than 120 questions in a minute from this address. Ask again in 17 s.", None),
    500: (problems.BROKEN, None),
    503: ("Too many questions are waiting. Ask again in 2 s.", None),
}
_RETRY = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}}


def of_json(example: object) -> dict[str, Any]:
    """A response's description with an example of its body."""
    return {"content": {"application/json": {"example": example}}}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The description of a route's errors: one for each of ``statuses``, and one for any other."""
    described: dict[int | str, dict[str, Any]] = {
        "default": {
            "description": "Any other error, such as 405.",
            "content": _problem(405, "/healthz does not take POST.", None),
        }
    }
    for status in statuses:
        example = problems.content_of(status, *_ERRORS[status])
        described[status] = {"description": example["title"], "content": _problem(status, *_ERRORS[status])}
        if status in (429, 503):
            described[status]["headers"] = _RETRY
    return described


def _problem(status: int, detail: str, members: problems.Errors | None) -> dict[str, Any]:
    schema = {"$ref": _REFERENCE.format(model=ProblemBody.__name__)}
    return {problems.MEDIA_TYPE: {"schema": schema, "example": problems.content_of(status, detail, members)}}


def complete(app: FastAPI) -> None:
    """Add to the description of ``app`` what FastAPI leaves out: the schema of `errors`, and examples that hold nulls."""
    describe = app.openapi

    def described() -> dict[str, Any]:
        description = describe()
        _, schemas = models_json_schema([(ProblemBody, "serialization")], ref_template=_REFERENCE)
        description["components"]["schemas"] |= schemas["$defs"]
        ask = description["paths"]["/api/v1/ask"]["post"]
        ask["responses"]["200"]["content"]["application/json"]["examples"] = {
            "found": {"summary": "The documents say.", "value": _FOUND.to_dict()},
            "nothing": {"summary": "The documents do not say.", "value": _NOTHING.to_dict()},
        }
        return description

    app.openapi = described  # type: ignore[method-assign]
