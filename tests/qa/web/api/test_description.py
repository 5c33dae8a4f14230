"""The API's description: every answer and every error has an example, and each is of the form that it is said to be."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel

from index.store import Index
from qa.bot import Bot
from qa.retrieve.retriever import Retriever
from qa.web.api import schema
from qa.web.application import create_app
from tests.conftest import LetterEncoder, WordReader, make


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    bot = Bot(Retriever(Index.build([make("Tea comes from Assam.")], LetterEncoder())), WordReader())
    description: dict[str, Any] = TestClient(create_app(bot)).get("/openapi.json").json()
    return description


def responses(described: dict[str, Any]) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Path, status, media type, and what is said of it."""
    for path, operations in described["paths"].items():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                for media_type, content in response["content"].items():
                    yield path, status, media_type, content


def examples(content: dict[str, Any]) -> list[Any]:
    several = [each["value"] for each in content.get("examples", {}).values()]
    return several or [content["example"]]


def model(content: dict[str, Any]) -> type[BaseModel] | None:
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return getattr(schema, name) if name else None


def test_every_answer_and_every_error_has_examples_of_its_form(described: dict[str, Any]) -> None:
    checked = 0
    for path, status, media_type, content in responses(described):
        for example in examples(content):
            form = model(content)
            assert (form is None) == media_type.startswith("text/"), (path, status)
            if form is not None:
                assert set(example) <= set(form.model_fields), (path, status)
                form.model_validate(example)
                checked += 1
            if media_type == "application/problem+json" and status != "default":
                assert example["status"] == int(status)
    assert checked > 15


def test_every_route_names_its_errors(described: dict[str, Any]) -> None:
    for path, operations in described["paths"].items():
        for operation in operations.values():
            assert "default" in operation["responses"], path
            assert operation["description"], path
    asked = described["paths"]["/api/v1/ask"]["post"]["responses"]
    assert {"400", "413", "422", "429", "500", "503"} <= set(asked)
    for status in ("429", "503"):
        assert "Retry-After" in asked[status]["headers"]


def test_the_examples_of_answers_keep_the_law_of_citations(described: dict[str, Any]) -> None:
    paths = described["paths"]
    document = paths["/api/v1/documents/{identifier}"]["get"]["responses"]["200"]["content"]["application/json"]["example"]
    content = paths["/api/v1/ask"]["post"]["responses"]["200"]["content"]
    found, nothing = examples(content["application/json"])
    assert (found["found"], nothing["found"]) == (True, False)
    for citation in found["citations"] + [other["citation"] for other in found["alternatives"]]:
        assert document["text"][citation["start"] : citation["end"]] == citation["quote"]
        assert citation["document"] == document["id"]
    events = [part.split("\n") for part in content["text/event-stream"]["example"].strip().split("\n\n")]
    assert [name for name, _ in events] == ["event: retrieval", "event: answer", "event: done"]
    assert json.loads(events[1][1].removeprefix("data: ")) == found


def test_what_is_sent_has_an_example(described: dict[str, Any]) -> None:
    sent = described["paths"]["/api/v1/ask"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    form = model({"schema": sent})
    assert form is not None
    for example in sent["examples"]:
        form.model_validate(example)
    assert described["components"]["schemas"]["QuestionBody"]["properties"]["question"]["maxLength"] == 2000
