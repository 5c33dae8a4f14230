"""Dates, times, amounts and measures in a text, as whole expressions: "5:50pm GMT on Friday", "$200 million"."""

import re

NUMBER = r"(?:(?:US|AU|CA)?[$£€¥])?\d+(?:[.,:]\d+)*(?:st|nd|rd|th|s|am|pm|%|k|m|km|kg|lb|in|ft)?"
_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
NAMED = rf"(?:{_MONTH}|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|midnight|noon|GMT|UTC|EST|PST|CET)"
UNIT = (
    r"(?:hundred|thousand|million|billion|trillion|percent|per cent|[ap]\.?m\b\.?|seconds?|minutes?|hours?|days?|weeks?|"
    r"months?|years?|inch(?:es)?|feet|foot|yards?|miles?|met(?:er|re)s?|kilomet(?:er|re)s?|kilograms?|pounds?|ounces?|"
    r"tons?|tonnes?|gallons?|lit(?:er|re)s?|degrees?|dollars?|euros?|acres?|points?|cents?|megapixels?|watts?|volts?)"
)
MEASURE = rf"(?:{NUMBER}|{NAMED})(?:(?:[ -]|, | on | in | of | at )(?:{NUMBER}|{NAMED}|{UNIT}))*"

_CLOCK = r"\d{1,2}(?::\d\d(?: ?[ap]\.?m\b\.?)?| ?[ap]\.?m\b\.?)"
_YEAR = r"\b[12]\d{3}s?\b(?![,.]\d)"
# A number after a comma belongs to a date only if it is a clock time or a year: "On Friday, 5,000 people marched."
_TIME = re.compile(
    rf"\b(?:{NUMBER}|{NAMED})"
    rf"(?:(?: | on | of | at )(?:{NUMBER}|{NAMED}|[ap]\.?m\b\.?)|, (?:{NAMED}|{_CLOCK}|{_YEAR}))*(?!\w)"
)
_NAMED = re.compile(NAMED)
_OF_A_TIME = re.compile(rf"{NAMED}|{_CLOCK}|{_YEAR}|\b\d{{1,2}}(?:st|nd|rd|th)\b")
_DAY = re.compile(r"[1-9]|[12]\d|3[01]")
_BEFORE_DAY, _AFTER_DAY = re.compile(rf"{_MONTH} $"), re.compile(rf" (?:of )?{_MONTH}\b")
_WHO = re.compile(r"^\W*(?:and |but |so )?(?:(?:to|by|with|for|from) )?who(?:m|se)?\b", re.IGNORECASE)
_PART_ASKED_FOR = re.compile(r"\b(?:year|month|weekday|day|hour|time|how)\b", re.IGNORECASE)


def whole_time(text: str, start: int, end: int, question: str) -> tuple[int, int]:
    """Widen ``text[start:end]`` to the whole date or time of which it is a part.

    A reader that points at "Friday" where the text says "5:50pm GMT on Friday" is right, but not complete. Nothing is
    changed if the question asks for a part ("what year", "what day"), a quantity ("how many") or a person, or if the words
    are a number that only stands beside a date.

    >>> text = "It ends at 5:50pm GMT on Friday."
    >>> text[slice(*whole_time(text, 25, 31, "When does it end?"))]
    '5:50pm GMT on Friday'
    """
    if _PART_ASKED_FOR.search(question) or _WHO.match(question):
        return start, end
    if not (_OF_A_TIME.search(text[start:end]) or _is_day(text, start, end)):
        return start, end
    for match in _TIME.finditer(text):
        if match.start() <= start and end <= match.end() and _NAMED.search(match.group()):
            return match.span()
    return start, end


def _is_day(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` is the day of a month that stands beside it."""
    beside = _BEFORE_DAY.search(text[max(0, start - 12) : start]) or _AFTER_DAY.match(text, end)
    return _DAY.fullmatch(text, start, end) is not None and beside is not None
