"""Dates, times, amounts and measures in a text, as whole expressions: "5:50pm GMT on Friday", "$200 million"."""

import re

NUMBER = r"(?:(?:US|AU|CA)?[$£€¥])?\d+(?:[.,:]\d+)*(?:st|nd|rd|th|s|am|pm|%|k|m|km|kg|lb|in|ft)?"
NAMED = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|midnight|noon|GMT|UTC|EST|PST|CET)"
)
UNIT = (
    r"(?:hundred|thousand|million|billion|trillion|percent|per cent|[ap]\.?m\b\.?|seconds?|minutes?|hours?|days?|weeks?|"
    r"months?|years?|inch(?:es)?|feet|foot|yards?|miles?|met(?:er|re)s?|kilomet(?:er|re)s?|kilograms?|pounds?|ounces?|"
    r"tons?|tonnes?|gallons?|lit(?:er|re)s?|degrees?|dollars?|euros?|acres?|points?|cents?|megapixels?|watts?|volts?)"
)
MEASURE = rf"(?:{NUMBER}|{NAMED})(?:(?:[ -]|, | on | in | of | at )(?:{NUMBER}|{NAMED}|{UNIT}))*"

_TIME = re.compile(rf"\b(?:{NUMBER}|{NAMED})(?:(?: |, | on | of | at )(?:{NUMBER}|{NAMED}|[ap]\.?m\b\.?))*(?!\w)")
_NAMED = re.compile(NAMED)
_PART_ASKED_FOR = re.compile(r"\b(?:year|month|weekday|day|hour|time|how)\b", re.IGNORECASE)


def whole_time(text: str, start: int, end: int, question: str) -> tuple[int, int]:
    """Widen ``text[start:end]`` to the whole date or time of which it is a part.

    A reader that points at "Friday" where the text says "5:50pm GMT on Friday" is right, but not complete. Nothing is
    changed if the question asks for a part ("what year", "what day") or for a quantity ("how many").

    >>> text = "It ends at 5:50pm GMT on Friday."
    >>> text[slice(*whole_time(text, 25, 31, "When does it end?"))]
    '5:50pm GMT on Friday'
    """
    if _PART_ASKED_FOR.search(question):
        return start, end
    for match in _TIME.finditer(text):
        if match.start() <= start and end <= match.end() and _NAMED.search(match.group()):
            return match.span()
    return start, end
