"""Does the reader abstain on a passage that looks right but does not hold the answer? Most passages in use are like that."""

from collections.abc import Sequence
from itertools import islice

import bm25s
import numpy as np
import Stemmer

from eval.answers.confidence import Numbers
from eval.metrics import normalized
from qa.train.examples.squad_format import Question

KEPT = 0.9
"""The share of the answerable questions' F1 that the threshold has to keep."""


def lookalikes(questions: Sequence[Question], contexts: Sequence[str], count: int = 1) -> dict[str, list[str]]:
    """For each answerable question, by id, the ``count`` of ``contexts`` that BM25 ranks highest of those without its answers.

    There are fewer where most contexts hold an answer.
    """
    words = [f" {normalized(context)} " for context in contexts]
    stemmer = Stemmer.Stemmer("english")
    ranker = bm25s.BM25()
    ranker.index(bm25s.tokenize(contexts, stopwords="en", stemmer=stemmer, show_progress=False), show_progress=False)
    found: dict[str, list[str]] = {}
    for question in questions:
        answers = [f" {normalized(gold.text)} " for gold in question.golds]
        if not answers:
            continue
        (tokens,) = bm25s.tokenize([question.text], stopwords="en", stemmer=stemmer, return_ids=False, show_progress=False)
        scores = ranker.get_scores(tokens) if tokens else np.zeros(len(contexts))
        ranked = (int(row) for row in np.argsort(-scores, kind="stable"))
        without = (row for row in ranked if not any(answer in words[row] for answer in answers))
        others = (contexts[row] for row in without if contexts[row] != question.context)
        found[question.id] = list(islice(others, count))
    return found


def abstained_where_kept(scores: Numbers, f1: Numbers, others: Numbers, kept: float = KEPT) -> tuple[float, float]:
    """The share of ``others`` below the highest threshold at which answers keep ``kept`` of their F1, and that threshold.

    Args:
        scores: the reader's score for each answerable question on its own paragraph.
        f1: the F1 of each of those answers.
        others: its scores on passages that do not hold the answer.
        kept: the share of the mean of ``f1`` that must be left when answers below the threshold count as 0.
    """
    order = np.argsort(-scores, kind="stable")
    enough = int(np.searchsorted(np.cumsum(f1[order]), kept * f1.sum()))
    threshold = float(scores[order][min(enough, len(order) - 1)])
    return float((others < threshold).mean()), threshold
