"""The field's metrics: pure functions of strings and ranks.

Exact match and F1 are those of SQuAD 2.0 (Rajpurkar, Jia and Liang 2018, https://arxiv.org/abs/1806.03822; the
definitions are in the official script evaluate-v2.0.py).
"""

import re
import string
from collections import Counter
from collections.abc import Sequence
from math import log2

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalized(answer: str) -> str:
    """Lower case, without ASCII punctuation, articles and extra white space, in that order.

    >>> normalized("The  $200 million, (a) ransom!")
    '200 million ransom'
    """
    return " ".join(_ARTICLES.sub(" ", answer.lower().translate(_PUNCTUATION)).split())


def exact_match(answer: str | None, accepted: Sequence[str]) -> float:
    """1 if ``answer`` equals an accepted answer after normalisation, else 0.

    None is "no answer", and so is the only right answer where nothing is accepted.
    """
    return float(normalized(answer or "") in _golds(accepted))


def f1(answer: str | None, accepted: Sequence[str]) -> float:
    """The best F1 of the bags of words of ``answer`` and an accepted one, 0 to 1.

    As for `exact_match`, None stands for "no answer".

    >>> f1("on Friday evening", ["Friday"])
    0.5
    """
    return max(_f1(normalized(answer or "").split(), gold.split()) for gold in _golds(accepted))


def _golds(accepted: Sequence[str]) -> list[str]:
    """The accepted answers, normalised. If there are none, the empty answer is accepted, as in the official script."""
    return [normalized(gold) for gold in accepted if normalized(gold)] or [""]


def _f1(answer: list[str], gold: list[str]) -> float:
    if not answer or not gold:
        return float(answer == gold)
    same = sum((Counter(answer) & Counter(gold)).values())
    return 2 * same / (len(answer) + len(gold))


def reciprocal_rank(relevant: Sequence[bool]) -> float:
    """1 over the rank of the first relevant passage; 0 if none is. ``relevant`` says it of each, best first."""
    return next((1 / rank for rank, hit in enumerate(relevant, start=1) if hit), 0.0)


def ndcg(relevant: Sequence[bool], total: int, k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first ``k`` passages, of which ``total`` in the index are relevant.

    A relevant passage at rank r gains 1 / log2(r + 1) (Järvelin and Kekäläinen 2002,
    https://doi.org/10.1145/582415.582418); the sum is divided by that of the best possible order. 0 if nothing is relevant.

    >>> ndcg([True, False, True], 2) == (1 + 1 / 2) / (1 + 1 / log2(3))
    True
    """
    gained = sum(1 / log2(rank + 1) for rank, hit in enumerate(relevant[:k], start=1) if hit)
    best = sum(1 / log2(rank + 1) for rank in range(1, min(total, k) + 1))
    return gained / best if best else 0.0
