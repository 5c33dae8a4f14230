"""The JSON API: questions, documents and health. Every error is a problem document."""

import logging
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any

from fastapi import Body, FastAPI, Header, HTTPException, Query
from fastapi.responses import JSONResponse, Response, StreamingResponse
from prometheus_client import CONTENT_TYPE_LATEST

from index.document import Document
from index.unavailable import UnavailableError
from qa.answer import Answer, hit_to_dict
from qa.bot import Bot, Retrieved
from qa.understand.question import Turn
from qa.web.api import description
from qa.web.api.description import EVENTS, errors, event, of_json
from qa.web.api.schema import AnswerBody, DocumentsBody, FullDocumentBody, HealthBody, QuestionBody, ReadyBody
from qa.web.serving.metrics import Metrics
from qa.web.serving.problems import BROKEN, Invalid, content_of

# Otherwise proxies would hold events back until there are many, and caches would keep them for good.
_UNBUFFERED = {"cache-control": "no-store", "x-accel-buffering": "no"}


def add_api(app: FastAPI, bot: Bot, metrics: Metrics) -> None:
    """Add the routes to ``app``."""
    _add_questions(app, bot, metrics)
    _add_documents(app, bot)

    @app.get("/healthz", response_model=HealthBody, responses={200: of_json({"status": "ok"}), **errors()})
    def is_alive() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    ready = of_json({"status": "ready", "documents": 1, "passages": 12})

    @app.get("/readyz", response_model=ReadyBody, responses={200: ready, **errors(503)})
    def is_ready() -> dict[str, Any]:
        """Questions can be asked, and the page is there; until then the status is 503."""
        return {"status": "ready", "documents": len(bot.index.by_id), "passages": bot.index.passage_count}

    counted = {"content": {"text/plain": {"schema": {"type": "string"}, "example": description.METRICS}}}

    @app.get("/metrics", response_class=Response, responses={200: counted, **errors()})
    def measured() -> Response:
        """Counts and times for Prometheus. They never contain a question."""
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)


def _add_questions(app: FastAPI, bot: Bot, metrics: Metrics) -> None:
    # Plain functions, not coroutines: FastAPI runs them in threads, so one question does not block the others.
    responses = {200: description.ANSWERED, **errors(400, 413, 422, 429, 500, 503)}

    @app.post("/api/v1/ask", response_model=AnswerBody, responses=responses)
    def ask(
        body: Annotated[QuestionBody, Body(examples=[description.QUESTION])],
        accept: Annotated[str, Header(include_in_schema=False)] = "",
    ) -> Response:
        """Answer a question. The status is 200 even when the documents do not answer it."""
        turns = [Turn(turn.question, turn.answer) for turn in body.history or []]
        unknown = [one for one in body.documents if one not in bot.index.by_id]
        if unknown:
            metrics.refused()
            raise Invalid("/document", f"There is no document {unknown[0]!r}. For a list, see /api/v1/documents")
        try:
            if EVENTS in accept:
                retrieved = bot.retrieve(body.question, turns, body.documents)
                return StreamingResponse(_events(bot, body.question, retrieved, metrics), 200, _UNBUFFERED, EVENTS)
            answer = bot.ask(body.question, turns, body.documents)
        except ValueError as error:
            metrics.refused()
            raise Invalid("/question", str(error)) from error
        except UnavailableError:
            metrics.failed()
            raise
        except Exception as error:
            # If the server handled this error, the response would bypass the middleware, and other sites could not read it.
            metrics.failed()
            logging.getLogger(__name__).exception("a question could not be answered")
            raise HTTPException(500, BROKEN) from error
        metrics.answered(answer)
        return JSONResponse(answer.to_dict())


def _add_documents(app: FastAPI, bot: Bot) -> None:
    listed = of_json({"documents": [description.DOCUMENT]})

    @app.get("/api/v1/documents", response_model=DocumentsBody, responses={200: listed, **errors()})
    def list_documents(
        find: Annotated[str, Query(description="Words of the title or the source; all documents if it is left out.")] = "",
        limit: Annotated[int | None, Query(ge=1, le=1_000_000, description="At most so many; all if it is left out.")] = None,
    ) -> dict[str, Any]:
        """The documents that the answers come from."""
        words = find.casefold().split()
        found = (
            one for one in bot.index.by_id.values() if all(word in f"{one.title} {one.source}".casefold() for word in words)
        )
        return {"documents": [_described(document) for document in islice(found, limit)]}

    whole = of_json(description.FULL_DOCUMENT)

    @app.get("/api/v1/documents/{identifier}", response_model=FullDocumentBody, responses={200: whole, **errors(404)})
    def read_document(identifier: str) -> dict[str, Any]:
        """One document, with its text."""
        documents = bot.index.by_id
        if identifier not in documents:
            raise HTTPException(404, f"There is no document {identifier!r}. For a list, see /api/v1/documents")
        return {**_described(documents[identifier]), "text": documents[identifier].text}


def _events(bot: Bot, question: str, retrieved: Retrieved, metrics: Metrics) -> Iterator[str]:
    yield event("retrieval", {"question": retrieved.question, "passages": [hit_to_dict(hit) for hit in retrieved.hits]})
    try:
        answer: Answer = bot.decide(question, bot.read(retrieved))
    except UnavailableError as error:
        metrics.failed()
        yield event("error", content_of(503, str(error)))
        return
    except Exception:
        # The status is sent already, so the error can only be reported in an event.
        logging.getLogger(__name__).exception("a question could not be answered")
        metrics.failed()
        yield event("error", content_of(500, BROKEN))
        return
    metrics.answered(answer)
    yield event("answer", answer.to_dict())
    yield event("done", {})


def _described(document: Document) -> dict[str, Any]:
    return {"id": document.id, "title": document.title, "source": document.source, "length": len(document.text)}
