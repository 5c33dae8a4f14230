import re
from dataclasses import replace

import pytest

from index.document import Hit, Span
from qa.answer import Alternative, Answer, Citation
from qa.web.page import message, render, toolbar
from qa.web.page.chips import buttons
from qa.web.page.conversation import Exchange
from tests.conftest import make
from tests.qa.web.page.test_render import Reader, cited

NASTY = "<script>alert(1)</script>\n\n&amp; \"q\" 'a' `code` $$x$$ ${y} {{z}} **b** [l](http://e.org) 🍵 עברית"
# What the chat and the article are made of. None of it can run, load or send anything.
OURS = {
    "article",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "h2",
    "h3",
    "p",
    "mark",
    "footer",
    "div",
    "span",
    "strong",
    "b",
    "button",
    "blockquote",
    "br",
    "ul",
    "li",
}
OURS |= {"small", "a", "details", "summary", "label", "select", "optgroup", "option", "input"}


def test_the_answer_comes_first_and_is_bold_in_its_sentence() -> None:
    document = make("It rained. Mr. Abe paid $3 for\ntea. It stopped.")
    answer = Answer("who paid?", (citation := cited(document, "$3")).span, 0.9, (citation,))
    read = Reader(message.answer(answer, Exchange(4, "who paid?", answer), one_document=True))
    assert read.inside["strong"] == "$3"
    assert read.text.startswith("$3\N{NO-BREAK SPACE}[1]")
    assert "Mr. Abe paid $3 for tea.sure90%" in read.text
    link = next(link for link in read.attributes("a") if link["class"] == "cite")
    assert link == {"class": "cite", "id": "cite-4-1", "href": "?q=who+paid%3F"}


def test_a_question_that_was_changed_is_shown_as_it_was_read_and_linked_to() -> None:
    document = make("Tea is hot.")
    citation = cited(document, "hot")
    answer = Answer("and tea?", citation.span, 0.9, (citation,), understood="Is tea hot?")
    html = message.answer(answer, Exchange(1, "and tea?", answer, documents=(document.id,)), one_document=True)
    assert "Read as: Is tea hot?" in Reader(html).text
    assert {link["href"] for link in Reader(html).attributes("a") if link["class"] == "permalink"} == {
        f"?q=Is+tea+hot%3F&document={document.id}"
    }


def test_a_verdict_comes_before_its_evidence() -> None:
    document = make("Nobody was hurt. It rained.")
    answer = Answer("Was anybody hurt?", (citation := cited(document, "Nobody was hurt")).span, 0.9, (citation,), verdict="no")
    read = Reader(message.answer(answer, Exchange(1, answer.question, answer), one_document=True))
    assert read.text.startswith("No.\N{NO-BREAK SPACE}[1]")
    assert read.inside["strong"] == "Nobody was hurt"


def test_a_cell_is_shown_in_its_row_under_its_headings() -> None:
    document = make("# Garage\n\n## Model 3\n\n| Item | Price |\n|---|---|\n| Oil check | 12 euros |\n")
    answer = Answer("How much?", (citation := cited(document, "12 euros")).span, 0.9, (citation,))
    read = Reader(message.answer(answer, Exchange(1, answer.question, answer), one_document=True))
    assert "Item: Oil check; Price: 12 euros" in read.text
    assert 'class="title">Model 3<' in message.answer(answer, Exchange(1, answer.question, answer), one_document=True)
    assert "Garage › Model 3 (made.txt, characters " in read.text
    assert citation.to_dict()["path"] == ["Model 3"]
    assert citation.to_dict()["around"] == {"before": "Item: Oil check; Price: ", "after": ""}


def test_talk_and_overviews_have_no_confidence() -> None:
    document = make("# Tea\n\nTea is hot and comes from Assam.")
    title, sentence = cited(document, "Tea"), cited(document, "Tea is hot and comes from Assam.", 2)
    about = Answer("?", title.span, 1.0, (title, sentence), kind="overview")
    talk = Answer("Hi", None, 1.0, kind="talk", reply="Hello.")
    read = Reader(message.answer(about, Exchange(1, "?", about), one_document=True))
    assert read.text.startswith("Tea\N{NO-BREAK SPACE}[1]")
    assert "Tea is hot and comes from Assam.\N{NO-BREAK SPACE}[2]" in read.text
    said = Reader(message.answer(talk, Exchange(2, "Hi", talk, next=("Is tea hot?",)), one_document=True))
    assert said.text == "Hello.TryIs tea hot?"
    assert "100" not in read.text + said.text


