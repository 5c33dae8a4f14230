"""The JSON API: questions, documents and health. Every error of it is a problem document."""

import json
import logging
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Body, FastAPI, Header, HTTPException
from fastapi.responses import JSONResponse, Response, StreamingResponse
from prometheus_client import CONTENT_TYPE_LATEST

from index.document import Document
from qa.answer import Answer, Turn, hit_to_dict
from qa.bot import Bot, Retrieved
from qa.web.metrics import Metrics
from qa.web.problems import content_of
from qa.web.schema import AnswerBody, DocumentsBody, FullDocumentBody, QuestionBody

EVENTS = "text/event-stream"


_ASKED = {"question": "When did they last meet?", "history": [{"question": "Who hosted the talks?", "answer": None}]}
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer; or, if events were asked for, the passages found, the answer, and the end.",
        "content": {
            EVENTS: {"example": "event: retrieval\ndata: {...}\n\nevent: answer\ndata: {...}\n\nevent: done\ndata: {}\n\n"}
        },
    }
}


def add_api(app: FastAPI, bot: Bot, metrics: Metrics) -> None:
    """Add the routes to ``app``."""
    _add_questions(app, bot, metrics)
    _add_documents(app, bot)

    @app.get("/healthz")
    def is_alive() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @app.get("/readyz")
    def is_ready() -> dict[str, Any]:
        """Questions can be asked. The bot is loaded before the port is opened, so this is never early."""
        return {"status": "ready", "documents": len(bot.index.documents), "passages": len(bot.index.passages)}

    @app.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    def measured() -> Response:
        """Counts and times for Prometheus; never what was asked."""
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)


def _add_questions(app: FastAPI, bot: Bot, metrics: Metrics) -> None:
    # Plain functions, not coroutines: FastAPI runs them in threads, so that a question does not hold up the others.
    @app.post("/api/v1/ask", response_model=AnswerBody, responses=_STREAM)
    def ask(
        body: Annotated[QuestionBody, Body(examples=[_ASKED])], accept: Annotated[str, Header(include_in_schema=False)] = ""
    ) -> Response:
        """Answer a question. The status is 200 also when the documents do not say."""
        turns = [Turn(turn.question, turn.answer) for turn in body.history or []]
        try:
            if EVENTS in accept:
                retrieved = bot.retrieve(body.question, turns, body.document)
                return StreamingResponse(_events(bot, body.question, retrieved, metrics), media_type=EVENTS)
            answer = bot.ask(body.question, turns, body.document)
        except ValueError as error:
            metrics.refused()
            raise HTTPException(422, str(error)) from error
        except Exception:
            metrics.failed()
            raise
        metrics.answered(answer)
        return JSONResponse(answer.to_dict())


def _add_documents(app: FastAPI, bot: Bot) -> None:
    documents = {document.id: document for document in bot.index.documents}

    @app.get("/api/v1/documents", response_model=DocumentsBody)
    def list_documents() -> dict[str, Any]:
        """What the answers come from."""
        return {"documents": [_described(document) for document in documents.values()]}

    @app.get("/api/v1/documents/{identifier}", response_model=FullDocumentBody)
    def read_document(identifier: str) -> dict[str, Any]:
        """One document, with its text."""
        if identifier not in documents:
            raise HTTPException(404, f"There is no document {identifier!r}. Those there are: /api/v1/documents")
        return {**_described(documents[identifier]), "text": documents[identifier].text}


def _events(bot: Bot, question: str, retrieved: list[Retrieved], metrics: Metrics) -> Iterator[str]:
    first = retrieved[0]
    yield _event("retrieval", {"question": first.question, "passages": [hit_to_dict(hit) for hit in first.hits]})
    try:
        answer: Answer = bot.decide(question, bot.read(question, retrieved))
    except Exception:
        # The status is sent already, so what went wrong can only be said in an event.
        logging.getLogger(__name__).exception("a question could not be answered")
        metrics.failed()
        yield _event("error", content_of(500, "Something went wrong here. The server's log has the particulars."))
        return
    metrics.answered(answer)
    yield _event("answer", answer.to_dict())
    yield _event("done", {})


def _event(name: str, data: dict[str, Any]) -> str:
    """One server-sent event: https://html.spec.whatwg.org/multipage/server-sent-events.html."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _described(document: Document) -> dict[str, Any]:
    return {"id": document.id, "title": document.title, "source": document.source, "length": len(document.text)}
