"""A view is read, and leads back to the document."""

import gc
import weakref

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as some

from index.document import Document, Span
from index.split import split
from index.view import LONGEST_PATH, path, view
from tests.conftest import make
from tests.index.test_structure import PIECES

PRICES = """\
# Volta garage

Prices from May.

## Model 3

| Item | Price | Time |
|---|--:|---|
| Tyre change | 40 euros | 1 h |
| Oil check | 12 euros | |

## Model S

- Tyre change: 60 euros
"""


def seen(document: Document) -> list[str]:
    return [view(passage).text for passage in split(document)]


def test_a_passage_is_read_under_its_headings_and_a_cell_under_its_column() -> None:
    assert seen(make(PRICES)) == [
        "# Volta garage\n\nPrices from May.",
        "Volta garage\n## Model 3\n\nItem; Price; Time\n"
        "Item: Tyre change; Price: 40 euros; Time: 1 h\nItem: Oil check; Price: 12 euros\n",
        "Volta garage\n## Model S\n\n- Tyre change: 60 euros",
    ]


def test_a_plain_paragraph_is_read_as_it_stands() -> None:
    text = "Ann went to Oslo in May, and she took the slow train that stops everywhere."
    (passage,) = split(make(text))
    assert (view(passage).text, view(passage).pieces) == (text, ((0, 0, len(text)),))


def test_words_of_a_view_lead_back_to_the_document_or_nowhere() -> None:
    document = make(PRICES)
    read = view(split(document)[1])

    def back(words: str) -> str | None:
        start = read.text.index(words)
        span = read.span(start, start + len(words))
        citable = read.citable(np.array([[start, start + len(words)]]))
        assert bool(citable[0]) == (span is not None)
        return span.text if span else None

    assert back("40 euros") == "40 euros"
    assert back("Tyre change") == "Tyre change"
    assert back("Volta") is None, "a heading above"
    assert back("Price: ") is None, "a column head at a cell"
    assert back("40 euros; Time: 1 h") is None, "two cells"
    assert back("Model 3") == "Model 3", "a heading in the passage"
    cell = Span(document, document.text.index("12 euros"), document.text.index("12 euros") + 8)
    assert read.text[read.find(cell) :].startswith("12 euros")  # type: ignore[misc]
    assert view(split(document)[2]).find(cell) is None


def test_a_long_table_is_cut_between_rows_and_keeps_its_column_heads() -> None:
    rows = "".join(f"| Line {number} | {number} minutes | every day but Sunday |\n" for number in range(40))
    document = make(f"## Trams\n\n| Line | Takes | Runs |\n|---|---|---|\n{rows}")
    passages = split(document)
    assert len(passages) > 2
    for passage in passages:
        read = view(passage)
        assert len(read.text) < 1000
        assert read.text.endswith("\n")
        for line in read.text.strip().splitlines()[-2:]:
            assert line.startswith("Line: Line ")
            assert "; Takes: " in line
    assert {f"Line: Line {n}; Takes: {n} minutes; Runs: every day but Sunday" for n in range(40)} <= {
        line for passage in passages for line in view(passage).text.splitlines()
    }


def test_a_section_is_not_joined_with_the_next() -> None:
    document = make("# Fees\n\nAdults: 9 euros.\n\n## Baths\n\nFree.\n\n## Sauna\n\nDear.\n\nWarm.\n")
    assert [passage.text for passage in split(document)] == [
        "# Fees\n\nAdults: 9 euros.",
        "## Baths\n\nFree.",
        "## Sauna\n\nDear.\n\nWarm.",
    ]


def test_the_innermost_headings_are_shown_if_there_is_not_room_for_all() -> None:
    long = [f"{'#' * level} {name * 80}" for level, name in enumerate("abcd", 1)]
    document = make("\n\n".join([*long, f"{'One sentence here. ' * 60}"]))
    last = split(document)[-1]
    assert [heading.text[0] for heading in path(last)] == ["a", "b", "c", "d"]
    assert [line[0] for line in view(last).text.splitlines()[:-1]] == ["a", "d"]
    assert len(view(last).text) <= LONGEST_PATH + len(last.text) + 4


def test_a_document_that_was_read_is_not_kept() -> None:
    document = make(PRICES)
    assert view(split(document)[0]).text
    kept = weakref.ref(document)
    del document
    gc.collect()
    assert kept() is None


@settings(max_examples=300)
@given(PIECES, some.integers(0, 500), some.integers(1, 60))
def test_every_piece_of_a_view_is_the_document_s_text(text: str, start: int, length: int) -> None:
    if not text.strip():
        return
    document = make(text)
    covered: set[int] = set()
    for passage in split(document):
        read = view(passage)
        for first, at, size in read.pieces:
            assert read.text[first : first + size] == text[at : at + size]
            covered |= set(range(at, at + size))
        part = (start % (len(read.text) or 1), min(len(read.text), start % (len(read.text) or 1) + length))
        span = read.span(*part)
        if span:
            assert span.text == read.text[slice(*part)]
            assert passage.contains(span)
    marks = {i for table in document.structure.tables for i in range(*table.whole) if text[i] in "|-: \\\n\r"}
    assert covered | marks >= {i for i, letter in enumerate(text) if letter.isalnum()}
