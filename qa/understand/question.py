"""Check a question, and the turns of the conversation before it."""

from dataclasses import dataclass

LONGEST_QUESTION = 2000
"""Characters; an earlier question or answer may have as many."""


def check(question: str) -> None:
    """Raise ValueError if ``question`` cannot be asked."""
    if not question.strip():
        raise ValueError("The question is empty. Ask something, in words.")
    _check("The question", question)


def _check(what: str, text: str) -> None:
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError(f"{what} holds half of a surrogate pair, which is not a character. Send it as valid Unicode.")
    if len(text) > LONGEST_QUESTION:
        raise ValueError(f"{what} has {len(text):,} characters; at most {LONGEST_QUESTION:,} are read. Shorten it.")


@dataclass(frozen=True)
class Turn:
    """One earlier question and its answer, which is None when nothing was found.

    Raises:
        ValueError: one of them is too long, or is not valid Unicode.
    """

    question: str
    answer: str | None = None

    def __post_init__(self) -> None:
        _check("A question of 'history'", self.question)
        _check("An answer of 'history'", self.answer or "")


def turns(history: object) -> list[Turn]:
    """Check and convert a history as it is sent: null, or a list of {"question": str, "answer": str or null}.

    Raises:
        ValueError: it is something else, or a turn is too long.
    """
    if history is None:
        return []
    if not isinstance(history, list):
        raise ValueError(f"'history' is {type(history).__name__}; expected a list of {{'question', 'answer'}}.")
    converted: list[Turn] = []
    for turn in history:
        if (
            not isinstance(turn, dict)
            or not isinstance(turn.get("question"), str)
            or not isinstance(turn.get("answer"), str | None)
        ):
            raise ValueError("A turn of 'history' must be {'question': a string, 'answer': a string or null}.")
        converted.append(Turn(turn["question"], turn.get("answer")))
    return converted
