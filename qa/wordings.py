"""Other wordings of a question, for the reader to vote over."""

import re

_COMPOUND = re.compile(
    r"^(?:(?P<ask>(?:what|which)(?:'s| is| was| are| were)) (?:the |a |an )?)?"
    r"(?P<modifiers>(?:[\w'’-]+ ){1,3})(?P<head>[\w-]{3,})\W*$",
    re.IGNORECASE,
)
_NOT_IN_A_COMPOUND = re.compile(
    r"\b(?:who|what|when|where|why|which|how|is|was|are|were|be|do|does|did|has|have|had|can|will|the|a|an|of|in|on|at|to|"
    r"for|by|with|from|and|or|not|no|there|it|he|she|they|you|your|we|i|my|me|this|that)\b",
    re.IGNORECASE,
)


def wordings(question: str) -> list[str]:
    """``question``, and if it asks for a compound, the same with the last noun alone.

    In "the ransom deadline" the last noun says what is asked for, and the one before it only which; but a small reader
    is drawn to whatever stands beside either. Read both ways, over passages found for the whole question, only what
    answers both scores high.

    >>> wordings("What was the ransom deadline?")
    ['What was the ransom deadline?', 'What was the deadline?']
    >>> wordings("Who paid?")
    ['Who paid?']
    """
    match = _COMPOUND.match(question.strip())
    if match is None or _NOT_IN_A_COMPOUND.search(f"{match['modifiers']}{match['head']}"):
        return [question]
    return [question, f"{match['ask'] or 'What is'} the {match['head']}?"]
