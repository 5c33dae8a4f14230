import re
import string
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.document import Document, Hit, Span
from qa.answer import Alternative, Answer, Citation
from qa.web import render
from tests.conftest import make

NASTY = "<script>alert(1)</script>\n\n&amp; \"q\" 'a' `code` $$x$$ ${y} {{z}} **b** [l](http://e.org) 🍵 עברית"


class Reader(HTMLParser):
    """What a browser would make of some HTML: its tags, its text, and the text of each mark and strong element."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, str] = {"mark": "", "strong": "", "blockquote": ""}
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        for tag in self.inside.keys() & set(self.open):
            self.inside[tag] += data

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def cited(document: Document, quote: str, number: int = 1) -> Citation:
    start = document.text.index(quote)
    return Citation(number, Span(document, start, start + len(quote)), document.span)


@given(st.text())
def test_escaped_text_reads_as_itself_and_holds_no_markup(text: str) -> None:
    escaped = render.escape(text)
    read = Reader(f"<p>{escaped}</p>")
    assert read.text == text.replace("\0", "\ufffd")
    assert [tag for tag, _ in read.tags] == ["p"]
    assert not set(re.sub(r"&#\d+;", "", escaped)) & set(string.punctuation)


def test_the_answer_is_bold_in_its_sentence_and_numbered() -> None:
    document = make("It rained. Mr. Abe paid $3 for\ntea. It stopped.")
    answer = Answer("q", (citation := cited(document, "$3")).span, 0.9, (citation,))
    read = Reader(render.answer(answer, 4, one_document=True))
    assert read.inside["strong"] == "$3"
    assert read.text == "Mr. Abe paid $3 for tea.\N{NO-BREAK SPACE}[1]sure"
    assert read.attributes("button")[0]["id"] == "cite-4-1"
    assert read.attributes("span")[0]["title"] == "Confidence 90%"


def test_the_mark_is_the_span_and_has_the_number_of_the_answer() -> None:
    document = make("Title\n\nIt rained. Mr. Abe paid $3 for tea.\n\nThe end came.")
    read = Reader(render.article(document, [cited(document, "$3 for tea")], 4))
    assert read.inside["mark"] == "$3 for tea"
    assert read.attributes("mark") == [{"class": "cited", "id": "mark-4-1", "tabindex": "-1", "data-number": "1"}]
    assert [tag for tag, _ in read.tags] == ["article", "h2", "p", "mark", "p", "footer"]


def test_a_mark_over_two_paragraphs_has_one_id_and_one_number() -> None:
    document = make("One two\n\nthree four.")
    read = Reader(render.article(document, [cited(document, "two\n\nthree")], 1))
    first, last = read.attributes("mark")
    assert read.inside["mark"] == "twothree"
    assert ("id" in first, "data-number" in first) == (True, False)
    assert ("id" in last, "data-number" in last) == (False, True)


def test_citations_of_other_documents_and_overlaps_do_no_harm() -> None:
    document, other = make("Tea is hot and wet."), make("Wine is red.")
    marks = [cited(other, "red"), cited(document, "hot and", 1), cited(document, "and wet", 2)]
    assert Reader(render.article(document, marks)).inside["mark"] == "hot and wet"


@pytest.mark.parametrize("quote", ["alert(1)", "<script>", "🍵 עברית", "</script>\n\n&amp;"])
def test_a_hostile_document_is_only_text(quote: str) -> None:
    document = make(NASTY, source="<b>.txt")
    answer = Answer(NASTY, (citation := cited(document, quote)).span, 0.9, (citation,))
    none = Answer(NASTY, None, 0.1, nearest=(Hit(document.span, 1.0),))
    pieces = [
        render.article(document, answer.citations),
        render.contents([document, document]),
        render.answer(answer, 1, one_document=False),
        render.answer(none, 1, one_document=False),
        render.question(NASTY),
        render.problem(NASTY),
    ]
    ours = {
        "article",
        "h2",
        "h3",
        "p",
        "mark",
        "footer",
        "div",
        "span",
        "strong",
        "button",
        "blockquote",
        "br",
        "ul",
        "li",
        "small",
    }
    for piece in pieces:
        tags = [tag for tag in re.findall(r"<([^/\s>]+)", piece)]
        assert set(tags) <= ours
        assert "`" not in piece
        assert "$" not in piece
        assert "{" not in piece
    assert Reader(pieces[0]).inside["mark"] == quote.replace("\n\n", "")


def test_nothing_found_says_so_and_labels_the_nearest_passage() -> None:
    document = make("Tea is hot.")
    answer = Answer("q", None, 0.1, nearest=(Hit(document.span, 1.0),))
    one, several = (render.answer(answer, 1, one_document) for one_document in (True, False))
    assert "The article does not say." in Reader(one).text
    assert "The documents do not say." in Reader(several).text
    assert "not an answer" in Reader(one).text
    assert Reader(one).inside["blockquote"] == "Tea is hot."
    assert render.answer(Answer("q", None, 0.0), 1, True).count("<div") == 1


def test_paragraphs_stay_paragraphs_whatever_the_line_ends() -> None:
    for end in ("\n", "\r\n", "\r"):
        text = end.join(["Title", "", "One is here,", "  on two lines.", " ", "A heading", "", "", "Two is here."])
        tags = [tag for tag, _ in Reader(render.article(make(text))).tags]
        assert tags == ["article", "h2", "p", "h3", "p", "footer"]


@given(st.text(alphabet="ab.\n\r \t", min_size=1).filter(str.strip))
def test_the_article_loses_no_word(text: str) -> None:
    document = make(text)
    shown = Reader(render.article(document)).text.removesuffix(document.source)
    assert "".join(shown.split()) == "".join(text.split())


def test_of_a_very_long_document_the_part_around_the_mark_is_shown() -> None:
    document = make("filler. " * 100_000 + "The needle is here." + " filler." * 100_000)
    html = render.article(document, [cited(document, "needle")])
    assert Reader(html).inside["mark"] == "needle"
    assert len(html) < 2 * render.LONGEST_SHOWN
    assert "are not shown" in html


def test_other_possible_answers_lead_to_marks_of_their_own() -> None:
    document, elsewhere = make("Ann came. Bob & Cleo saw Ann."), make("Dora came.")
    citations = (cited(document, "Ann"), Citation(2, Span(document, 25, 28), document.span))
    also = (Alternative(cited(document, "Bob & Cleo", 3), 0.6), Alternative(cited(elsewhere, "Dora", 4), 0.3))
    read = Reader(render.answer(Answer("q", citations[0].span, 0.9, citations, also), 7, one_document=False))
    assert [button["id"] for button in read.attributes("button")] == ["cite-7-1", "cite-7-2", "cite-7-3"]
    assert "Also possibleBob & Cleo\N{NO-BREAK SPACE}[3] likelyDora\N{NO-BREAK SPACE}Dora came. unsure" in read.text
    shown = Reader(render.article(document, citations, 7, [other.citation for other in also]))
    marks = [(mark["id"], mark["class"]) for mark in shown.attributes("mark")]
    assert marks == [("mark-7-1", "cited"), ("mark-7-3", "cited also"), ("mark-7-2", "cited")]
