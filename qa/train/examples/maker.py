"""Make a pass's training examples: cropped contexts, reworded questions, made-up negatives.

Nearly all public data is answerable, while most passages that a reader sees in use do not hold the
answer. So questions also get negatives, of the kinds that `Mix` names.
"""

import random
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

import bm25s

from index.split import sentences
from qa.train.examples.lexicon import Lexicon
from qa.train.examples.rewording import negated, replaced, reword
from qa.train.examples.rows import Example
from qa.train.examples.squad_format import Gold, Question
from qa.train.recipe import Recipe

CROP_SHARE = 0.6
"""Share of contexts that are cut down to a few sentences, like the passages of the index."""
SHORT_CONTEXT = 45
"""Words; half of the shorter contexts are put among others, because a sentence is rarely read alone."""
HARDEST = 8
"""Negatives of a question are drawn from so many other passages of its document, the hardest ones."""
LONGEST_CONTEXT = 220
"""Words; longer contexts are always cropped, so that no answer falls outside the reader's window."""

_NAME = re.compile(r"(?<!^)\b[A-Z][\w'-]+(?: (?:of |the )?[A-Z][\w'-]+)*|\b\d[\d,.]*\b")


def crop(context: str, gold: Gold | None, words: int, rng: random.Random) -> tuple[str, Gold | None]:
    """Cut ``context`` to whole sentences around ``gold``, about ``words`` words of them.

    The sentences are added on a random side until the budget is full, so the answer stands anywhere.
    """
    spans = sentences(context)
    starts = [start for start, _ in spans]
    if gold is None:
        first = last = rng.randrange(len(spans))
    else:
        first = bisect_right(starts, gold.start) - 1
        last = bisect_right(starts, gold.end - 1) - 1
    used = len(context[spans[first][0] : spans[last][1]].split())
    while first > 0 or last < len(spans) - 1:
        left = first > 0 and (last == len(spans) - 1 or rng.random() < 0.5)
        added = first - 1 if left else last + 1
        used += len(context[slice(*spans[added])].split())
        if used > words:
            break
        first, last = (added, last) if left else (first, added)
    start, end = spans[first][0], spans[last][1]
    while start < end and context[start].isspace() and (gold is None or start < gold.start):
        start += 1
    return context[start:end].rstrip(), None if gold is None else Gold(gold.text, gold.start - start)


