"""Make questions about compounds: "what was the ransom deadline?", answered by the words that qualify "deadline".

In such a question the last noun says what kind of thing is asked for and the noun before it only says which one.
Public data hardly has any, so a reader trained on it follows the wrong noun. Here they are made from any text: a noun
that a date, an amount or a measure qualifies ("a $5 million prize", "a population of 4,000"), and another noun of the
same sentence put before it.
"""

import random
import re
from collections.abc import Iterable

from index.split import sentences
from qa.train.examples.squad_format import Gold, Question

_NUMBER = r"(?:(?:US|AU|CA)?[$£€¥])?\d+(?:[.,:]\d+)*(?:st|nd|rd|th|s|am|pm|%|k|m|km|kg|lb|in|ft)?"
_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_NAMED = rf"(?:{_MONTH}|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|midnight|noon|GMT|UTC|EST|PST|CET)"
_UNIT = (
    r"(?:hundred|thousand|million|billion|trillion|percent|per cent|[ap]\.?m\b\.?|seconds?|minutes?|hours?|days?|weeks?|"
    r"months?|years?|inch(?:es)?|feet|foot|yards?|miles?|met(?:er|re)s?|kilomet(?:er|re)s?|kilograms?|pounds?|ounces?|"
    r"tons?|tonnes?|gallons?|lit(?:er|re)s?|degrees?|dollars?|euros?|acres?|points?|cents?|megapixels?|watts?|volts?)"
)
_MEASURE = rf"(?:{_NUMBER}|{_NAMED})(?:(?:[ -]|, | on | in | of | at )(?:{_NUMBER}|{_NAMED}|{_UNIT}))*"

_NOUN = r"[a-z]{3,}"
_BOUNDARY = r"(?=[,.;:)]| (?:of|for|in|to|is|was|are|were|and|or|at|on|from|by|with|that|which|who|set|has|had|will)\b|$)"
_BEFORE = re.compile(rf"\b(?:an?|the|its|his|her|their|our|this) (?P<measure>{_MEASURE})[ -](?P<noun>{_NOUN}){_BOUNDARY}")
_AFTER = re.compile(
    rf"\b(?:an?|the|its|his|her|their|my|our) (?:[a-z]+ )?(?P<noun>{_NOUN}) "
    rf"(?:of|is|was|on|at|is set for|was set for|set for|:) "
    rf"(?:about |around |over |nearly |approximately )?(?P<measure>{_MEASURE})\b"
)
_OTHER_NOUN = re.compile(rf"\b(?:an?|the|its|his|her|their|this) (?:[a-z]+ )?(?P<noun>[a-z]{{4,}}){_BOUNDARY}")
_VAGUE = re.compile(
    rf"^(?:{_UNIT}|most|least|end|beginning|start|time|age|part|many|much|more|other|also|one|"
    r"old|long|wide|high|tall|total|range|century|decade|quarter|fall|spring|summer|autumn|winter|middle|set|list|early|late|"
    r"season|factor|first|second|third|last|next|same)$"
)
_TIME = re.compile(rf"{_NAMED}|\d:\d\d|\d[ap]m|\b(?:1[5-9]|20)\d\d\b")
_MONEY = re.compile(r"[$£€¥]|dollars?|euros?")


WORDINGS = 3
"""Questions for each qualified noun."""


def generate(contexts: Iterable[str], seed: int) -> list[Question]:
    """Questions about the compounds of ``contexts``, several for each qualified noun that is found."""
    rng = random.Random(f"generated/{seed}")
    questions: list[Question] = []
    for context in sorted(set(contexts)):
        spans = sentences(context)
        found = [
            (match, span)
            for span in spans
            for pattern in (_BEFORE, _AFTER)
            for match in pattern.finditer(context, *span)
            if not _VAGUE.match(match["noun"])
        ]
        qualified = {match["noun"] for match, _ in found}
        for match, span in found:
            noun, measure = match["noun"], match["measure"].rstrip(" ,.-")
            beside = {other["noun"] for other in _OTHER_NOUN.finditer(context, *span)}
            # A noun with a measure of its own is the one that draws a careless reader to the wrong place.
            others = sorted((beside | qualified) - {noun})
            for _ in range(WORDINGS):
                wording = _worded(noun, measure, others, rng)
                gold = Gold(measure, match.start("measure"))
                questions.append(Question(f"generated-{len(questions)}", wording, context, (gold,), "generated"))
    return questions


def _worded(noun: str, measure: str, others: list[str], rng: random.Random) -> str:
    """Ask for ``noun``, more often than not with another noun of its sentence put before it."""
    which = rng.choice(others) if others and rng.random() < 0.8 else ""
    thing = f"{which} {noun}".strip()
    verb = rng.choice(["is", "was"])
    draw = rng.random()
    if draw < 0.15 and _TIME.search(measure):
        return f"When {verb} the {thing}?"
    if draw < 0.15 and _MONEY.search(measure):
        return f"How much {verb} the {thing}?"
    if draw < 0.25:
        return thing
    if draw < 0.35 and which:
        return f"What {verb} the {noun} {rng.choice(['of', 'for'])} the {which}?"
    return f"What {verb} the {thing}?"
