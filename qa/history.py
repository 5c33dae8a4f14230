"""Make a follow-up question stand on its own."""

import re
from collections.abc import Sequence

from qa.answer import Turn

# Words that point back at something said before, and openings that continue a question.
_POINTS_BACK = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|theirs|this|that|these|those|there|then)\b", re.IGNORECASE
)
_CONTINUES = re.compile(
    r"^(?:and|but|or|so|also|what about|how about)\b|^(?:why|when|where|who|how|how many|how much|which)\W*$", re.IGNORECASE
)


def leans_on_history(question: str) -> bool:
    """Whether ``question`` looks as if it cannot be understood alone.

    >>> leans_on_history("And near Kirkuk?"), leans_on_history("Who chaired the talks?")
    (True, False)
    """
    return bool(_POINTS_BACK.search(question) or _CONTINUES.search(question.strip()))


def readings(question: str, history: Sequence[Turn]) -> list[str]:
    """The ways to read ``question``: as it stands and, if it leans on the last turn, together with that.

    The reader's own score chooses between them.
    """
    if not history or not leans_on_history(question):
        return [question]
    last = history[-1]
    said = f" {last.answer}." if last.answer else ""
    return [question, f"{last.question.strip()}{said} {question.strip()}"]
