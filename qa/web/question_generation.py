"""Makes questions from sentences, by rules of English that do not depend on the subject.

Each rule knows which words of the sentence a good answer overlaps. The rules are strict: a sentence that fits no rule gives no
question, which is better than a clumsy question. The bot's answer then decides whether a question is good.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.document import Document, Span
from index.split import sentences

# Building blocks of the rules. A name is one or more capitalised words; a clause ends at a comma or a dash.
_WORD = r"[A-Z][\w'’-]*[\w]"
_NAME = rf"{_WORD}(?: (?:al-|de |van |von )?{_WORD}){{0,3}}"
_CLAUSE = r"[^,;:()–—\n]+?"
_END = r"(?=,|;|:| –| —|[.!]?\s*$)"
_NUMBER = r"(?:\d[\d,.]*|(?i:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty))"
_ROLE = (
    r"(?:President|Chancellor|Director|Chairman|Chairwoman|Governor|Mayor|Ambassador|Commissioner|Minister|Secretary|Chief|"
    r"King|Queen|Pope|Captain|Coach|Editor|Senator)"
)
# The last two of several capitalised words in a row, as in "Mayor Ann Lee". The bot's answer shows whether they name a person.
_PERSON = re.compile(rf"(?<=[\w,] ){_WORD} (?:al-|de |van |von )?{_WORD}\b(?!['’-]| [A-Z])")
_WHO_IS = re.compile(
    rf"(?P<role>(?!Prime |Foreign |Vice |Deputy )(?:{_WORD} ){{1,2}}(?:Prime |Foreign |Vice |Deputy )?{_ROLE}"
    rf"(?: of {_WORD}| General)?) (?P<taken>{_NAME})"
)
_HOW_MANY = re.compile(
    rf"(?P<taken>\b{_NUMBER}) (?P<thing>(?!of\b|million|billion|percent|per\b|years?\b|hours?\b|days?\b)"
    rf"[A-Za-z-]+s|[A-Z]{{2,}} [a-z]+s) (?:that |who |which )?"
    rf"(?P<rest>(?:have|had|are|were|will|can|could|must) [a-z]{_CLAUSE}){_END}"
)
_WHAT_IS = re.compile(rf"(?P<subject>{_NAME}) is (?P<taken>(?:a|an|the) {_CLAUSE}){_END}")

# Capitalised words that begin sentences and are not names.
_OPENERS = frozenset(
    {
        *("A", "An", "And", "Another", "As", "At", "But", "By", "Finally", "For", "From", "However", "If", "In", "Later"),
        *("Meanwhile", "No", "On", "One", "Other", "So", "Some", "Then", "There", "To", "Under", "When", "While", "With"),
        *("He", "Her", "His", "It", "Its", "My", "Our", "She", "That", "The", "Their", "These", "They", "This", "Those"),
        *("We", "What", "You", "Your"),
    }
)
# Words that mean nothing without the previous sentence.
_DANGLING = re.compile(r"\b(?:he|she|they|them|him|it|we|us|our|i|my|you|your|this|these|those|such|former|latter)\b")

_QUOTED = re.compile(r"[\"“][^\"“”]*[\"”]")

LONGEST_SENTENCE = 1000
"""Characters. Longer text is a table or not prose at all, and the rules are slow on it."""


@dataclass(frozen=True)
class Candidate:
    """A question, the rule that made it, and the words that a good answer overlaps."""

    question: str
    rule: str
    taken: Span


def candidates(document: Document, longest: int = 20_000) -> Iterator[Candidate]:
    """Questions about the first ``longest`` characters of ``document``, in the order of its sentences."""
    text = document.text[:longest]
    spans = [(start, end) for start, end in _sentences(text) if end - start <= LONGEST_SENTENCE]
    for start, end in spans:
        for rule, words, (first, last) in _asked(text[start:end]):
            question = " ".join(words.split()) + "?"
            if _reads_well(question):
                yield Candidate(question[0].upper() + question[1:], rule, Span(document, start + first, start + last))


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    for paragraph in re.finditer(r"\S[^\n\r]*", text):
        for start, end in sentences(paragraph.group()):
            stripped = len(paragraph.group()[start:end].rstrip())
            yield paragraph.start() + start, paragraph.start() + start + stripped


def _asked(sentence: str) -> Iterator[tuple[str, str, tuple[int, int]]]:
    """For each rule that ``sentence`` fits: the rule, the question without its question mark, and the place of its answer."""
    for match in _WHO_IS.finditer(sentence):
        yield "role", f"who is the {match['role']}", match.span("taken")
    for match in _PERSON.finditer(sentence):
        yield "name", f"who is {match.group()}", (0, len(sentence))
    for match in _HOW_MANY.finditer(sentence):
        yield "number", f"how many {match['thing']} {match['rest']}", match.span("taken")
    if defined := _WHAT_IS.match(sentence):
        yield "definition", f"what is {defined['subject']}", defined.span("taken")


def _reads_well(question: str) -> bool:
    words = question.split()
    return (
        3 <= len(words) <= 18
        and words[0] in {"who", "how", "what"}
        and not _DANGLING.search(_QUOTED.sub("", question))
        and question.count('"') % 2 == 0
        and question.count("“") == question.count("”")
        and not any(word in _OPENERS for word in words)
    )
