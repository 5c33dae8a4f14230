"""Make a follow-up question stand on its own.

This module does not decide what a question means. It lists the ways to read it, and the reader's score chooses one.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice, permutations

from qa.understand.question import Turn

MOST = 4
"""At most so many readings of one question, because passages are searched and read for each of them."""
LONGEST_NAME = 8
"""Words; a longer answer does not name a thing, so it never replaces a pronoun."""

_ASK = r"(?:who|whom|whose|what|which|when|where|why|how(?: many| much| long| often| far)?)"
_AUXILIARY = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must)"
_PREPOSITION = r"(?:in|on|at|near|for|from|to|with|by|of|about|during|after|before|since|under|over|against)"
_POINTING = (
    r"(?:he|she|it|they|him|her|them|his|hers|its|their|theirs|this|that|these|those(?! (?:who|that|which|of)\b)|"
    r"(?:there|then|so)(?=\W*$))"
)

_WHY = re.compile(r"^(?:and |but |so )?(?:what for|how come|how so)\W*$", re.IGNORECASE)
# Words that begin with a preposition and have no auxiliary are not a whole question: "In which city?"
_BARE = re.compile(
    rf"^(?:and |but |so )?(?P<ask>{_ASK}(?: {_PREPOSITION})?|{_PREPOSITION} {_ASK}(?: (?!{_AUXILIARY}\b)[\w'-]+){{0,2}}?)"
    r"(?: (?:so|not|one|ones|exactly))?\W*$",
    re.IGNORECASE,
)
_EVENT = re.compile(
    rf"^(?:and |but |so )?(?P<ask>(?!w(?:ho|hat|hich)){_ASK}) {_AUXILIARY} (?:this|that|it|those|these|they)"
    r"(?: (?:happen(?:ed)?|take place|taking place|held|done|so))?\W*$",
    re.IGNORECASE,
)
_CONTINUED = re.compile(
    r"^(?:(?:and|but|or|so(?! far\b)|also|then)\b(?:[ ,]+(?:what|how) about\b)?|(?:what|how) about\b)[ ,]*(?P<rest>.+)$",
    re.IGNORECASE,
)
# Whole questions: "Is it ready?", and "the army, is it ready?"
_WHOLE = re.compile(rf"^(?:{_ASK}|{_AUXILIARY})\b|, (?:{_ASK}|{_AUXILIARY}|{_POINTING})\b", re.IGNORECASE)
_POINTS_BACK = re.compile(rf"\b{_POINTING}\b", re.IGNORECASE)
# A pronoun right after an auxiliary is the subject, so it is not what the question asks for: "Which plot did they foil?"
_SUBJECT = re.compile(rf"\b{_AUXILIARY} (?!there){_POINTING}\b", re.IGNORECASE)
_OTHER = re.compile(r"\b(?:the others?|another|else(?=\W*$))\b", re.IGNORECASE)
# A pronoun that is not the subject of its clause, so it is not what the clause is about: "Which band recorded it?"
_OBJECT = re.compile(rf"\b(?:(?:him|it|them)(?=\W*$| {_PREPOSITION}\b)|(?:this|that|these|those|then)(?=\W*$))", re.IGNORECASE)
# Words of the question itself that a later pronoun can stand for: "Which country said that it ..."
_OWN = re.compile(
    rf"\b(?i:the|an?|every|each|which|what|whose|how many) (?!(?:{_AUXILIARY}|{_PREPOSITION})\b)\w+|(?<=\w )[A-Z]\w+"
)
_WORD = r"(?:(?:[A-Z]\.)+|[A-Z][\w'’-]*)"
_NAME = rf"{_WORD}(?: (?:(?:al|bin|da|de|el|van|von)[ -])?{_WORD})*"
_THING = re.compile(rf"{_NAME}|\b(?:the|an?)(?: (?!(?:{_PREPOSITION}|{_AUXILIARY}|{_ASK}|that|and|or)\b)[\w'’-]+){{1,3}}")
_SINGULAR = re.compile(r"he|she|it|him|her|his|hers|its", re.IGNORECASE)
_ARTICLES = ("the", "a", "an")
_OWNER = re.compile(
    rf"(?:his|its|their)\b|her (?!(?:{_PREPOSITION}|{_AUXILIARY}|{_ASK}|{_POINTING}|and|or)\b)(?=\w)", re.IGNORECASE
)
_QUESTION = re.compile(
    rf"^(?:{_PREPOSITION} )?(?P<ask>{_ASK})(?:(?P<noun>(?: (?!{_AUXILIARY}\b)[\w'-]+){{0,4}}) (?={_AUXILIARY}\b)|"
    r"(?<=w[hH][oO]) |(?P<one> [\w'-]+) )(?P<rest>.+?)\W*$",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“].*?[\"”]")
_PHRASE = re.compile(
    rf"\b(?P<first>{_PREPOSITION}) (?!{_PREPOSITION}\b)[\w'.-]+(?: (?!{_PREPOSITION}\b)[\w'.-]+)*", re.IGNORECASE
)


def leans_on_history(question: str) -> bool:
    """Whether ``question`` looks as if it cannot be understood alone.

    >>> leans_on_history("And near Kirkuk?"), leans_on_history("Which country said that it would pay?")
    (True, False)
    """
    question = question.strip()
    if any(pattern.search(question) for pattern in (_BARE, _WHY, _CONTINUED, _OTHER)):
        return True
    question = _QUOTED.sub(" ", question)
    pointing = next(iter(pronouns(question)), None)
    subject = _SUBJECT.search(question) or _OBJECT.search(question)
    return subject is not None or (pointing is not None and _OWN.search(question, 0, pointing.start()) is None)


def readings(question: str, history: Sequence[Turn]) -> list[str]:
    """The ways to read ``question``: first as it stands, then, if it leans on the last turn, those that this turn suggests.

    If the turn suggests none, the question is put after the text of the turn. This is not done beside other readings, because
    the answer would too often be that of the last turn's question.
    """
    if not history or not leans_on_history(question):
        return [question]
    last = history[-1]
    said = f" {last.answer}." if last.answer else ""
    together = f"{last.question.strip()}{said} {question.strip()}"
    suggested = [*_suggested(question.strip(), last)][: MOST - 1]
    return list(dict.fromkeys([question, *(suggested or [together])]))


def _suggested(question: str, last: Turn) -> Iterator[str]:
    about_it = _BARE.match(_WHY.sub("Why?", question)) or _EVENT.match(question)
    if about_it:
        yield from restated(about_it["ask"], last)
    continued = _CONTINUED.match(question)
    if continued and not about_it:
        question = continued["rest"]
        if _WHOLE.search(question):
            yield question
        else:
            yield exchanged(last.question, question)
    if not about_it:
        yield from resolved(question, last)


def restated(ask: str, last: Turn) -> Iterator[str]:
    """Ask ``ask``, such as "Why", about what the last question was about.

    >>> list(restated("When", Turn("Who met Ann?", "Bob"))), list(restated("Why", Turn("Where did Ann go?", "Rome")))
    (['When Bob met Ann?'], ['Why did Ann go?'])
    """
    match = _QUESTION.match(last.question.strip())
    if match is None:
        return
    asked, noun, rest = match["ask"].lower(), match["noun"] or match["one"] or "", match["rest"]
    inverted = re.match(r"(?:do|does|did)\b", rest, re.IGNORECASE) or asked in {"when", "where", "why", "how"}
    if inverted or not last.answer:
        yield f"{ask} {rest}?"
    else:
        counted = noun if asked in {"how many", "how much"} else ""
        yield f"{ask} {last.answer}{counted} {rest}?"
        if not noun and re.match(rf"(?:is|are|was|were) (?:(?:{'|'.join(_ARTICLES)}) |[A-Z])", rest):
            yield f"{ask} {rest}?"


def exchanged(last: str, part: str) -> str:
    """The last question with ``part`` in place of the words that it seems to replace.

    >>> exchanged("How many strikes were there near Sinjar?", "near Kirkuk?")
    'How many strikes were there near Kirkuk?'
    """
    last, part = last.strip().rstrip("?. "), re.sub(r" ones?$", "", part.strip().rstrip("?. "))
    first = part.split(" ")[0].lower()
    phrases = list(_PHRASE.finditer(last))
    if re.fullmatch(_PREPOSITION, first, re.IGNORECASE):
        same = [phrase for phrase in phrases if phrase["first"].lower() == first]
        for phrase in (same or phrases)[-1:]:
            return f"{last[: phrase.start()]}{part}{last[phrase.end() :]}?"
        thing = part[len(first) :].strip()
        return exchanged(last, thing) if re.search(_NAME, thing) and re.search(_NAME, last[1:]) else f"{last} {part}?"
    exchangeable, with_article = named(last), first in _ARTICLES
    if re.search(rf"\b{_NAME}", part):
        exchangeable = [match.span() for match in re.compile(_NAME).finditer(last, 1)]
    elif with_article:
        exchangeable = [(start, end) for start, end in exchangeable if last[start].islower()] or exchangeable
    for start, end in exchangeable[-1:]:
        before = last[:start]
        if with_article:
            before = re.sub(rf"\b(?:{'|'.join(_ARTICLES)}) $", "", before, flags=re.IGNORECASE)
        return f"{before}{part}{last[end:]}?"
    return f"{last} {part}?"


def named(question: str) -> list[tuple[int, int]]:
    """Start and end of each thing that ``question`` names. The first word is not searched.

    >>> question = "When did the war end?"
    >>> [question[start:end] for start, end in named(question)]
    ['the war']
    """
    things = []
    for match in _THING.finditer(question, 1):
        start, end = match.span()
        asked = re.search(r"\b(?:do|does|did) $", question[:start], re.IGNORECASE)
        words = match.group().split()
        if asked and len(words) > 2 and re.match(rf"\W*$| (?:{_PREPOSITION}|the|an?)\b| [A-Z]", question[end:]):
            end -= len(words[-1]) + 1  # The last word is the verb.
        if question[:end].endswith(("'s", "’s")):
            end -= 2
        things.append((start, end))
    return things


def pronouns(question: str) -> list[re.Match[str]]:
    """The pronouns of ``question``, and other words that stand for something else.

    >>> [match.group() for match in pronouns("Who said that he left those who had sent that to him?")]
    ['he', 'that', 'him']
    """
    found = []
    for match in _POINTS_BACK.finditer(question):
        before, after = question[: match.start()], question[match.end() :]
        joins = match.group().lower() == "that" and not re.search(rf"(?:^|\b(?:{_AUXILIARY}|{_PREPOSITION}) )$", before)
        if not (joins and re.match(rf" (?!{_PREPOSITION}\b)\w", after)):
            found.append(match)
    return found


def resolved(question: str, last: Turn) -> Iterator[str]:
    """``question`` with its first two pronouns replaced by the last answer and by things that the last question names.

    >>> list(resolved("Where did he meet him?", Turn("Who met Bob?", "Ann")))
    ['Where did Ann meet Bob?', 'Where did Ann meet him?', 'Where did Bob meet Ann?']
    """
    pointing = pronouns(question)[:2]
    if not pointing:
        return
    things = [last.answer] if last.answer and len(last.answer.split()) <= LONGEST_NAME else []
    things += [last.question[start:end] for start, end in named(last.question)]
    # In "Who sent Ann to her?", "her" is not Ann. And "she", "it" and the like never stand for a number.
    singular = _SINGULAR.fullmatch(pointing[0].group())
    things = [
        thing
        for thing in things
        if not re.search(rf"(?<!\w){re.escape(thing)}(?!\w)", question) and not (singular and thing[0].isdigit())
    ]
    chosen = [list(choice) for choice in islice(permutations(dict.fromkeys(things), len(pointing)), MOST)]
    if len(pointing) > 1:
        chosen[1:1] = [things[:1]]  # The second pronoun may stand for something in the question itself.
    for choice in chosen:
        text = question
        for pronoun, thing in reversed(list(zip(pointing, choice, strict=False))):
            owner = _OWNER.match(text, pronoun.start()) is not None
            text = f"{text[: pronoun.start()]}{thing}{chr(39) + 's' if owner else ''}{text[pronoun.end() :]}"
        yield text
