import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from index.document import Span
from index.store import Index
from qa.answer import Citation, Turn
from qa.bot import LONGEST_QUESTION, Bot, whole
from qa.history import leans_on_history, readings
from qa.reader import Candidate
from qa.retriever import Retriever
from tests.conftest import LetterEncoder, WordReader, make

TEXTS = ["Wine comes from Bordeaux usually.", "Tea comes from Assam mostly.", "Bricks are heavy."]


@pytest.fixture
def bot(encoder: LetterEncoder) -> Bot:
    return Bot(Retriever(Index.build([make(text, f"{i}.txt") for i, text in enumerate(TEXTS)], encoder)), WordReader())


def test_an_answer_and_its_citation_are_slices_of_the_document(bot: Bot) -> None:
    answer = bot.ask("where tea comes from")
    assert answer.found
    assert answer.text == "Assam"
    (citation,) = answer.citations
    assert citation.span.document.text[citation.span.start : citation.span.end] == "Assam"
    assert citation.passage.contains(citation.span)


def test_the_wire_format(bot: Bot) -> None:
    found = json.loads(json.dumps(bot.ask("where tea comes from").to_dict()))
    document = bot.index.documents[1]
    assert found["citations"] == [
        {
            "number": 1,
            "document": document.id,
            "title": TEXTS[1],
            "source": "1.txt",
            "start": 15,
            "end": 20,
            "quote": "Assam",
            "passage": {"start": 0, "end": len(TEXTS[1]), "text": TEXTS[1]},
        }
    ]
    assert (found["found"], found["answer"], found["nearest"]) == (True, "Assam", [])
    assert set(found["timings_ms"]) == {"retrieve", "read", "total"}
    assert 0 <= found["confidence"] <= 1


def test_nothing_found_shows_the_nearest_passages(bot: Bot) -> None:
    answer = bot.ask("how heavy?")
    assert (answer.found, answer.text, answer.citations) == (False, None, ())
    assert len(answer.nearest) == 3
    assert answer.to_dict()["answer"] is None
    assert set(answer.to_dict()["nearest"][0]) == {"document", "title", "start", "end", "text", "score"}


@pytest.mark.parametrize("question", ["", "  \n\t"])
def test_an_empty_question(bot: Bot, question: str) -> None:
    with pytest.raises(ValueError, match="The question is empty"):
        bot.ask(question)


def test_an_overlong_question(bot: Bot) -> None:
    with pytest.raises(ValueError, match="100,000 characters; at most 2,000"):
        bot.ask("x" * 100_000)
    bot.ask("x" * LONGEST_QUESTION)


def test_threads_get_the_answers_that_one_gets(bot: Bot) -> None:
    questions = ["where tea comes from", "where wine comes from", "how heavy?"] * 8
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(bot.ask, questions)) == [bot.ask(question) for question in questions]


@pytest.mark.parametrize("question", ["And near Kirkuk?", "why?", "When was that?", "What did he say?", "how many"])
def test_questions_that_lean_on_history(question: str) -> None:
    assert leans_on_history(question)


@pytest.mark.parametrize("question", ["Who is Kerry?", "How many raids near Mosul?", "when did talks start"])
def test_questions_that_stand_alone(question: str) -> None:
    assert not leans_on_history(question)
    assert readings(question, [Turn("Anything?", "Yes")]) == [question]


def test_a_follow_up_is_read_with_the_last_turn() -> None:
    turns = [Turn("Who is first?", "Ann"), Turn("Who spoke?", "Kerry")]
    assert readings("What did he say?", turns) == ["What did he say?", "Who spoke? Kerry. What did he say?"]
    assert readings("What did he say?", [Turn("Who spoke?")])[1] == "Who spoke? What did he say?"
    assert readings("What did he say?", []) == ["What did he say?"]


def test_a_citation_knows_its_sentence() -> None:
    document = make("Mr. Ann left. Bob  stayed on\n\nFriday. Cleo came. ")
    text = document.text

    def sentence(words: str) -> str:
        start = text.index(words)
        return Citation(1, Span(document, start, start + len(words)), document.span).sentence.text

    assert sentence("Bob") == "Bob  stayed on"
    assert sentence("on\n\nFriday") == "Bob  stayed on\n\nFriday."
    assert sentence("Ann") == "Mr. Ann left."
    assert sentence("left. Bob") == "Mr. Ann left. Bob  stayed on"
    assert sentence("came. ") == "Cleo came. "


@pytest.mark.parametrize(
    ("words", "expected"),
    [("Rome.", "Rome"), ("U.S.", "U.S."), ("Ann,", "Ann"), ("May 1999", "3 May 1999"), ("1999.", "3 May 1999"), (",", ",")],
)
def test_an_answer_is_whole_and_without_the_sentence_s_full_stop(words: str, expected: str) -> None:
    document = make("Ann, of the U.S. army, was in Rome. It was 3 May 1999.")
    start = document.text.index(words)
    candidate = Candidate(Span(document, start, start + len(words)), document.span, 1.0)
    assert whole(candidate, "when?").text == expected
