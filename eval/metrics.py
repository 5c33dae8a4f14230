"""The field's metrics: pure functions of strings and numbers.

Exact match and F1 are those of SQuAD 2.0 (Rajpurkar, Jia and Liang 2018, https://arxiv.org/abs/1806.03822; the
definitions are in the official script evaluate-v2.0.py).
"""

import re
import string
from collections import Counter
from collections.abc import Iterable, Sequence

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalized(answer: str) -> str:
    """Lower case, without ASCII punctuation, articles and extra white space, in that order.

    >>> normalized("The  $200 million, (a) ransom!")
    '200 million ransom'
    """
    return " ".join(_ARTICLES.sub(" ", answer.lower().translate(_PUNCTUATION)).split())


def exact_match(answer: str | None, accepted: Sequence[str]) -> float:
    """1 if ``answer`` equals an accepted one after normalisation, else 0.

    None is "no answer", and so is the only right answer where nothing is accepted.
    """
    if answer is None or not accepted:
        return float(answer is None and not accepted)
    return float(any(normalized(answer) == normalized(gold) for gold in accepted))


def f1(answer: str | None, accepted: Sequence[str]) -> float:
    """The best F1 of the bags of words of ``answer`` and an accepted one, 0 to 1.

    As for `exact_match`, None stands for "no answer".

    >>> f1("on Friday evening", ["Friday"])
    0.5
    """
    if answer is None or not accepted:
        return float(answer is None and not accepted)
    return max(_f1(normalized(answer).split(), normalized(gold).split()) for gold in accepted)


def _f1(answer: list[str], gold: list[str]) -> float:
    if not answer or not gold:
        return float(answer == gold)
    same = sum((Counter(answer) & Counter(gold)).values())
    return 2 * same / (len(answer) + len(gold))


def mean(values: Iterable[float]) -> float | None:
    """The mean; None of nothing, which is not the same as 0."""
    listed = list(values)
    return sum(listed) / len(listed) if listed else None


def precision_recall_f1(predicted: Sequence[bool], actual: Sequence[bool]) -> tuple[float | None, float | None, float | None]:
    """Precision, recall and their harmonic mean; None where a denominator is zero."""
    hits = sum(guess and truth for guess, truth in zip(predicted, actual, strict=True))
    precision = hits / sum(predicted) if any(predicted) else None
    recall = hits / sum(actual) if any(actual) else None
    both = sum(predicted) + sum(actual)
    return precision, recall, 2 * hits / both if both else None
