import base64
import gc
import json
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from index.store import Index
from qa.answer import Answer
from qa.bot import Bot
from qa.retrieve.retriever import Retriever
from qa.understand.question import Turn
from qa.web.page.conversation import Exchange, history
from qa.web.page.feedback import FeedbackFile
from qa.web.page.view import LONGEST_CONVERSATION, OUTPUTS, Update, View
from qa.web.serving.metrics import Metrics
from tests.conftest import LetterEncoder, WordReader, make

TEXTS = ["Wine comes from Bordeaux usually.", "Tea comes from Assam mostly."]
ANN, BOB = gr.Request(session_hash="ann"), gr.Request(session_hash="bob")


def view_of(*texts: str, feedback: FeedbackFile | None = None) -> View:
    documents = [make(text, f"{i}.txt") for i, text in enumerate(texts)]
    bot = Bot(Retriever(Index.build(documents, LetterEncoder())), WordReader())
    return View(bot, Metrics(bot), feedback)


@pytest.fixture
def view() -> View:
    return view_of(*TEXTS)


def sent(data: object) -> gr.EventData:
    return gr.EventData(None, data)


def file(name: str, text: str) -> dict[str, str]:
    return {"name": name, "content": base64.b64encode(text.encode()).decode()}


def changed(update: Update) -> dict[str, Any]:
    """What an update changes, by name."""
    assert len(update) == len(OUTPUTS)
    return {name: value for name, value in zip(OUTPUTS, update, strict=True) if value != gr.skip()}


def last(updates: Iterator[Update]) -> dict[str, Any]:
    return changed(list(updates)[-1])


def ask(view: View, question: str, exchanges: list[Exchange], chosen: Sequence[str] = ()) -> dict[str, Any]:
    return last(view.ask(question, exchanges, chosen, ANN))


def test_the_question_is_shown_before_its_answer(view: View) -> None:
    before, after = map(changed, view.ask("where tea comes from", [], (), ANN))
    assert before.keys() == {"messages", "box"}
    assert [message["role"] for message in before["messages"]] == ["user"]
    assert before["box"] == ""
    assert [message["role"] for message in after["messages"]] == ["user", "assistant"]
    assert "<strong>Assam</strong>" in after["messages"][1]["content"]
    assert 'id="cite-1-1"' in after["messages"][1]["content"]
    assert 'id="mark-1-1"' in after["pane"]
    assert history(after["exchanges"]) == [Turn("where tea comes from", "Assam")]


def test_of_several_documents_the_cited_one_is_shown(view: View) -> None:
    assert "2 documents" in view.pane()
    exchanges: list[Exchange] = []
    for question, cited in (("where tea comes from", TEXTS[1]), ("where wine comes from", TEXTS[0])):
        after = ask(view, question, exchanges)
        exchanges = after["exchanges"]
        assert after["pane"].count('class="cited"') == 1
        assert cited.split()[0] in after["pane"]
    again = changed(view.show(sent({"exchange": 1, "number": 1}), exchanges, ANN))["pane"]
    assert 'id="mark-1-1"' in again
    assert "Tea" in again


def test_one_document_is_shown_from_the_start() -> None:
    assert "Bordeaux" in view_of(TEXTS[0]).pane()


def test_one_of_several_documents_can_be_asked_alone(view: View) -> None:
    wine = view.bot.index.documents[0].id
    chosen = changed(view.choose(sent({"documents": [wine]}), ANN))
    assert chosen["chosen"] == (wine,)
    assert "Bordeaux" in chosen["pane"]
    assert f'value="{wine}" selected' in chosen["tools"]
    after = ask(view, "where tea comes from", [], [wine])
    assert "Assam" not in str(after["messages"])
    assert changed(view.choose(sent({"documents": ["elsewhere"]}), ANN))["chosen"] == ()


