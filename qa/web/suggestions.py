"""Questions to start with: made from the documents themselves, and kept if the bot answers them well."""

from collections.abc import Sequence
from itertools import chain, islice, zip_longest

from index.document import Document
from qa.answer import Answer
from qa.bot import Bot
from qa.web.wording import Candidate, candidates

MOST = 5
MOST_ASKED = 16
"""Each costs the time of an answer, before the server is ready."""
MOST_DOCUMENTS = 20
MOST_OF_A_RULE = 2
"""So that the questions differ in kind."""


def suggestions(bot: Bot) -> list[str]:
    """Up to five questions that ``bot`` answers with the words which the question was made to ask for, surest first.

    No two of them have answers that overlap.
    """
    asked = ((candidate, bot.ask(candidate.question)) for candidate in _drawn(bot.index.documents))
    return chosen([(candidate, answer) for candidate, answer in asked])


def chosen(asked: Sequence[tuple[Candidate, Answer]]) -> list[str]:
    """The questions to keep of those that were tried."""
    kept: list[tuple[Candidate, Answer]] = []
    for candidate, answer in sorted(asked, key=lambda pair: -pair[1].confidence):
        if answer.span is None or not answer.span.overlaps(candidate.taken):
            continue
        of_the_rule = sum(other.rule == candidate.rule for other, _ in kept)
        if of_the_rule < MOST_OF_A_RULE and not any(other.span and other.span.overlaps(answer.span) for _, other in kept):
            kept.append((candidate, answer))
    return [candidate.question for candidate, _ in kept[:MOST]]


def _drawn(documents: Sequence[Document]) -> list[Candidate]:
    """Candidates to try: one of each rule in turn, and of each document in turn within a rule."""
    by_rule: dict[str, list[list[Candidate]]] = {}
    for document in documents[:MOST_DOCUMENTS]:
        of_document: dict[str, list[Candidate]] = {}
        for candidate in candidates(document):
            of_document.setdefault(candidate.rule, []).append(candidate)
        for rule, made in of_document.items():
            by_rule.setdefault(rule, []).append(made)
    in_turn = _interleaved([_interleaved(made) for made in by_rule.values()])
    return list(islice({candidate.question: candidate for candidate in in_turn}.values(), MOST_ASKED))


def _interleaved(lists: Sequence[Sequence[Candidate]]) -> list[Candidate]:
    return [candidate for candidate in chain.from_iterable(zip_longest(*lists)) if candidate is not None]
