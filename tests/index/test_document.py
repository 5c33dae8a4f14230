import pytest

from index.document import Document, Span
from tests.conftest import make


def test_the_title_is_the_first_line_or_its_beginning() -> None:
    assert Document.from_text("\n  Two  words \nmore", "a.txt").title == "Two words"
    assert Document.from_text("Who signed? " * 100, "a.txt").title == "Who signed? " * 9 + "Who …"
    assert Document.from_text("x" * 5000, "a.txt").title == "x" * 118 + " …"


def test_the_id_depends_on_the_text_alone() -> None:
    assert make("same", "a.txt").id == make("same", "b.txt").id != make("other", "a.txt").id


def test_the_page_of_a_place() -> None:
    document = Document.from_text("one two three", "a.pdf", pages=(0, 4, 8))
    assert [document.page(at) for at in (0, 3, 4, 12)] == [1, 1, 2, 3]
    assert make("one").page(0) is None


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (2, 2), (3, 2), (0, 6)])
def test_a_span_lies_inside_its_document(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="is not a range of made.txt"):
        Span(make("hello"), start, end)


def test_spans_count_code_points() -> None:
    document = make("a😀bc")
    assert Span(document, 2, 4).text == "bc"


def test_overlap_and_containment_by_hand() -> None:
    document = make("0123456789")
    span = Span(document, 2, 5)
    assert span.overlaps(Span(document, 4, 7))
    assert not span.overlaps(Span(document, 5, 7))  # half-open
    assert span.contains(Span(document, 2, 5))
    assert not span.contains(Span(document, 1, 3))
    assert not span.overlaps(Span(make("abcdefghij"), 2, 5))
