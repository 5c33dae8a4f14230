"""Choose the words of a candidate: the whole date or time, no closing mark, nothing that only repeats the question."""

import re
from unicodedata import combining

from index.document import Span
from qa.decide.dates import whole_time
from qa.read.reader import Candidate

_CLOSING = re.compile(r"(?<=\w\w)[.,;:]+$")
_CHOICE = re.compile(r"\b(?:or|between|vs?\.?|versus)\b|\w/\w", re.IGNORECASE)
_WHERE = re.compile(r"\b(?:where|(?:which|what) (?:city|town|village|place|country|state|region))\b", re.IGNORECASE)


def whole(candidate: Candidate, question: str) -> Span:
    """The candidate's span without a closing mark, and widened to the whole date or time if it is a part of one."""
    passage, span = candidate.passage, candidate.span
    # The full stop of "U.S." is a part of the answer; that of the sentence is not.
    closing = _CLOSING.search(span.text)
    end = span.end - (len(closing.group()) if closing else 0)
    # Tokens leave out accents that are separate characters.
    while end < passage.end and combining(span.document.text[end]):
        end += 1
    start, end = whole_time(passage.text, span.start - passage.start, end - passage.start, question)
    return Span(span.document, passage.start + start, passage.start + end)


def repeats(question: str, answer: str) -> bool:
    """Whether ``answer`` only repeats words of ``question``, and the question offers no choice.

    A place in the name of an event may still be the answer to where the event happened.

    >>> repeats("How old is Ann Lee?", "Ann Lee"), repeats("Was it Ann or Bob?", "Ann"), repeats("Who is Ann?", "Ann Lee")
    (True, False, False)
    >>> repeats("Where is Boston?", "Boston"), repeats("Where was the Boston Tea Party?", "Boston")
    (True, False)
    """
    if _WHERE.search(question):
        question = re.sub(rf"\b{re.escape(answer)} [A-Z]\w+", "", question)
    return not _CHOICE.search(question) and holds(question.casefold(), answer.casefold())


def holds(text: str, words: str) -> bool:
    """Whether ``words`` stand in ``text`` as whole words."""
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None
