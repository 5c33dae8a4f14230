"""From logits to spans: pure functions of arrays."""

from math import log

import numpy as np
from numpy.typing import NDArray

Logits = NDArray[np.float32]


def best_spans(
    starts: Logits, ends: Logits, allowed: NDArray[np.bool_], longest: int, count: int, length_penalty: float = 0.0
) -> list[tuple[int, int, int, float]]:
    """The best spans of all rows together, best first.

    A span's score is the sum of its start and its end logit. All pairs are scored at once, and an end never comes before its
    start. The model scores starts and ends independently: if a sentence has two answers, the span from the first to the
    second scores high too. A penalty on the logarithm of the length then prefers the first or the second alone.

    Args:
        starts: start logits, shape (rows, tokens).
        ends: end logits, same shape.
        allowed: which tokens may begin or end an answer, same shape.
        longest: no span has more tokens.
        count: how many spans to return from each row, at most.
        length_penalty: times the natural logarithm of a span's number of tokens, it is taken off the span's score.

    Returns:
        Tuples (row, first token, last token, score), both tokens inclusive.
    """
    rows, tokens = starts.shape
    starts, ends = (np.where(allowed, logits, -np.inf) for logits in (starts, ends))
    # scores[row, more, first]: the span from `first` to `first + more`. Its size is linear in the number of tokens.
    scores = np.full((rows, min(longest, tokens), tokens), -np.inf, dtype=np.float32)
    for more in range(scores.shape[1]):
        scores[:, more, : tokens - more] = starts[:, : tokens - more] + ends[:, more:] - length_penalty * log(more + 1)
    flat = scores.reshape(rows, -1)
    kept = min(count, flat.shape[1])
    found: list[tuple[int, int, int, float]] = []
    for row, lowest in enumerate(np.partition(flat, -kept, axis=1)[:, -kept] if kept else []):
        # Which of equal scores a partition picks depends on the processor. So ties are settled here: shorter spans are kept.
        among = np.flatnonzero((flat[row] >= lowest) & (flat[row] > -np.inf))
        for at in among[np.argsort(-flat[row, among], kind="stable")][:kept]:
            more, first = divmod(int(at), tokens)
            found.append((row, first, first + more, float(flat[row, at])))
    return sorted(found, key=lambda span: (-span[3], span))
