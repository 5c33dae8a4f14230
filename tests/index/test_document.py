from pathlib import Path

import pytest

from index.document import Document, Span
from tests.conftest import ARTICLE, make


def test_the_text_is_the_file_less_its_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "odd.txt"
    path.write_bytes("\ufeff\r\n  Title\u00a0here \r\n\r\n\tBody 😀\r\n".encode())
    document = Document.load(path)
    assert document.text == "\r\n  Title\u00a0here \r\n\r\n\tBody 😀\r\n"
    assert document.title == "Title here"


def test_the_article_is_byte_for_byte_what_it_was() -> None:
    assert Document.load(ARTICLE).text.encode() == ARTICLE.read_bytes()


def test_the_title_is_the_first_line_or_its_beginning() -> None:
    assert Document.from_text("\n  Two  words \nmore", "a.txt").title == "Two words"
    assert Document.from_text("Who signed? " * 100, "a.txt").title == "Who signed? " * 9 + "Who …"
    assert Document.from_text("x" * 5000, "a.txt").title == "x" * 118 + " …"


def test_the_id_depends_on_the_text_alone() -> None:
    assert make("same", "a.txt").id == make("same", "b.txt").id != make("other", "a.txt").id


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \n\t\r\n", "is empty"),
        (b"\xff\xfeh\x00i\x00", "is not UTF-8 text (byte 0 is 0xff)"),
        (b"abc\xe9", "is not UTF-8 text (byte 3 is 0xe9)"),
        (b"PK\x00\x01", "is binary (NUL at byte 2)"),
    ],
)
def test_what_is_not_text_is_refused_with_the_reason(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="bad.txt") as caught:
        Document.load(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


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
