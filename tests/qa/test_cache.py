from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from index.document import Span
from index.store import Index
from qa.bot import Bot
from qa.cache import CachedBot, cached
from qa.read.reader import Candidate
from qa.retrieve.retriever import Retriever
from qa.understand.question import Turn
from tests.conftest import LetterEncoder, WordReader, make

QUESTIONS = ["where tea comes from", "where wine comes from", "how heavy?"]


class CountingReader(WordReader):
    """Counts how often each question was read for."""

    def __init__(self) -> None:
        self.read_for: list[str] = []

    def read(self, question: str, passages: Sequence[Span], count: int = 5) -> list[Candidate]:
        self.read_for.append(question)
        return super().read(question, passages, count)


@pytest.fixture
def bot() -> Bot:
    documents = [make(text, text[:4]) for text in ("Wine comes from Bordeaux.", "Tea comes from Assam.")]
    return cached(Bot(Retriever(Index.build(documents, LetterEncoder())), CountingReader()), 9)


def read_for(bot: Bot) -> list[str]:
    assert isinstance(bot.reader, CountingReader)
    return bot.reader.read_for


def test_answers_are_those_of_the_bot_and_read_once(bot: Bot) -> None:
    plain = Bot(bot.retriever, WordReader())
    for _ in range(3):
        for question in QUESTIONS:
            assert bot.ask(question) == plain.ask(question)
    assert read_for(bot) == QUESTIONS
    timings = bot.ask(QUESTIONS[0]).timings_ms
    assert (timings["retrieve"], timings["read"]) == (0, 0)
    assert timings["total"] < 100


def test_another_history_or_document_is_another_question(bot: Bot) -> None:
    first, second = (document.id for document in bot.index.documents)
    asked = [{}, {"documents": [first]}, {"documents": [second]}, {"history": [Turn("a")]}, {"history": [Turn("a", "b")]}]
    answers = [bot.ask("where it comes from", **each) for each in asked]  # type: ignore[arg-type]
    assert [bot.ask("where it comes from", **each) for each in asked] == answers  # type: ignore[arg-type]
    assert isinstance(bot, CachedBot)
    assert len(bot._answers) == len(asked)
    assert answers[1].text != answers[2].text


def test_earlier_turns_than_the_last_make_no_other_question(bot: Bot) -> None:
    for earlier in ("a", "b"):
        bot.ask("where it comes from", [Turn(earlier), Turn("tea")])
    assert len(read_for(bot)) == len(set(read_for(bot)))


def test_a_bot_that_is_made_of_another_has_answers_of_its_own(bot: Bot) -> None:
    answer = bot.ask(QUESTIONS[0])
    tea = Retriever(Index.build([make("Tea comes from China.", "own")], LetterEncoder()))
    assert replace(bot, retriever=tea).ask(QUESTIONS[0]).text != answer.text
    assert bot.ask(QUESTIONS[0]) == answer


def test_the_least_recently_asked_is_forgotten(bot: Bot) -> None:
    bot = cached(Bot(bot.retriever, bot.reader), 2)
    for question in ("tea a", "tea b", "tea a", "tea c", "tea a", "tea b"):
        bot.ask(question)
    assert read_for(bot) == ["tea a", "tea b", "tea c", "tea b"]


def test_what_cannot_be_asked_is_refused_each_time(bot: Bot) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="is empty"):
            bot.ask(" ")


def test_it_may_be_asked_from_many_threads(bot: Bot) -> None:
    plain = Bot(bot.retriever, WordReader())
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(bot.ask, QUESTIONS * 50))
    assert answers == [plain.ask(question) for question in QUESTIONS] * 50


def test_none_are_remembered_if_none_may_be(bot: Bot) -> None:
    plain = Bot(bot.retriever, bot.reader)
    assert cached(plain, 0) is plain
