import pytest

from index.document import Span
from qa.decide.enumeration import whole_list
from tests.conftest import make


def joined(text: str, best: str, others: list[str], question: str) -> str:
    document = make(text)
    spans = [Span(document, text.index(part), text.index(part) + len(part)) for part in (best, *others)]
    return whole_list(spans[0], spans[1:], question).text


@pytest.mark.parametrize(
    ("text", "best", "others", "question", "expected"),
    [
        ("She grew plums, pears and figs.", "pears", ["figs", "plums"], "What did she grow?", "plums, pears and figs"),
        ("She grew plums, pears and figs.", "pears", ["figs"], "What did she grow?", "pears and figs"),
        ("It hit two near Rome, one in Lima and one in Oslo.", "near Rome", ["in Lima and one in Oslo"], "Where did it hit?",
         "near Rome, one in Lima and one in Oslo"),
        ("It rains in Rome; and the Hague.", "Rome", ["Hague"], "Where does it rain?", "Rome; and the Hague"),
        ("She grew plums, red pears, nuts and figs.", "plums", ["figs"], "What did she grow?",
         "plums, red pears, nuts and figs"),
        ("Ann, who came late to tea again, and Bob left.", "Ann", ["Bob"], "Who left?", "Ann"),
        # A comma alone also sets off what says more about a thing.
        ("She met Ann Lee, the mayor.", "Ann Lee", ["the mayor"], "Whom did she meet?", "Ann Lee"),
        ("She grew plums but sold figs.", "plums", ["figs"], "What did she grow?", "plums"),
        ("She grew plums.\n\nand figs.", "plums", ["figs"], "What did she grow?", "plums"),
        ("She grew plums and figs.", "plums", ["figs"], "Which fruit was grown?", "plums"),
        ("She came in 1975 and 1977.", "1977", ["1975"], "When did she come?", "1977"),
    ],
)  # fmt: skip
def test_lists_by_hand(text: str, best: str, others: list[str], question: str, expected: str) -> None:
    assert joined(text, best, others, question) == expected


def test_neighbours_in_another_document_are_no_items() -> None:
    one, other = make("plums and figs", "one"), make("plums and figs or kale", "other")
    assert whole_list(Span(one, 0, 5), [Span(other, 10, 14)], "What?").text == "plums"


def test_a_long_run_of_short_items_takes_no_time_to_tell_from_a_list() -> None:
    text = "Ann, " + ", ".join(["the one of two"] * 2000) + ". Bob and Eve"
    assert joined(text, "Ann", ["Bob"], "Who?") == "Ann"