def test_some_of_several_documents_can_be_asked() -> None:
    view = view_of(*TEXTS, "Rice comes from Hunan mostly.")
    wine, tea, rice = (document.id for document in view.bot.index.documents)
    chosen = changed(view.choose(sent({"documents": [tea, rice, tea, "elsewhere", 3]}), ANN))
    assert chosen["chosen"] == (tea, rice)
    assert f'value="{tea} {rice}" selected>2 documents<' in chosen["tools"]
    ticked = [box.split('"')[0] for box in chosen["pane"].split('id="pick-')[1:] if " checked" in box.split(">")[0]]
    assert ticked == [tea, rice]
    after = ask(view, "where wine comes from", [], (tea, rice))
    assert "Bordeaux" not in str(after["messages"])
    assert after["exchanges"][0].documents == (tea, rice)
    assert changed(view.choose(sent({"documents": [tea, rice, wine]}), ANN))["chosen"] == ()


def test_all_of_a_visitors_texts_can_be_asked(view: View) -> None:
    view.add(sent(file("rice.txt", "Rice comes from Hunan mostly.")), ANN)
    view.add(sent(file("beans.txt", "Beans come from Puebla only.")), ANN)
    own = tuple(document.id for document in view.own("ann"))
    assert f'value="{" ".join(own)}">All of yours<' in view.tools((), "ann")
    # Of shared texts and one's own, only the own ones are asked: different bots answer from them.
    chosen = changed(view.choose(sent({"documents": [*view.documents, *own]}), ANN))["chosen"]
    assert chosen == own
    after = ask(view, "where rice comes from", [], chosen)
    assert "<strong>Hunan</strong>" in after["messages"][1]["content"]
    assert after["exchanges"][0].answer is None
    assert last(view.ask("where rice comes from", [], chosen, BOB))["exchanges"][0].problem


def test_an_address_may_name_the_document_too(view: View) -> None:
    tea = view.bot.index.documents[1].id
    first, *_, final = map(changed, view.ask_from_page(sent({"question": "comes from", "documents": [tea]}), [], (), ANN))
    assert first["chosen"] == (tea,)
    assert final["exchanges"][0].documents == (tea,)
    assert final["exchanges"][0].answer.text == "Assam"


def test_nothing_is_marked_when_nothing_was_found_until_the_nearest_passage_is_asked_for(view: View) -> None:
    after = ask(view, "how heavy?", [])
    assert "The documents do not say." in after["messages"][1]["content"]
    assert "<mark" not in after["pane"]
    assert 'id="mark-1-0"' in changed(view.show(sent({"exchange": 1, "number": 0}), after["exchanges"], ANN))["pane"]


@pytest.mark.parametrize("data", [None, [], "x", {}, {"exchange": 7}, {"exchange": "1"}, {"exchange": 1, "number": "x"}])
def test_what_the_page_cannot_have_sent_does_no_harm(view: View, data: object) -> None:
    exchanges = ask(view, "where tea comes from", [])["exchanges"]
    assert changed(view.show(sent(data), exchanges, ANN)).keys() <= {"pane"}
    assert changed(view.judge(sent(data), exchanges, ANN)).keys() == {"said"}
    assert "problem" in changed(view.add(sent(data), ANN))["said"]
    assert "problem" in changed(view.add_page(sent(data), ANN))["said"]
    assert changed(view.choose(sent(data), ANN))["chosen"] == ()
    assert list(view.ask_from_page(sent(data), exchanges, (), ANN))
    assert "download" in changed(view.export(sent(data), exchanges, ANN))["said"]


def test_a_blank_question_changes_nothing(view: View) -> None:
    assert [changed(update) for update in view.ask(" \n", [], (), ANN)] == [{}]


