"""Answers that are made for the widget, without a model."""

import json
from typing import Any

from playwright.sync_api import Route

from index.document import Document, Span
from qa.answer import Answer, Citation
from tests.qa.web.sites import Visit

TEXT = "Looming over the talks is a 5:50pm GMT deadline on Friday, set by the group. Tea 🍵 comes from Assam, mostly."


def cited(document: Document, words: str, number: int = 1) -> Citation:
    start = document.text.index(words)
    return Citation(number, Span(document, start, start + len(words)), Span(document, 0, len(document.text)))


def answer_of(document: Document, words: str, **others: Any) -> dict[str, Any]:  # noqa: ANN401
    citation = cited(document, words)
    return Answer("What?", citation.span, others.pop("confidence", 0.9), (citation,), **others).to_dict()


def serve(there: Visit, content: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> None:
    """Have the page's questions answered with this; what was sent is kept in ``there.sent``."""

    def fulfilled(route: Route) -> None:
        there.sent.append(json.loads(route.request.post_data or "{}"))
        allowed = {"access-control-allow-origin": "*", "access-control-expose-headers": "retry-after"}
        route.fulfill(status=status, json=content, headers=allowed | (headers or {}))

    there.page.unroute_all()
    there.page.route("**/api/v1/ask", fulfilled)


def ask(there: Visit, question: str = "What?") -> None:
    there.page.evaluate("(question) => document.querySelector('qa-chat').ask(question)", question)
