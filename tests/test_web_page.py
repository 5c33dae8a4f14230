import gradio as gr
import pytest

from index.store import Index
from qa.answer import Answer, Turn
from qa.bot import Bot
from qa.retriever import Retriever
from qa.web.conversation import Exchange, history
from qa.web.metrics import Metrics
from qa.web.page import LONGEST_CONVERSATION, View
from tests.conftest import LetterEncoder, WordReader, make

TEXTS = ["Wine comes from Bordeaux usually.", "Tea comes from Assam mostly."]


def view_of(*texts: str) -> View:
    documents = [make(text, f"{i}.txt") for i, text in enumerate(texts)]
    bot = Bot(Retriever(Index.build(documents, LetterEncoder())), WordReader())
    return View(bot, Metrics(bot.index))


@pytest.fixture
def view() -> View:
    return view_of(*TEXTS)


def selected(message: int) -> gr.SelectData:
    return gr.SelectData(None, {"index": message, "value": ""})


def test_the_question_is_shown_before_its_answer(view: View) -> None:
    before, after = view.ask("where tea comes from", [])
    assert [message["role"] for message in before[1]] == ["user"]
    assert before[3] == ""
    exchanges, messages, article, _ = after
    assert [message["role"] for message in messages] == ["user", "assistant"]
    assert "<strong>Assam</strong>" in messages[1]["content"]
    assert 'id="cite-1-1"' in messages[1]["content"]
    assert 'id="mark-1-1"' in article
    assert history(exchanges) == [Turn("where tea comes from", "Assam")]


def test_of_several_documents_the_cited_one_is_shown(view: View) -> None:
    assert "2 documents" in view.opening()
    exchanges: list[Exchange] = []
    for question, cited in (("where tea comes from", TEXTS[1]), ("where wine comes from", TEXTS[0])):
        *_, (exchanges, _, article, _) = view.ask(question, exchanges)
        assert article.count("<mark") == 1
        assert cited.split()[0] in article
    again = view.show(exchanges, selected(1))
    assert isinstance(again, str)
    assert 'id="mark-1-1"' in again
    assert "Tea" in again


def test_one_document_is_shown_from_the_start() -> None:
    assert "Bordeaux" in view_of(TEXTS[0]).opening()


def test_nothing_is_marked_when_nothing_was_found(view: View) -> None:
    *_, (exchanges, messages, article, _) = view.ask("how heavy?", [])
    assert "The documents do not say." in messages[1]["content"]
    assert "<mark" not in article
    assert view.show(exchanges, selected(1)) == gr.skip()
    assert view.show(exchanges, selected(7)) == gr.skip()


def test_a_blank_question_changes_nothing(view: View) -> None:
    assert list(view.ask(" \n", [])) == [(gr.skip(),) * 4]


def test_a_problem_is_a_message_and_no_turn(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    *_, (exchanges, messages, _, _) = view.ask("x" * 5000, [])
    assert "problem" in messages[1]["content"]
    assert history(exchanges) == []

    def broken(self: Bot, question: str, history: object = ()) -> Answer:
        raise RuntimeError("secret")

    monkeypatch.setattr(Bot, "ask", broken)
    *_, (_, messages, _, _) = view.ask("why", exchanges)
    assert "Something went wrong" in messages[3]["content"]
    assert "secret" not in str(messages)


def test_a_long_conversation_loses_its_oldest_part_and_numbers_go_on(view: View) -> None:
    exchanges = [Exchange(number, "q", problem="p") for number in range(1, LONGEST_CONVERSATION + 1)]
    *_, (exchanges, _, article, _) = view.ask("where tea comes from", exchanges)
    assert len(exchanges) == LONGEST_CONVERSATION
    assert exchanges[-1].number == LONGEST_CONVERSATION + 1
    assert f'id="mark-{LONGEST_CONVERSATION + 1}-1"' in article