def test_a_problem_is_a_message_and_no_turn(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    after = ask(view, "x" * 5000, [])
    assert "problem" in after["messages"][1]["content"]
    assert history(after["exchanges"]) == []

    def broken(self: Bot, question: str, history: object = (), documents: object = ()) -> Answer:
        raise RuntimeError("secret")

    monkeypatch.setattr(Bot, "ask", broken)
    after = ask(view, "why", after["exchanges"])
    assert "Something went wrong" in after["messages"][3]["content"]
    assert "secret" not in str(after["messages"])


def test_a_long_conversation_loses_its_oldest_part_and_numbers_go_on(view: View) -> None:
    exchanges = [Exchange(number, "q", problem="p") for number in range(1, LONGEST_CONVERSATION + 1)]
    after = ask(view, "where tea comes from", exchanges)
    assert len(after["exchanges"]) == LONGEST_CONVERSATION
    assert after["exchanges"][-1].number == LONGEST_CONVERSATION + 1
    assert f'id="mark-{LONGEST_CONVERSATION + 1}-1"' in after["pane"]


def test_a_visitors_text_is_asked_shown_and_listed_for_that_visitor_alone(view: View) -> None:
    after = changed(view.add(sent(file("mine.txt", "Rice comes from Hunan mostly.")), ANN))
    mine = after["chosen"]
    assert "Only you" in after["said"]["say"]
    assert "Only you" in after["pane"]
    assert "Hunan" in after["pane"]
    asked = ask(view, "where rice comes from", [], mine)
    assert "<strong>Hunan</strong>" in asked["messages"][1]["content"]
    assert 'id="mark-1-1"' in asked["pane"]
    # Another visitor who knows its id gets nothing of it.
    assert changed(view.choose(sent({"documents": list(mine)}), BOB))["chosen"] == ()
    assert mine[0] not in view.tools((), "bob")
    theirs = last(view.ask("where rice comes from", [], mine, BOB))
    assert "no longer held" in str(theirs["messages"])
    assert "Hunan" not in str(theirs)
    assert ask(view, "where rice comes from", [])["exchanges"][0].answer.text != "Hunan"


def test_nothing_is_fetched_unless_it_is_allowed(view: View) -> None:
    said = changed(view.add_page(sent({"address": "https://example.org/"}), ANN))["said"]
    assert "cannot be added here" in said["problem"]
    assert view.own("ann") == ()


def test_a_visitors_text_is_gone_when_they_remove_it_or_leave(view: View) -> None:
    text = sent(file("mine.txt", "Rice comes from Hunan mostly."))
    public = ask(view, "where tea comes from", [])["exchanges"]
    for removed in (True, False):
        mine = changed(view.add(text, ANN))["chosen"]
        asked = ask(view, "where rice comes from", public, mine)
        assert "Hunan" in str(asked["messages"])
        exchanges = asked["exchanges"]
        assert "Hunan" in changed(view.show(sent({"exchange": 2, "number": 1}), exchanges, ANN))["pane"]
        assert "Hunan" in changed(view.export(sent({}), exchanges, ANN))["said"]["download"]["text"]
        if removed:
            after = changed(view.remove(exchanges, ANN))
            assert "Hunan" not in str(after)
            assert "Assam" in str(after["messages"])
        else:
            view.leave(ANN)
        assert view.own("ann") == ()
        assert "Hunan" not in str(exchanges)
        assert "Hunan" not in str(changed(view.show(sent({"exchange": 2, "number": 1}), exchanges, ANN)))
        assert "Hunan" not in str(changed(view.export(sent({}), exchanges, ANN)))
        again = ask(view, "where rice comes from", exchanges, mine)
        assert str(again["messages"]).count("no longer held") == 2


def test_an_answer_from_a_removed_text_is_not_held_with_another(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = changed(view.add(sent(file("mine.txt", "Rice comes from Hunan mostly.")), ANN))["chosen"]
    answered = view.answered

    def replaced_meanwhile(
        number: int, question: str, whole: list[Exchange], chosen: tuple[str, ...], visitor: str
    ) -> Exchange:
        exchange = answered(number, question, whole, chosen, visitor)
        view.leave(ANN)
        view.add(sent(file("other.txt", "Silk comes from Suzhou mostly.")), ANN)
        return exchange

    monkeypatch.setattr(view, "answered", replaced_meanwhile)
    after = ask(view, "where rice comes from", [], mine)
    assert "no longer held" in str(after["messages"])
    assert "Hunan" not in str(after)


def test_what_was_asked_of_a_private_text_is_no_history_for_the_shared_ones(view: View) -> None:
    mine = changed(view.add(sent(file("mine.txt", "Rice comes from Hunan mostly.")), ANN))["chosen"]
    exchanges = ask(view, "where rice comes from", [], mine)["exchanges"]
    shared = ask(view, "And what for?", exchanges)["exchanges"][-1]
    assert "Hunan" not in str(shared)
    assert "rice" not in str(shared)


def test_starting_over_lets_go_of_what_was_answered(view: View) -> None:
    mine = changed(view.add(sent(file("mine.txt", "Rice comes from Hunan mostly.")), ANN))["chosen"]
    exchanges = ask(view, "where rice comes from", [], mine)["exchanges"]
    assert "Hunan" in str(view.whole(exchanges, "ann"))
    view.clear(mine, ANN)
    assert "Hunan" not in str(view.whole(exchanges, "ann"))


def test_what_was_answered_from_a_text_is_held_with_it_alone(view: View) -> None:
    mine = changed(view.add(sent(file("mine.txt", "Rice comes from Hunan mostly.")), ANN))["chosen"]
    exchanges = ask(view, "where rice comes from", [], mine)["exchanges"]
    held = weakref.ref(view.own("ann")[0])
    view.leave(ANN)
    gc.collect()
    assert held() is None
    assert len(exchanges) == 1


def test_a_text_that_cannot_be_taken_is_explained(view: View) -> None:
    said = changed(view.add(sent(file("mine.bin", "a\0b")), ANN))
    assert said.keys() == {"said"}
    assert "mine.bin is binary" in said["said"]["problem"]


def test_feedback_is_kept_with_the_answer_that_it_is_about(tmp_path: Path) -> None:
    view = view_of(*TEXTS, feedback=FeedbackFile(tmp_path / "said.jsonl"))
    exchanges = ask(view, "where tea comes from", [])["exchanges"]
    said = changed(view.judge(sent({"exchange": 1, "reason": "wrong_words"}), exchanges, ANN))["said"]
    assert said == {"say": "Noted in said.jsonl. Thank you.", "judged": "1-wrong_words"}
    line = json.loads((tmp_path / "said.jsonl").read_text())
    assert (line["question"], line["reason"], line["start"]) == ("where tea comes from", "wrong words", TEXTS[1].index("Assam"))
    assert "problem" in changed(view.judge(sent({"exchange": 1, "reason": "silly"}), exchanges, ANN))["said"]


def test_feedback_that_cannot_be_kept_is_not_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    view = view_of(*TEXTS, feedback=FeedbackFile(tmp_path / "said.jsonl"))
    exchanges = ask(view, "where tea comes from", [])["exchanges"]

    def full(self: FeedbackFile, answer: Answer, reason: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(FeedbackFile, "keep", full)
    assert (
        "could not be kept" in changed(view.judge(sent({"exchange": 1, "reason": "right"}), exchanges, ANN))["said"]["problem"]
    )


def test_a_conversation_can_be_taken_away_and_started_over(view: View) -> None:
    exchanges = ask(view, "where tea comes from", [])["exchanges"]
    as_json = changed(view.export(sent({"format": "json"}), exchanges, ANN))["said"]["download"]
    assert json.loads(as_json["text"])["conversation"][0]["answer"] == "Assam"
    as_markdown = changed(view.export(sent({"format": "markdown"}), exchanges, ANN))["said"]["download"]
    assert as_markdown["name"].endswith(".md")
    after = changed(view.clear((), ANN))
    assert (after["exchanges"], after["messages"]) == ([], [])
    assert "2 documents" in after["pane"]
