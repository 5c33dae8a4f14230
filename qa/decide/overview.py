"""Say what a document is about, in its own words: its title, and the sentences nearest to the middle of its meaning."""

from collections.abc import Sequence
from itertools import islice

import numpy as np

from index.document import Document, Span
from index.encoder import unit
from index.split import sentences
from index.store import Store
from qa.answer import Answer, Citation

SENTENCES = 3
MOST_PASSAGES = 1000
"""Of a longer document, so many passages from its beginning are looked at."""
MOST_DOCUMENTS = 5
SHORTEST, LONGEST = 40, 400
"""Characters of a sentence that says something by itself."""
APART = 0.7
"""Share of a passage's nearness to the middle in its score; the rest is its distance from the passages taken before it (maximal
marginal relevance, Carbonell and Goldstein 1998, https://doi.org/10.1145/290941.291025)."""


def overview(question: str, index: Store, chosen: Sequence[str]) -> Answer:
    """What the one chosen document is about, or which documents there are; with each sentence as a citation, in their order."""
    documents = [index.by_id[one] for one in islice(chosen or index.by_id, MOST_DOCUMENTS)]
    parts = [_title(one) for one in documents]
    if len(documents) == 1:
        parts += [part for part in _central(index, documents[0]) if not parts[0][0].overlaps(part[0])]
    citations = tuple(Citation(number, span, passage) for number, (span, passage) in enumerate(parts, start=1))
    return Answer(question, citations[0].span, 1.0, citations, kind="overview")


def _title(document: Document) -> tuple[Span, Span]:
    """The title; of a document without one, its first sentence."""
    headings = document.structure.headings
    if headings and not document.text[: headings[0].line[0]].strip():
        span = Span(document, *headings[0].words)
    else:
        start = len(document.text) - len(document.text.lstrip())
        end = sentences(document.text[start : start + LONGEST])[0][1]
        span = Span(document, start, start + len(document.text[start : start + end].rstrip()))
    return span, span


def _central(index: Store, document: Document) -> list[tuple[Span, Span]]:
    """The most central sentence of each of the most central passages, with that passage."""
    passages, vectors = index.passages_of(document.id, MOST_PASSAGES)
    parted = [(passage, _sentences(passage)) for passage in passages]
    vectors = vectors[[bool(spans) for _, spans in parted]]
    held = [(passage, spans) for passage, spans in parted if spans]
    if not held:
        return []
    middle = vectors.mean(axis=0)
    taken: list[int] = []
    while len(taken) < min(SENTENCES, len(held)):
        known = (vectors @ vectors[taken].T).max(axis=1) if taken else np.zeros(len(held))
        scores = APART * (vectors @ middle) - (1 - APART) * known
        scores[taken] = -np.inf
        taken.append(int(scores.argmax()))
    found: dict[Span, Span] = {}  # Neighbouring passages share sentences.
    for number in sorted(taken):
        passage, spans = held[number]
        nearness = unit(index.encoder.encode([span.text for span in spans])) @ middle
        found.setdefault(spans[int(nearness.argmax())], passage)
    return list(found.items())


def _sentences(passage: Span) -> list[Span]:
    """The sentences of ``passage`` that are not in headings or tables and are neither very short nor very long."""
    structure, document = passage.document.structure, passage.document
    apart = [heading.line for heading in structure.headings if passage.start <= heading.line[0] < passage.end]
    apart += [table.whole for table in structure.tables_in(passage.start, passage.end)]
    found, at = [], passage.start
    for start, end in [*sorted(apart), (passage.end, passage.end)]:
        for first, last in sentences(document.text[at:start]) if at < start else ():
            text = document.text[at + first : at + last]
            span_start = at + first + len(text) - len(text.lstrip())
            if SHORTEST <= len(text.strip()) <= LONGEST:
                found.append(Span(document, span_start, span_start + len(text.strip())))
        at = max(at, end)
    return found
