"""Headings and tables by hand, and laws that hold for any text."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from index.structure import LONGEST_ROW, parse

BODY = "The pool opens at nine, and it closes at five."


def headings(text: str) -> list[tuple[str, int]]:
    return [(text[slice(*heading.words)], heading.level) for heading in parse(text).headings]


def tables(text: str) -> list[list[list[str]]]:
    return [[[text[slice(*cell)] for cell in row.cells] for row in (table.heads, *table.rows)] for table in parse(text).tables]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"# Baths\n\n{BODY}\n\n## Fees ##\n{BODY}\n### Adults\n{BODY}", [("Baths", 0), ("Fees", 2), ("Adults", 3)]),
        (f"Baths\n=====\n\n{BODY}\n\nFees\n----\n{BODY}", [("Baths", 0), ("Fees", 2)]),
        (f"The baths\n\n{BODY}\n\nOpening hours\n\n{BODY}", [("The baths", 0), ("Opening hours", 2)]),
        (f"Baths\n\n{BODY}\n\n**Fees**\n\n{BODY}", [("Baths", 0), ("Fees", 2)]),
        (f"Rules\n\n3 Fees\n\n{BODY}\n\n3.2 Late fees\n\n{BODY}", [("Rules", 0), ("3.2 Late fees", 3)]),
        (f"Baths to close\n\nBy Ann Lee\n\n{BODY}", [("Baths to close", 0)]),
        (f"# Baths\n\nBy Ann Lee, Evening News\n\n{BODY}\n\n## Fees\n\n**2019**\n\n{BODY}", [("Baths", 0), ("Fees", 2)]),
        (f"Baths\n\nBy Ann Lee\n\n{BODY}\n\n## Fees\n{BODY}\n\n12 March\n\n{BODY}", [("Baths", 0), ("Fees", 2)]),
        (f"{BODY}\n\nFees\nare low\n\n{BODY}", []),
        (f"{BODY}\n\nDear Ann,\n\n{BODY}\n\nIs it open?\n\n{BODY}", []),
        (f"{BODY}\n\n- One\n\n- Two\n\n{BODY}\n\nAnn Lee", []),
        (f"{BODY}\n\n```\n# a comment\n```\n\n#hashtag\n\n{BODY}", []),
        (f"{BODY}\n\n{'Word ' * 100}\n\n# {'word ' * 100}\n", []),
        ("Baths", [("Baths", 0)]),
        ("", []),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_headings_by_hand(text: str, expected: list[tuple[str, int]], line_end: str) -> None:
    assert headings(text.replace("\n", line_end)) == expected


def test_the_headings_over_a_place_are_those_of_higher_rank_before_it() -> None:
    text = f"# Baths\n\n{BODY}\n\n## Fees\n\n### Adults\n\n{BODY}\n\n## Rules\n\n{BODY} Last."

    def over(words: str) -> list[str]:
        return [text[slice(*heading.words)] for heading in parse(text).over(text.index(words))]

    assert over(BODY) == ["Baths"]
    assert over("### Adults") == ["Baths", "Fees"]
    assert over("Last.") == ["Baths", "Rules"]
    assert over("# Baths") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("| A | B |\n|---|--:|\n| 1 | |\n| x \\| y | 2 |\n\nText | here.", [[["A", "B"], ["1", ""], ["x \\| y", "2"]]]),
        ("A | B\n:-: | -\n1 | 2", [[["A", "B"], ["1", "2"]]]),
        ("  | A | B |\n  |---|---|\n  | 1 | 2 |", [[["A", "B"], ["1", "2"]]]),
        ("|A|B|\n|-|-|\n|1|2|3|\n|4|", [[["A", "B"], ["1", "2", "3"], ["4"]]]),
        ("| A |\n|---|\n| 1 |\n\n|A|\n|-|\n|2|", [[["A"], ["1"]], [["A"], ["2"]]]),
        ("| A | B |\n|---|\n| 1 | 2 |", []),
        ("| A | B |\n| 1 | 2 |", []),
        ("| A | B |\n|---|---|", []),
        (f"| A |\n|---|\n| {'x' * LONGEST_ROW} |", []),
        (f"| {'x' * LONGEST_ROW} |\n|---|\n| A |", []),
    ],
)
def test_tables_by_hand(text: str, expected: list[list[list[str]]]) -> None:
    assert tables(text) == expected


PIECES = some.lists(
    some.sampled_from(
        ["\n", "\n\n", "\r\n", "  ", "# ", "## ", "Fees", "1.2 ", "---", "|", " | ", "a", "\\|", "===", "```", "**", " "]
    ),
    max_size=60,
).map("".join)


@settings(max_examples=300)
@given(PIECES)
def test_what_is_found_lies_in_order_in_the_text(text: str) -> None:
    structure = parse(text)
    found = sorted([heading.line for heading in structure.headings] + [table.whole for table in structure.tables])
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(found))
    for heading in structure.headings:
        words = text[slice(*heading.words)]
        assert words == words.strip() != ""
        assert not text[heading.line[0]].isspace()
        assert heading.line[0] <= heading.words[0] < heading.words[1] <= heading.line[1]
        levels = [above.level for above in structure.over(heading.line[0])]
        assert levels == sorted(set(levels))
        assert all(level < heading.level for level in levels)
    for table in structure.tables:
        rows = [table.heads, *table.rows]
        assert (rows[0].line[0], rows[-1].line[1]) == table.whole
        for row in rows:
            assert not text[row.line[0]].isspace()
            places = [row.line[0], *(at for cell in row.cells for at in cell), row.line[1]]
            assert places == sorted(places)
            assert all(text[slice(*cell)] == text[slice(*cell)].strip() for cell in row.cells)


@pytest.mark.parametrize(
    "line", [" ", "#", "# a ", "|", "|-", "-", "A", "1.", "**", "\\|", "- |", "```\n", "A\n\n", "|a\n|-\n|b\n\n"]
)
def test_long_texts_take_time_in_proportion(line: str) -> None:
    """No regular expression or loop here is quadratic: else this would take hours."""
    parse(line * (1_000_000 // len(line)) + "x")
