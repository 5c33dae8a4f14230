import re
import string
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from index.document import Document, Span
from qa.answer import Citation
from qa.web.page import render
from tests.conftest import make


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
        if tag not in ("img", "input"):  # They have no end.
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


def test_a_passage_that_is_no_answer_has_a_mark_without_a_number() -> None:
    document = make("Tea is hot and wet.")
    read = Reader(render.article(document, exchange=3, nearest=[cited(document, "hot", 0)]))
    assert read.attributes("mark") == [{"class": "cited nearest", "id": "mark-3-0", "tabindex": "-1"}]


def test_a_private_text_says_that_it_is() -> None:
    assert "Only you see this text" in render.article(make("Tea."), private=True)
    assert "Only you" not in render.article(make("Tea."))


def test_listed_documents_can_be_chosen() -> None:
    documents = [make(f"Text {number}") for number in range(render.MOST_LISTED + 3)]
    html = render.contents({document.id: document for document in documents})
    links = Reader(html).attributes("a")
    assert [link["href"] for link in links] == [f"?document={document.id}" for document in documents[: render.MOST_LISTED]]
    assert "and 3 more" in html


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


def test_of_a_very_long_document_the_part_around_the_citation_that_was_followed_is_shown() -> None:
    document = make("filler. " * 50_000 + "The needle is here." + " filler." * 50_000 + " Here is the thread.")
    citations = [cited(document, "needle", 1), cited(document, "thread", 2)]
    for citation in citations:
        html = render.article(document, citations, number=citation.number)
        assert Reader(html).inside["mark"] == citation.span.text
        assert len(html) < 2 * render.LONGEST_SHOWN
        assert "are not shown" in html


def test_headings_and_tables_are_shown_as_such_and_a_cell_is_marked_in_its_table() -> None:
    document = make(
        "# Garage\n\n## Model 3\nPrices:\n\n| Item | Price |\n|---|--:|\n| Oil check | $12 |\n\n### Times\n\nNone.\n"
    )
    html = render.article(document, [cited(document, "$12")])
    read = Reader(html)
    assert [(tag, part) for tag, part in re.findall(r"<(h\d|p|th|td)>([^<]*)", html)] == [
        ("h2", "Garage"),
        ("h3", "Model 3"),
        ("p", "Prices&#58;"),
        ("th", "Item"),
        ("th", "Price"),
        ("td", "Oil check"),
        ("td", ""),
        ("h4", "Times"),
        ("p", "None&#46;"),
    ]
    assert read.inside["mark"] == "$12"
    assert [mark["id"] for mark in read.attributes("mark")] == ["mark-0-1"]


def test_a_mark_over_several_cells_has_one_beginning() -> None:
    document = make("| Item | Price |\n|---|---|\n| Oil | 12 |\n")
    html = render.article(document, nearest=[Citation(0, document.span, document.span)])
    read = Reader(html)
    assert read.inside["mark"] == "ItemPriceOil12"
    assert [mark.get("id") for mark in read.attributes("mark")] == ["mark-0-0", None, None, None]