@pytest.mark.parametrize("quote", ["alert(1)", "<script>", "🍵 עברית", "</script>\n\n&amp;"])
def test_a_hostile_document_is_only_text(quote: str) -> None:
    document = make(NASTY, source="<b>.txt")
    answer = Answer(NASTY, (citation := cited(document, quote)).span, 0.9, (citation,), understood=NASTY)
    none = Answer(NASTY, None, 0.1, nearest=(Hit(document.span, 1.0),))
    exchange = Exchange(1, NASTY, next=(NASTY,))
    pieces = [
        render.article(document, answer.citations),
        render.contents({"a": document, "b": document}),
        message.answer(answer, exchange, one_document=False, feedback=NASTY),
        message.answer(none, exchange, one_document=False, feedback=NASTY),
        message.question(NASTY),
        message.problem(NASTY),
        buttons([NASTY], "Try"),
        toolbar.bar({document.id: document}, [document], [document.id]),
    ]
    for piece in pieces:
        assert set(re.findall(r"<([^/\s>]+)", piece)) <= OURS
        assert not {"`", "$", "{"} & set(piece)
        for _, attributes in Reader(re.sub(r"<(?:br|input)[^>]*>", "", piece)).tags:
            assert not any(name.startswith("on") or name in ("style", "src") for name in attributes)
            assert (attributes.get("href") or "?").startswith(("?", "texts/"))
    assert Reader(pieces[0]).inside["mark"] == quote.replace("\n\n", "")


def test_nothing_found_says_so_labels_the_nearest_passage_and_says_what_can_be_answered() -> None:
    document = make("Tea is hot.")
    answer = Answer("q", None, 0.1, nearest=(Hit(document.span, 1.0),))
    exchange = Exchange(1, "q", answer, next=("Is tea hot?", "Who drinks?"))
    one, several = (message.answer(answer, exchange, one_document) for one_document in (True, False))
    assert "The article does not say." in Reader(one).text
    assert "The documents do not say." in Reader(several).text
    assert "not an answer" in Reader(one).text
    assert Reader(one).inside["blockquote"] == "Tea is hot. Show it in the text"
    assert len(Reader(one).attributes("button")) == 2
    assert "cite" not in message.answer(Answer("q", None, 0.0), Exchange(1, "q"), True)


def test_other_possible_answers_lead_to_marks_of_their_own() -> None:
    document, elsewhere = make("Ann came. Bob & Cleo saw Ann."), make("Dora came.")
    citations = (cited(document, "Ann"), Citation(2, Span(document, 25, 28), document.span))
    also = (Alternative(cited(document, "Bob & Cleo", 3), 0.6), Alternative(cited(elsewhere, "Dora", 4), 0.3))
    answer = Answer("q", citations[0].span, 0.9, citations, also)
    read = Reader(message.answer(answer, Exchange(7, "q", answer), one_document=False))
    cites = [link["id"] for link in read.attributes("a") if link["class"] == "cite"]
    assert cites == ["cite-7-1", "cite-7-2", "cite-7-4", "cite-7-3"]
    # Of the two documents side by side, then of the other possible answer of the first one, then of the answer.
    bands = ["band sure", "band unsure", "band likely", "band sure"]
    assert [details["class"] for details in read.attributes("details")] == bands
    assert "What each document says" in read.text
    alone = message.answer(replace(answer, alternatives=also[:1]), Exchange(7, "q", answer), one_document=False)
    assert "What each document says" not in Reader(alone).text
    shown = Reader(render.article(document, citations, 7, [other.citation for other in also]))
    marks = [(mark["id"], mark["class"]) for mark in shown.attributes("mark")]
    assert marks == [("mark-7-1", "cited"), ("mark-7-3", "cited also"), ("mark-7-2", "cited")]


def test_feedback_is_offered_only_where_it_is_kept_and_says_where() -> None:
    document = make("Tea is hot.")
    answer = Answer("q", (citation := cited(document, "hot")).span, 0.9, (citation,))
    exchange = Exchange(2, "q", answer)
    html = message.answer(answer, exchange, True, feedback="said.jsonl")
    ids = [button["id"] for button in Reader(html).attributes("button") if button["class"] == "reason"]
    assert ids == ["reason-2-right", "reason-2-wrong_words", "reason-2-wrong_passage", "reason-2-should_abstain"]
    assert "Kept in said.jsonl" in Reader(html).text
    none = message.answer(Answer("q", None, 0.1), exchange, True, feedback="said.jsonl")
    assert [button["id"] for button in Reader(none).attributes("button")] == ["reason-2-right", "reason-2-should_answer"]
    assert "reason" not in message.answer(answer, exchange, True)


def test_a_private_text_has_no_address() -> None:
    document = make("Tea is hot.")
    answer = Answer("q", (citation := cited(document, "hot")).span, 0.9, (citation,))
    html = message.answer(answer, Exchange(1, "q", answer, documents=(document.id,), private=True), True)
    assert "permalink" not in html
    assert "texts/" not in html
    assert f"document&#61;{document.id}" not in html
