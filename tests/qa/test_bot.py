import json
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from index.document import Span
from index.store import Index
from qa.answer import Answer, Citation
from qa.bot import Bot
from qa.read.reader import Candidate
from qa.retrieve.retriever import Retriever
from qa.understand.question import LONGEST_QUESTION
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
            "around": {"before": "Tea comes from ", "after": " mostly."},
            "path": [],
            "page": None,
            "passage": {"start": 0, "end": len(TEXTS[1]), "text": TEXTS[1]},
        }
    ]
    assert (found["found"], found["answer"], found["nearest"]) == (True, "Assam", [])
    (other,) = found["alternatives"]
    assert other.keys() == {"answer", "verdict", "confidence", "citation"}
    assert (other["citation"]["quote"], other["citation"]["number"]) == (other["answer"], 2) == ("Bordeaux", 2)
    assert set(found["timings_ms"]) == {"retrieve", "read", "total"}
    assert 0 <= found["confidence"] <= 1


def test_nothing_found_shows_the_nearest_passages(bot: Bot) -> None:
    answer = bot.ask("how heavy?")
    assert (answer.found, answer.text, answer.citations) == (False, None, ())
    assert len(answer.nearest) == 3
    assert answer.to_dict()["answer"] is None
    assert answer.nearest[0].span.text == TEXTS[2], "the one that the reader would answer from"
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


class ListedReader(WordReader):
    """Sees the given words, each with a score, at their every place in the passages."""

    def __init__(self, scores: dict[str, float]) -> None:
        self.scores = scores

    def read(self, question: str, passages: Sequence[Span], count: int = 5) -> list[Candidate]:
        found = [
            Candidate(Span(p.document, p.start + match.start(), p.start + match.end()), p, score)
            for p in passages
            for words, score in self.scores.items()
            for match in re.finditer(words, p.text)
        ]
        return sorted(found, key=lambda candidate: -candidate.score)[:count]


def deciding(text: str, scores: dict[str, float], question: str = "who?") -> Answer:
    index = Index.build([make(text)], LetterEncoder())
    return Bot(Retriever(index), ListedReader(scores)).ask(question)


def test_other_likely_answers_are_alternatives_with_citations_of_their_own() -> None:
    answer = deciding("Ann met Bob, then Cleo met Dora.", {"Bob": 0.8, "Dora": 0.5, "Cleo": 0.2, "Ann": -1.0})
    assert answer.text == "Bob"
    assert [(other.citation.number, other.citation.span.text) for other in answer.alternatives] == [(2, "Dora"), (3, "Cleo")]
    assert [other.confidence for other in answer.alternatives] == pytest.approx([1 - answer.confidence] * 2)
    sent = answer.to_dict()["alternatives"][0]
    assert (sent["answer"], sent["confidence"], sent["citation"]["quote"]) == ("Dora", 0.31, "Dora")


def test_a_sure_answer_leaves_no_room_for_others() -> None:
    assert deciding("Ann met Bob, then Cleo met Dora.", {"Bob": 3.0, "Dora": 2.0}).alternatives == ()


def test_the_same_words_elsewhere_are_another_citation() -> None:
    answer = deciding("Ann came. Bob saw Ann. Cleo did not.", {"Ann": 0.8, "Cleo": 0.5})
    assert [(citation.number, citation.span.start) for citation in answer.citations] == [(1, 0), (2, 18)]
    assert [(other.citation.number, other.citation.span.text) for other in answer.alternatives] == [(3, "Cleo")]


def test_what_other_documents_say_stands_beside_the_answer() -> None:
    texts = ["Ann came, and Eve.", "It was Bob, or Cleo.", "It was Ann.", "It was Dora."]
    documents = [make(text, f"{number}.txt") for number, text in enumerate(texts)]
    scores = {"Ann": 3.0, "Eve": 2.9, "Bob": 2.0, "Cleo": 1.9, "Dora": -3.0}
    answer = Bot(Retriever(Index.build(documents, LetterEncoder())), ListedReader(scores)).ask("who?")
    assert {citation.span.document.source for citation in answer.citations} == {"0.txt", "2.txt"}
    # Of each document the best answer, if it is likely enough; it is as likely as if that document were the only one.
    assert [other.text for other in answer.alternatives] == ["Bob"]
    assert answer.alternatives[0].confidence > 1 - answer.confidence


def test_a_part_of_the_answer_is_no_alternative() -> None:
    answer = deciding("John Kerry came. Kerry spoke. KERRY left.", {"John Kerry": 3.0, "Kerry": 2.0, "KERRY": 1.0})
    assert answer.text == "John Kerry"
    assert answer.alternatives == ()
    assert len(answer.citations) == 1


def test_a_word_that_only_holds_the_letters_of_the_answer_is_an_alternative() -> None:
    answer = deciding("The US met Russia.", {"US": 0.8, "Russia": 0.5})
    assert [other.citation.span.text for other in answer.alternatives] == ["Russia"]


def test_the_same_words_on_other_lines_are_another_citation() -> None:
    answer = deciding("Ann\nLee came. Bob saw Ann Lee.", {"Ann\nLee": 3.0, "Ann Lee": 2.0})
    assert [citation.span.text for citation in answer.citations] == ["Ann\nLee", "Ann Lee"]
    assert answer.alternatives == ()


def test_at_most_three_alternatives() -> None:
    assert (
        len(deciding("Ann, Bob, Cleo, Dora, Eve, Fay.", dict.fromkeys(["Ann", "Bob", "Cleo", "Dora", "Eve"], 0.5)).alternatives)
        == 3
    )


def test_unlikely_answers_are_no_alternatives_and_no_answers() -> None:
    answer = deciding("Ann came.", {"Ann": -1.0})
    assert (answer.found, answer.alternatives) == (False, ())
