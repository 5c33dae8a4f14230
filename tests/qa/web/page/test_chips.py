from collections.abc import Sequence

from index.document import Span
from index.encoders.sentence_encoder import SentenceEncoder
from index.store import Index
from qa.answer import Answer, Citation
from qa.bot import Bot
from qa.read.reader import ExtractiveReader
from qa.retrieve.retriever import Retriever
from qa.web.page.chips import MOST, MOST_OF_A_RULE, Suggestion, chosen, suggestions, to_begin_with, to_go_on_with
from qa.web.question_generation import Candidate, candidates
from tests.conftest import make

ALPHABET = make("abcdefghijklmnopqrstuvwxyz")
TEXT = """Apollo 11

Apollo 11 was planned for years. Twelve astronauts have walked on the Moon, said engineer Buzz Aldrin.
FAISS is a library for similarity search. It was praised by French President Georges Pompidou. He said it was his.
We met them in May."""


def test_questions_read_as_english_and_know_what_they_ask_for() -> None:
    made = {candidate.question: candidate.taken.text for candidate in candidates(make(TEXT))}
    praised = "It was praised by French President Georges Pompidou."
    assert made == {
        "What is FAISS?": "a library for similarity search",
        "How many astronauts have walked on the Moon?": "Twelve",
        "Who is the French President?": "Georges Pompidou",
        "Who is Georges Pompidou?": praised,
        "Who is Buzz Aldrin?": "Twelve astronauts have walked on the Moon, said engineer Buzz Aldrin.",
    }


def test_text_without_such_sentences_gives_no_question() -> None:
    assert list(candidates(make("🍵 🍵\n\nlorem ipsum dolor. זה טקסט. He said so."))) == []


def _tried(start: int, confidence: float, found: bool = True, rule: str = "r") -> tuple[Candidate, Answer]:
    span = Span(ALPHABET, start, start + 2)
    citations = (Citation(1, span, ALPHABET.span),)
    answer = Answer("q", span if found else None, confidence, citations if found else ())
    return Candidate(f"{start} {confidence}?", rule, span), answer


def _questions(kept: Sequence[Suggestion]) -> list[str]:
    return [one.question for one in kept]


def test_what_is_no_sentence_takes_no_time() -> None:
    # Some of the rules' expressions are cubic: on the whole line they would take minutes.
    assert list(candidates(make("The dogs a" + " are Aa, and b" * 1400 + ";"))) == []


def test_the_surest_are_kept_and_no_two_have_the_same_answer() -> None:
    tried = [_tried(0, 0.8), _tried(1, 0.9), _tried(4, 0.99, found=False), _tried(6, 0.8), _tried(8, 0.6)]
    assert _questions(chosen(tried)) == ["1 0.9?", "6 0.8?"]


def test_an_answer_beside_what_was_asked_for_is_not_kept() -> None:
    (candidate, _), (_, elsewhere) = _tried(0, 0.9), _tried(8, 0.9)
    assert chosen([(candidate, elsewhere)]) == []


def test_those_to_begin_with_are_few_and_differ_in_kind() -> None:
    one_kind = chosen([_tried(start, 0.9) for start in range(0, 24, 2)])
    assert len(one_kind) == 12
    assert len(to_begin_with(one_kind)) == MOST_OF_A_RULE
    assert len(to_begin_with(chosen([_tried(start, 0.9, rule=str(start)) for start in range(0, 24, 2)]))) == MOST


def test_those_to_go_on_with_are_near_and_new() -> None:
    known = chosen([_tried(start, round(0.7 + start / 100, 2)) for start in (0, 4, 8, 12, 20)])
    near = Span(ALPHABET, 9, 11)
    assert to_go_on_with(known, near, []) == ("12 0.82?", "4 0.74?", "0 0.7?")
    assert to_go_on_with(known, near, ["12 0.82?"]) == ("4 0.74?", "0 0.7?", "20 0.9?")
    assert to_go_on_with(known, None, []) == ("20 0.9?", "12 0.82?", "8 0.78?")
    elsewhere = make("Another text.")
    assert to_go_on_with([Suggestion("far?", elsewhere.span, "r"), *known], near, [])[-1] != "far?"


def test_suggestions_are_questions_that_the_bot_answers(real_encoder: SentenceEncoder, real_reader: ExtractiveReader) -> None:
    mill = make("The old mill was bought by the baker Anna Weber.\n\nThe carpenter Peter Lang restored it.")
    moon = make("The crew was led by the pilot Neil Armstrong. They were praised by the French President Georges Pompidou.")
    bot = Bot(Retriever(Index.build([mill, moon], real_encoder)), real_reader)
    known = suggestions(bot)
    assert {one.span.document.title for one in known} == {mill.title, moon.title}
    assert all(bot.ask(one.question).span == one.span for one in known)
    assert {one.span.document.id for one in suggestions(bot, mill)} == {mill.id}
