from typing import Any

import pytest

from index.store import Index
from qa.bot import Bot
from qa.retrieve.retriever import Retriever
from qa.web.page.page import page
from qa.web.serving.metrics import Metrics
from tests.conftest import LetterEncoder, WordReader, make


@pytest.fixture(scope="module")
def dependencies() -> list[dict[str, Any]]:
    bot = Bot(Retriever(Index.build([make("Tea comes from Assam mostly.")], LetterEncoder())), WordReader())
    dependencies: list[dict[str, Any]] = page(bot, Metrics(bot)).get_config_file()["dependencies"]
    return dependencies


def test_what_a_visitor_brought_is_let_go_of_when_they_leave(dependencies: list[dict[str, Any]]) -> None:
    assert any(target[1] == "unload" for dependency in dependencies for target in dependency["targets"])


def test_no_event_is_part_of_an_api(dependencies: list[dict[str, Any]]) -> None:
    on_server = [dependency for dependency in dependencies if dependency["backend_fn"]]
    assert {dependency["api_visibility"] for dependency in on_server if dependency["targets"][0][1] != "unload"} == {"private"}
