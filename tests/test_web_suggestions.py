from index.store import Index
from qa.answer import Answer, Citation
from qa.bot import Bot
from qa.retriever import Retriever
from qa.web.suggestions import MOST, chosen, suggestions
from qa.web.wording import Candidate, candidates
from tests.conftest import LetterEncoder, WordReader, make

TEXT = """Apollo 11

Apollo 11 was planned for years. "That's one small step," said Armstrong. Armstrong became a professor in Cincinnati.
The crew returned to Earth on July 24. About 650 million people were watching. Twelve astronauts have walked on the Moon.
The president bought the $25 million prize for the best engine. French President Georges Pompidou praised the crew.
The rocket was carefully built by Boeing. The hangar was bought by Anna Weber in 1921. FAISS is a library for similarity search.
The visitors from abroad are Neil Armstrong, Buzz Aldrin and Michael Collins. He said it was his. We met them in May."""


def test_questions_read_as_english_and_know_what_they_ask_for() -> None:
    made = {candidate.question: candidate.taken.text for candidate in candidates(make(TEXT))}
    assert made == {
        "Who became a professor in Cincinnati?": "Armstrong",
        "When did the crew return to Earth?": "July 24",
        "How many astronauts have walked on the Moon?": "Twelve",
        "How much is the prize for the best engine?": "$25 million",
        "Who is the French President?": "Georges Pompidou",
        "Who praised the crew?": "French President Georges Pompidou",
        "Who was the rocket carefully built by?": "Boeing",
        "Who was the hangar bought by?": "Anna Weber in 1921",
        "When was the hangar bought by Anna Weber?": "1921",
        "What is FAISS?": "a library for similarity search",
        "Which are the visitors from abroad?": "Neil Armstrong, Buzz Aldrin and Michael Collins",
    }


def test_text_without_such_sentences_gives_no_question() -> None:
    assert list(candidates(make("🍵 🍵\n\nlorem ipsum dolor. זה טקסט. He said so."))) == []


def _tried(start: int, confidence: float, found: bool = True, rule: str = "r") -> tuple[Candidate, Answer]:
    document = make("abcdefghijklmnopqrstuvwxyz")
    span = document.span.__class__(document, start, start + 2)
    citations = (Citation(1, span, document.span),)
    answer = Answer("q", span if found else None, confidence, citations if found else ())
    return Candidate(f"{start} {confidence}?", f"{rule}{start}", span), answer


def test_the_surest_are_kept_and_no_two_have_the_same_answer() -> None:
    tried = [_tried(0, 0.6), _tried(1, 0.9), _tried(4, 0.99, found=False), _tried(6, 0.8)]
    assert chosen(tried) == ["1 0.9?", "6 0.8?"]
    assert len(chosen([_tried(start, 0.9) for start in range(0, 24, 2)])) == MOST


def test_an_answer_beside_what_was_asked_for_is_not_kept() -> None:
    (candidate, _), (_, elsewhere) = _tried(0, 0.9), _tried(8, 0.9)
    assert chosen([(candidate, elsewhere)]) == []


def test_suggestions_are_questions_that_the_bot_answers() -> None:
    bot = Bot(Retriever(Index.build([make(TEXT)], LetterEncoder())), WordReader())
    for question in suggestions(bot):
        assert bot.ask(question).found
