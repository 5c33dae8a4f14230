import json

import pytest

from index.document import Hit
from qa.answer import Alternative, Answer
from qa.web.page import export
from qa.web.page.conversation import Exchange
from tests.conftest import make
from tests.qa.web.page.test_render import cited

DOCUMENT = make("Tea\n\nAnn drank *hot* tea.\nBob did not.", source="tea.txt")
FOUND = Answer(
    "who *drank*?",
    (first := cited(DOCUMENT, "Ann")).span,
    0.87,
    (first,),
    (Alternative(cited(DOCUMENT, "Bob", 2), 0.4),),
    understood="Who drank?",
)
NONE = Answer("how much?", None, 0.1, nearest=(Hit(cited(DOCUMENT, "Bob did not.").span, 1.0),))
CONVERSATION = [Exchange(1, FOUND.question, FOUND), Exchange(2, "how much?", NONE), Exchange(3, "x", problem="Too [long].")]


def test_a_copied_answer_brings_its_sentence_and_its_place() -> None:
    assert export.with_citation(FOUND) == "Ann [1]\n\n[1] “Ann drank *hot* tea.” Tea (tea.txt, characters 5 to 8)"


def test_json_is_what_the_api_gives() -> None:
    exported = json.loads(export.to_json(CONVERSATION))
    assert exported == {
        "conversation": [FOUND.to_dict(), NONE.to_dict(), {"question": "x", "error": {"message": "Too [long]."}}]
    }


def test_markdown_says_all_of_it_and_reads_nothing_as_markup() -> None:
    assert export.to_markdown(CONVERSATION) == (
        "# Questions and answers\n\n"
        "## who \\*drank\\*?\n\n"
        "Read as: Who drank?\n\n"
        "**Ann** [1], with a confidence of 87%\n\n"
        "> **Ann** drank \\*hot\\* tea.\n>\n> [1] Tea (tea.txt, characters 5 to 8)\n\n"
        "Also possible: **Bob**, 40%\n\n"
        "> **Bob** did not.\n>\n> [2] Tea (tea.txt, characters 26 to 29)\n\n"
        "## how much?\n\n"
        "Not said in the documents.\n\n"
        "Nearest passage, not an answer:\n\n> Bob did not.\n\n"
        "## x\n\n"
        "Too \\[long\\].\n"
    )


@pytest.mark.parametrize(
    ("text", "quote", "expected"),
    [
        ("It cost US$5 million.", "$5 million", "> It cost US\\$5 million."),
        ("It cost $5 million.", "$5 million", "> It cost **\\$5 million**."),
        ("- He said &copy; here.", "He", "> \\- **He** said \\&copy; here."),
        ("1) He said so.", "said", "> 1\\) He **said** so."),
    ],
)
def test_a_quotation_is_as_markdown_shows_it(text: str, quote: str, expected: str) -> None:
    document = make(text)
    citation = cited(document, quote)
    exchange = Exchange(1, "q", Answer("q", citation.span, 0.9, (citation,)))
    assert expected in export.to_markdown([exchange]).splitlines()