class ExampleMaker:
    """Draws one pass's examples from all questions, the same ones for the same seed and pass.

    This holds among processors with AVX-512, and among those without. Between the two, numpy picks different contexts of equal
    BM25 scores, so different negatives are drawn, as with another seed.
    """

    def __init__(self, sources: Mapping[str, Sequence[Question]], recipe: Recipe, show_progress: bool = False) -> None:
        """Index each source for its negatives.

        Raises:
            ValueError: the recipe needs WordNet, and it is not installed.
        """
        self.sources = sources
        self.recipe = recipe
        self._lexicon = Lexicon() if recipe.mix.synonyms or recipe.mix.contradicted else None
        self._similar = {name: _similar(questions, show_progress) for name, questions in sources.items()}
        self._names = {
            name: sorted({match for q in questions for match in _NAME.findall(q.text)}) for name, questions in sources.items()
        }

    @property
    def has_verdicts(self) -> bool:
        """Whether there are yes/no questions."""
        return any(question.verdict for questions in self.sources.values() for question in questions)

    def make(self, number: int) -> list[Example]:
        """The examples of pass ``number``, from 0, in random order."""
        rng = random.Random(f"{self.recipe.seed}/{number}")
        examples: list[Example] = []
        for name, questions in self.sources.items():
            share = self.recipe.shares.get(name, 1.0)
            for i, question in enumerate(questions):
                for _ in range(int(share) + (rng.random() < share % 1)):
                    examples.append(self._own(name, i, rng))
                    if question.others:
                        examples += self._of_its_document(question, rng)
                    elif question.golds and rng.random() < self.recipe.mix.negatives:
                        examples.append(self._negative(name, i, rng))
        rng.shuffle(examples)
        return examples

    def _own(self, name: str, i: int, rng: random.Random) -> Example:
        question = self.sources[name][i]
        gold: Gold | None = None
        if question.golds:
            # Annotators differ in how much they mark. The longest answer is understood by itself.
            gold = rng.choice(question.golds) if rng.random() < 0.5 else max(question.golds, key=lambda gold: len(gold.text))
        return self._example(name, i, question.text, question.context, gold, rng)

    def _of_its_document(self, question: Question, rng: random.Random) -> list[Example]:
        """The question on other passages of its document, which the reader sees in use too."""
        among = question.others[:HARDEST]
        others = self.recipe.mix.others
        passages = rng.sample(among, min(int(others) + (rng.random() < others % 1), len(among)))
        return [Example(self._worded(question, question.text, rng), passage, None) for passage in passages]

    def _worded(self, question: Question, wording: str, rng: random.Random) -> str:
        # The answer's form is taken from the question even for a negative: the wording must not tell them apart.
        answer = question.golds[0].text if question.golds else None
        return reword(wording, answer, rng, self.recipe.mix, self._lexicon)

    def _among_others(self, context: str, gold: Gold | None, name: str, rng: random.Random) -> tuple[str, Gold | None]:
        """Put a short context between other short ones of its source."""
        others = [rng.choice(self.sources[name]).context for _ in range(rng.randint(1, 3))]
        others = [other for other in others if other != context and len(other.split()) < 60]
        at = rng.randint(0, len(others))
        before = "".join(other + " " for other in others[:at])
        after = "".join(" " + other for other in others[at:])
        if gold is not None:
            gold = Gold(gold.text, gold.start + len(before))
        return before + context + after, gold

    def _negative(self, name: str, i: int, rng: random.Random) -> Example:
        """A question with a context that does not answer it.

        If the drawn kind is not possible, the passage is one that BM25 ranks high.
        """
        question, mix = self.sources[name][i], self.recipe.mix
        kinds = [mix.without_answer, mix.swapped, mix.swapped_inside, mix.contradicted]
        kind = bisect_right(list(accumulate(kinds)), rng.random())
        if question.verdict:
            # In other words it may have another verdict, and other sentences of its paragraph may give the same one.
            return Example(self._worded(question, question.text, rng), self._other(name, i, rng), None)
        if kind == 0:
            rest = _without_answers(question)
            if len(rest.split()) >= 8:
                return self._example(name, i, question.text, rest, None, rng)
        elif kind < len(kinds):
            false = self._contradicted(question, rng) if kind == 3 else self._swapped(question, name, kind == 2, rng)
            if false is not None:
                context, _ = crop(question.context, rng.choice(question.golds), LONGEST_CONTEXT, rng)
                return self._example(name, i, false, context, None, rng)
        other = _without_answers(replace(question, context=self._other(name, i, rng)))
        if not other:
            return self._own(name, i, rng)
        return self._example(name, i, question.text, other, None, rng)

    def _other(self, name: str, i: int, rng: random.Random) -> str:
        """A context that BM25 ranks high for the question, and that is not its own."""
        return rng.choice(self._similar[name][i] or [rng.choice(self.sources[name]).context])

    def _swapped(self, question: Question, name: str, inside: bool, rng: random.Random) -> str | None:
        """The question with a name or number of its paragraph swapped for another, from inside the paragraph or not."""
        held = [match for match in _NAME.finditer(question.text) if match.group() in question.context]
        if not held:
            return None
        match = rng.choice(held)
        digit = match.group()[0].isdigit()
        if inside:
            others = sorted(set(_NAME.findall(question.context)))
            rng.shuffle(others)
        else:
            others = rng.sample(self._names[name], k=min(20, len(self._names[name])))
        answers = " ".join(gold.text for gold in question.golds)
        for other in others:
            fits = other[0].isdigit() == digit and (inside or other not in question.context) and other not in answers
            if fits and other not in question.text and match.group() not in other:
                return f"{question.text[: match.start()]}{other}{question.text[match.end() :]}"
        return None

    def _contradicted(self, question: Question, rng: random.Random) -> str | None:
        if self._lexicon is not None and rng.random() < 0.8:
            contrary = replaced(question.text, rng, self._lexicon.antonyms)
            if contrary is not None:
                return contrary
        return negated(question.text, rng)

    def _example(self, name: str, i: int, wording: str, context: str, gold: Gold | None, rng: random.Random) -> Example:
        question = self.sources[name][i]
        if question.others or question.verdict:
            return Example(self._worded(question, wording, rng), context, gold, question.verdict)  # Already as in use.
        if len(context.split()) < SHORT_CONTEXT and rng.random() < 0.5:
            context, gold = self._among_others(context, gold, name, rng)
        if rng.random() < CROP_SHARE:
            context, gold = crop(context, gold, rng.randint(30, 120), rng)
        elif len(context.split()) > LONGEST_CONTEXT:
            context, gold = crop(context, gold, LONGEST_CONTEXT, rng)
        return Example(self._worded(question, wording, rng), context, gold)


def _without_answers(question: Question) -> str:
    """The question's context without the sentences that hold one of its answers."""
    answers = [gold.text.lower() for gold in question.golds]
    kept = [question.context[start:end] for start, end in sentences(question.context)]
    return "".join(s for s in kept if not any(answer in s.lower() for answer in answers)).strip()


def _similar(questions: Sequence[Question], show_progress: bool, top: int = 8) -> list[list[str]]:
    """For each question, the contexts of its source that BM25 ranks highest and that hold none of its answers."""
    contexts = sorted({question.context for question in questions})
    if len(contexts) < top:
        return [[] for _ in questions]
    ranker = bm25s.BM25()
    ranker.index(bm25s.tokenize(contexts, show_progress=False), show_progress=False)
    tokens = bm25s.tokenize([question.text for question in questions], show_progress=False)
    found, _ = ranker.retrieve(tokens, k=top, show_progress=show_progress)
    similar: list[list[str]] = []
    for question, row in zip(questions, found, strict=True):
        answers = [gold.text.lower() for gold in question.golds]
        ranked = [contexts[j] for j in row if contexts[j] != question.context]
        similar.append([c for c in ranked if not any(answer in c.lower() for answer in answers)][:4])
    return similar
