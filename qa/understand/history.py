"""Put a follow-up question after the turn that it leans on.

The reader is trained to read both as one text, so nothing here decides what a pronoun means.
"""

import re
from collections.abc import Sequence

from qa.understand.question import Turn

_ASK = r"(?:who|whom|whose|what|which|when|where|why|how(?: many| much| long| often| far)?)"
_AUXILIARY = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must)"
_PREPOSITION = r"(?:in|on|at|near|for|from|to|with|by|of|about|during|after|before|since|under|over|against)"
_POINTING = (
    r"(?:he|she|it|they|him|her|them|his|hers|its|their|theirs|this|that|these|those(?! (?:who|that|which|of)\b)|"
    r"(?:there|then|so)(?=\W*$))"
)

_INCOMPLETE = re.compile(
    # Words that begin with a preposition and have no auxiliary are not a whole question: "In which city?"
    rf"^(?:and |but |so )?(?:{_ASK}(?: {_PREPOSITION})?|{_PREPOSITION} {_ASK}(?: (?!{_AUXILIARY}\b)[\w'-]+){{0,2}}?|how come)"
    r"(?: (?:so|not|one|ones|exactly))?\W*$|"
    r"^(?:(?:and|but|or|so(?! far\b)|also|then)\b|(?:what|how) about\b)[ ,]*.|"
    r"\b(?:the others?|another|else(?=\W*$))\b",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(rf"\b{_POINTING}\b", re.IGNORECASE)
# A pronoun right after an auxiliary is the subject, so it is not what the question asks for: "Which plot did they foil?"
_SUBJECT = re.compile(rf"\b{_AUXILIARY} (?!there){_POINTING}\b", re.IGNORECASE)
# A pronoun that is not the subject of its clause, so it is not what the clause is about: "Which band recorded it?"
_OBJECT = re.compile(rf"\b(?:(?:him|it|them)(?=\W*$| {_PREPOSITION}\b)|(?:this|that|these|those|then)(?=\W*$))", re.IGNORECASE)
# Words of the question itself that a later pronoun can stand for: "Which country said that it ..."
_OWN = re.compile(
    rf"\b(?i:the|an?|every|each|which|what|whose|how many) (?!(?:{_AUXILIARY}|{_PREPOSITION})\b)\w+|(?<=\w )[A-Z]\w+"
)
_QUOTED = re.compile(r"[\"“].*?[\"”]")


def standing_alone(question: str, history: Sequence[Turn]) -> str:
    """``question`` as it is searched for and read: with the last turn before it, if it leans on that."""
    return after(history[-1], question) if history and leans_on_history(question) else question


def after(last: Turn, question: str) -> str:
    """``question`` with the turn before it, as one text.

    >>> after(Turn("Who chaired the meeting?", "Ann Lee"), "And who took the minutes?")
    'Who chaired the meeting? Ann Lee. And who took the minutes?'
    """
    said = f"{last.answer.rstrip('. ')}. " if last.answer else ""
    return f"{last.question.rstrip('?. ')}? {said}{question}"


def leans_on_history(question: str) -> bool:
    """Whether ``question`` looks as if it cannot be understood alone.

    >>> leans_on_history("And near Kirkuk?"), leans_on_history("Which country said that it would pay?")
    (True, False)
    """
    question = question.strip()
    if _INCOMPLETE.search(question):
        return True
    question = _QUOTED.sub(" ", question)
    if _SUBJECT.search(question) or _OBJECT.search(question):
        return True
    pronouns = (match.start() for match in _POINTS_BACK.finditer(question) if not _joins(question, match))
    first = next(pronouns, None)
    return first is not None and _OWN.search(question, 0, first) is None


def _joins(question: str, word: re.Match[str]) -> bool:
    """Whether ``word`` is a "that" between two clauses: "Who said that Ann left?"."""
    before, behind = question[: word.start()], question[word.end() :]
    stands_for = re.search(rf"(?:^|\b(?:{_AUXILIARY}|{_PREPOSITION}) )$", before)
    return word.group().lower() == "that" and not stands_for and re.match(rf" (?!{_PREPOSITION}\b)\w", behind) is not None
