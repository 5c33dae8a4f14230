"""Whether confidence means what it says: pure functions of confidences, 0 to 1, and of what was correct, 0 or 1.

Answers of equal confidence cannot be told apart, so each of them counts as correct as all of them are on average; no
figure depends on the order in which they come.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

BINS = 10


@dataclass(frozen=True)
class Bin:
    """Answers of similar confidence: their mean confidence, the share of them that is correct, how many they are."""

    confidence: float
    correct: float
    count: int


def reliability(confidences: Numbers, correct: Numbers, bins: int = BINS) -> list[Bin]:
    """The reliability curve, over bins of equal size, least confident first.

    Bins of equal size, not width, as few answers would fall into some otherwise (Nguyen and O'Connor 2015,
    https://arxiv.org/abs/1508.05154).
    """
    ordered, truth = _sorted(confidences, correct)
    pieces = zip(np.array_split(ordered, bins), np.array_split(truth, bins), strict=True)
    return [Bin(float(x.mean()), float(y.mean()), len(x)) for x, y in pieces if len(x)]


def calibration_error(confidences: Numbers, correct: Numbers, bins: int = BINS) -> float | None:
    """Expected calibration error: the mean gap between confidence and share correct over `reliability`'s bins."""
    if not len(confidences):
        return None
    curve = reliability(confidences, correct, bins)
    return sum(part.count * abs(part.confidence - part.correct) for part in curve) / len(confidences)


def risk_coverage(confidences: Numbers, correct: Numbers) -> tuple[Numbers, Numbers]:
    """Coverage and risk when only the most confident are answered: 1, 2, ... all of them, arrays of the same length.

    Risk is the share of the answered that is wrong (El-Yaniv and Wiener 2010, https://jmlr.org/papers/v11/el-yaniv10a.html).
    """
    _, truth = _sorted(confidences, correct)
    answered = np.arange(1, len(truth) + 1)
    return answered / max(1, len(truth)), np.cumsum(1 - truth[::-1]) / answered


def area_under_risk_coverage(confidences: Numbers, correct: Numbers) -> float | None:
    """Mean risk over all coverages (AURC; Geifman, Uziel and El-Yaniv 2019, https://arxiv.org/abs/1805.08206)."""
    return float(risk_coverage(confidences, correct)[1].mean()) if len(confidences) else None


def _sorted(confidences: Numbers, correct: Numbers) -> tuple[Numbers, Numbers]:
    """Both, least confident first, equals averaged."""
    _, group, counts = np.unique(confidences, return_inverse=True, return_counts=True)
    averaged = (np.bincount(group, correct) / counts)[group]
    order = np.argsort(confidences, kind="stable")
    return confidences[order], averaged[order]
