"""Ways people put the same question: terse, lower case, misspelt, or as a compound noun.

Each function returns a rewording of a question that keeps its answer, or None where its pattern does not apply.
"""

import random
import re
from collections.abc import Callable

from qa.train.examples.lexicon import Lexicon
from qa.train.recipe import Mix

STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an the is are was were be been do does did has have had of in on at to for by with from and or that this "
        "it its as into s",
    )
)

# "What was the population of the town?" -> "what was the town population": in a compound it is the
# last noun that says what kind of thing is asked for, and the usual data hardly ever has one.
_NOUN_OF = re.compile(
    r"^(?P<ask>(?:what|which|who) (?:is|was|are|were)) the (?P<head>[a-z]+(?: [a-z]+)?) (?:of|for) "
    r"(?:the |a |an |this |their |his |her )?(?P<modifier>[\w'-]+(?: [\w'-]+){0,2})\?*$",
    re.IGNORECASE,
)
_KIND_NOUNS = {
    "when": ("date", "time"),
    "where": ("location", "place"),
    "how much": ("amount", "price", "cost"),
}
_KIND_OF = re.compile(
    r"^(?P<kind>when|where|how much) (?P<verb>is|was|are|were) (?:the |a |an )?"
    r"(?P<thing>(?:[\w'-]+ )?[\w'-]+(?<!ed)(?<!ing)(?<!due))\?*$",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day", re.IGNORECASE)
_CLOCK = re.compile(r"\d\s?(?:[ap]\.?m\b|:\d\d)|o'clock", re.IGNORECASE)
_VERB = re.compile(r"\b(?:was|were|is|are|did|does|do|has|had|have|can|could|will|would|should)\b")
_YEAR = re.compile(r"^(?:in )?\d{4}$")


def compound(question: str) -> str | None:
    """Turn "the N of X" into "the X N".

    >>> compound("What was the population of Detroit?")
    'What was the Detroit population?'
    """
    match = _NOUN_OF.match(question)
    if match is None:
        return None
    return f"{match['ask']} the {match['modifier']} {match['head']}?"


def kind_noun(question: str, rng: random.Random) -> str | None:
    """Ask for the date, place or amount by its noun instead of by its question word.

    >>> kind_noun("Where was the match?", random.Random(0))
    'what was the match place?'
    """
    match = _KIND_OF.match(question)
    if match is None:
        return None
    noun = rng.choice(_KIND_NOUNS[match["kind"].lower()])
    return f"what {match['verb']} the {match['thing']} {noun}?"


def dated(question: str, answer: str) -> str | None:
    """Ask "what day / time / year / date" instead of "when", as the answer's form allows.

    >>> dated("When did it open?", "1902")
    'What year did it open?'
    """
    if not question.lower().startswith("when "):
        return None
    if _CLOCK.search(answer):
        unit = "time"
    elif _WEEKDAY.search(answer):
        unit = "day"
    elif _YEAR.match(answer):
        unit = "year"
    else:
        unit = "date"
    return f"What {unit} {question[5:]}"


def terse(question: str, rng: random.Random) -> str | None:
    """Keep the words that carry meaning, as people type into a search box.

    >>> terse("When was the Battle of Hastings fought?", random.Random(1))
    'When Battle Hastings fought'
    """
    words = re.findall(r"[\w'$%.,:-]+", question.rstrip("?. "))
    kept = [word for word in words if word.lower() not in STOP_WORDS]
    if len(kept) < 3:
        return None
    if len(kept) > 3 and kept[0].lower() in {"what", "which", "who"} and rng.random() < 0.5:
        kept = kept[1:]
    return " ".join(kept)


def misspelt(question: str, rng: random.Random) -> str | None:
    """Drop, double or swap one letter inside one long word."""
    words = question.split(" ")
    long = [i for i, word in enumerate(words) if len(word) >= 5 and word.isalpha()]
    if not long:
        return None
    i = rng.choice(long)
    word = words[i]
    at = rng.randrange(1, len(word) - 1)
    words[i] = rng.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        ]
    )
    return " ".join(words)


def replaced(question: str, rng: random.Random, others: Callable[[str], list[str]]) -> str | None:
    """Replace one word by one of its ``others(word)``; None if no word has any."""
    words = [match for match in re.finditer(r"\b[a-z]{3,}\b", question) if match.group() not in STOP_WORDS]
    rng.shuffle(words)
    for match in words:
        found = others(match.group())
        if found:
            return question[: match.start()] + rng.choice(found) + question[match.end() :]
    return None


def negated(question: str, rng: random.Random) -> str | None:
    """Negate the question.

    >>> negated("Who was invited to the talks?", random.Random(0))
    'Who was never invited to the talks?'
    """
    match = _VERB.search(question)
    if match is None:
        return None
    return f"{question[: match.end()]} {rng.choice(['not', 'never', 'not'])}{question[match.end() :]}"


def reword(question: str, answer: str | None, rng: random.Random, mix: Mix, lexicon: Lexicon | None = None) -> str:
    """Draw one wording of ``question``: its own most of the time, otherwise some of the above.

    Without a ``lexicon``, no word is replaced by a synonym.
    """
    if lexicon is not None and rng.random() < mix.synonyms:
        for _ in range(rng.randint(1, 3)):
            question = replaced(question, rng, lexicon.synonyms) or question
    draw = rng.random()
    reworded: str | None = None
    if draw < 0.40:
        reworded = compound(question) or kind_noun(question, rng)
        if reworded is None and answer is not None:
            reworded = dated(question, answer)
    if reworded is None and draw < 0.10:
        reworded = terse(question, rng)
    question = reworded or question
    if rng.random() < mix.misspelt:
        question = misspelt(question, rng) or question
    if rng.random() < 0.30:
        question = question.lower()
    if rng.random() < 0.25:
        question = question.rstrip("? ")
    return question
