"""Questions made of sentences, by rules of English that name no subject.

Each rule takes words out of a sentence and asks for them, so what a good answer must touch is known. The rules are
strict: a sentence that fits none gives no question, which is better than a clumsy one.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from index.document import Document, Span
from index.split import sentences

# What a word means to a rule. A name is one or more capitalised words; a clause ends where a comma or a dash comes.
_WORD = r"[A-Z][\w'’-]*[\w]"
_NAME = rf"{_WORD}(?: (?:al-|de |van |von )?{_WORD}){{0,3}}"
_CLAUSE = r"[^,;:()–—\n]+?"
_END = r"(?=,|;|:| –| —|[.!]?\s*$)"
_DATE = (
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:\d{1,2} )?(?:January|February|March|April|May|June|July|August|September"
    r"|October|November|December)(?: \d{1,2}\b)?(?:,? \d{4})?|\d{4})"
)
_NUMBER = r"(?:\d[\d,.]*|(?i:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty))"
_ROLE = (
    r"(?:President|Chancellor|Director|Chairman|Chairwoman|Governor|Mayor|Ambassador|Commissioner|Minister|Secretary|Chief|"
    r"King|Queen|Pope|Captain|Coach|Editor|Senator)"
)
_SPEAKS = r"(?:said|says|told|added|warned|stressed|replied|wrote|argued|explained)"
_PAST_TO_BASE = {
    "became": "become", "began": "begin", "bought": "buy", "brought": "bring", "built": "build", "came": "come",
    "chose": "choose", "died": "die", "drew": "draw", "fell": "fall", "fought": "fight", "found": "find", "gave": "give",
    "grew": "grow", "held": "hold", "kept": "keep", "left": "leave", "led": "lead", "lost": "lose", "made": "make",
    "met": "meet", "moved": "move", "opened": "open", "released": "release", "rose": "rise", "sent": "send", "sold": "sell",
    "spoke": "speak", "took": "take", "went": "go", "won": "win", "wrote": "write",
}  # fmt: skip
# Endings after which taking -ed away surely leaves the verb: launched, attended, claimed.
_PLAIN_PAST = re.compile(r"\w+(?:ck|ct|nd|nt|pt|st|sh|ch|ss|ain|aim|ow|ay|rd|rn|lp|mp|nk|lk|ft)ed")
_PAST = rf"(?:{'|'.join(_PAST_TO_BASE)}|[a-z]+ed)"

_PARTICIPLE = r"(?:\w+(?:ed|en)|built|bought|brought|drawn|found|held|led|made|paid|shown|sold|won)"

_PERSON = re.compile(rf"\b{_SPEAKS} ({_WORD})\b|\b((?:{_WORD} )?{_WORD}) {_SPEAKS}\b|{_ROLE}(?: of \w+)? ({_NAME})")
_WHO_DID = re.compile(rf"(?P<taken>{_NAME}) (?:also |later |then )?(?P<rest>(?!{_SPEAKS}){_PAST} {_CLAUSE}){_END}")
_WHO_IS = re.compile(
    rf"(?P<role>(?!Prime |Foreign |Vice |Deputy )(?:{_WORD} ){{1,2}}(?:Prime |Foreign |Vice |Deputy )?{_ROLE}"
    rf"(?: of {_WORD}| General)?) (?P<taken>{_NAME})"
)
_BY_WHOM = re.compile(
    rf"(?P<subject>[Tt]he {_CLAUSE}) (?P<be>is|are|was|were) (?P<rest>(?:\w+ly )?{_PARTICIPLE}) "
    rf"by (?P<taken>(?:the )?{_WORD}[^,;:()–—\n]*?){_END}"
)
_HOW_MANY = re.compile(
    rf"(?P<taken>\b{_NUMBER}) (?P<thing>(?!of\b|million|billion|percent|per\b|years?\b|hours?\b|days?\b)"
    rf"[A-Za-z-]+s|[A-Z]{{2,}} [a-z]+s) (?:that |who |which )?"
    rf"(?P<rest>(?:have|had|are|were|will|can|could|must) [a-z]{_CLAUSE}){_END}"
)
_HOW_MUCH = re.compile(
    rf"\b(?:a|an|the) (?P<taken>[$€£]\d[\d,.]*(?: (?:thousand|million|billion|trillion))?) "
    rf"(?P<thing>[a-z-]+ (?:for|of) {_CLAUSE}){_END}"
)
_SUBJECT = (
    r"(?P<subject>(?:The|This)(?: (?!(?:is|are|was|were|be|been|has|have|had|will|would|can|could|that|who|which)\b)[a-z-]+)+?"
    rf"|{_NAME})"
)
_WHEN = re.compile(
    rf"{_SUBJECT} (?P<adverb>last |first |next )?(?P<verb>{_PAST})\b"
    rf"(?P<rest> {_CLAUSE})?? (?:in|on) (?P<taken>{_DATE})[.!]?$"
)
_WHEN_WAS = re.compile(
    rf"{_SUBJECT} (?P<be>was|were) (?P<rest>(?:\w+ly )?{_PARTICIPLE}(?: {_CLAUSE})??) (?:in|on) (?P<taken>{_DATE})[.!]?$"
)
_WHICH = re.compile(
    rf"(?P<subject>The [a-z]+s {_CLAUSE}) (?P<be>are|were) (?P<taken>{_WORD},? [^;:()]*,[^;:()]* and [^;:()]+?)[.!]?$"
)
_WHAT_IS = re.compile(rf"(?P<subject>{_NAME}) is (?P<taken>(?:a|an|the) {_CLAUSE}){_END}")

# Capitalised words that begin sentences and are no names.
_OPENERS = frozenset(
    {
        *("A", "An", "And", "Another", "As", "At", "But", "By", "Finally", "For", "From", "However", "If", "In", "Later"),
        *("Meanwhile", "No", "On", "One", "Other", "So", "Some", "Then", "There", "To", "Under", "When", "While", "With"),
        *("He", "Her", "His", "It", "Its", "My", "Our", "She", "That", "The", "Their", "These", "They", "This", "Those"),
        *("We", "What", "You", "Your"),
    }
)
# Words that mean nothing without the sentence before.
_DANGLING = re.compile(r"\b(?:he|she|they|them|him|it|we|us|our|i|my|you|your|this|these|those|such|former|latter)\b")

_QUOTED = re.compile(r"[\"“][^\"“”]*[\"”]")

LONGEST_SENTENCE = 1000
"""Characters; what is longer is a table or no prose at all, and the rules take long over it."""


@dataclass(frozen=True)
class Candidate:
    """A question, the rule that made it, and the words that were taken out, which a good answer touches."""

    question: str
    rule: str
    taken: Span


def candidates(document: Document, longest: int = 20_000) -> Iterator[Candidate]:
    """Questions about the first ``longest`` characters of ``document``, in the order of its sentences."""
    text = document.text[:longest]
    spans = [(start, end) for start, end in _sentences(text) if end - start <= LONGEST_SENTENCE]
    people = {name.split()[-1] for span in spans for match in _PERSON.finditer(text, *span) for name in match.groups() if name}
    for start, end in spans:
        sentence = text[start:end]
        for rule, match, words in _asked(sentence, people):
            question = " ".join(words.split()) + "?"
            if _reads_well(question):
                taken = Span(document, start + match.start("taken"), start + match.end("taken"))
                yield Candidate(question[0].upper() + question[1:], rule, taken)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    for paragraph in re.finditer(r"\S[^\n\r]*", text):
        for start, end in sentences(paragraph.group()):
            stripped = len(paragraph.group()[start:end].rstrip())
            yield paragraph.start() + start, paragraph.start() + start + stripped


def _asked(sentence: str, people: set[str]) -> Iterable[tuple[str, re.Match[str], str]]:
    """The rule, what it matched and the question without its mark, for each rule that ``sentence`` fits."""
    if (match := _WHO_DID.match(sentence)) and match["taken"].split()[-1] in people:
        yield "who did", match, f"who {match['rest']}"
    for match in _WHO_IS.finditer(sentence):
        yield "who is", match, f"who is the {match['role']}"
    if match := _BY_WHOM.match(sentence):
        yield "by whom", match, f"who {match['be']} {_uncapitalised(match['subject'])} {match['rest']} by"
    for match in _HOW_MANY.finditer(sentence):
        yield "how many", match, f"how many {match['thing']} {match['rest']}"
    for match in _HOW_MUCH.finditer(sentence):
        yield "how much", match, f"how much is the {match['thing']}"
    if (match := _WHEN.match(sentence)) and (verb := base(match["verb"])):
        subject, adverb, rest = _uncapitalised(match["subject"]), match["adverb"] or "", match["rest"] or ""
        yield "when", match, f"when did {subject} {adverb}{verb}{rest}"
    if match := _WHEN_WAS.match(sentence):
        yield "when", match, f"when {match['be']} {_uncapitalised(match['subject'])} {match['rest']}"
    if match := _WHICH.match(sentence):
        yield "which", match, f"which {match['be']} {_uncapitalised(match['subject'])}"
    if match := _WHAT_IS.match(sentence):
        yield "what is", match, f"{'who' if match['subject'].split()[-1] in people else 'what'} is {match['subject']}"


def base(past: str) -> str | None:
    """The verb of a past tense, or None where the rules are not sure.

    >>> base("met"), base("launched"), base("forced")
    ('meet', 'launch', None)
    """
    if past in _PAST_TO_BASE:
        return _PAST_TO_BASE[past]
    return past[:-2] if _PLAIN_PAST.fullmatch(past) else None


def _uncapitalised(subject: str) -> str:
    first, _, rest = subject.partition(" ")
    return f"{first.lower()} {rest}" if first in {"The", "This"} else subject


def _reads_well(question: str) -> bool:
    words = question.split()
    return (
        3 <= len(words) <= 18
        and words[0] in {"who", "how", "when", "which", "what"}
        and not _DANGLING.search(_QUOTED.sub("", question))
        and question.count('"') % 2 == 0
        and question.count("“") == question.count("”")
        and not any(word in _OPENERS for word in words)
    )
