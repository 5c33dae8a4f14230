"""From logits to spans: pure functions of arrays."""

import numpy as np
from numpy.typing import NDArray

Logits = NDArray[np.float32]


def best_spans(
    starts: Logits, ends: Logits, allowed: NDArray[np.bool_], longest: int, count: int
) -> list[tuple[int, int, int, float]]:
    """The best spans of all windows together, best first.

    A span's score is its start logit plus its end logit less those of position 0, which stands for "no
    answer" (Devlin et al. 2019, section 4.3: https://arxiv.org/abs/1810.04805). Each window was trained to
    share its probability between its spans and "no answer". So this difference is the log of the odds that the
    window answers with the span, against that it does not answer; and if the windows are independent and one
    of them at most has the answer, it is also the log of the odds of the span against "no window answers".
    That makes scores comparable between windows, with 0 the one score of "no answer".

    Args:
        starts: start logits, shape (windows, tokens).
        ends: end logits, same shape.
        allowed: which tokens may be in an answer, same shape.
        longest: no span has more tokens.
        count: how many spans to return from each window, at most.

    Returns:
        Tuples (window, first token, last token, score), both tokens inclusive.
    """
    windows, tokens = starts.shape
    position = np.arange(tokens)
    length = position[None, :] - position[:, None] + 1
    in_order = (length >= 1) & (length <= longest)
    found: list[tuple[int, int, int, float]] = []
    for window in range(windows):
        usable = in_order & allowed[window][:, None] & allowed[window][None, :]
        total = int(usable.sum())
        if total == 0:
            continue
        scores = starts[window][:, None] + ends[window][None, :] - (starts[window, 0] + ends[window, 0])
        flat = np.where(usable, scores, -np.inf).ravel()
        kept = min(count, total)
        top = np.argpartition(-flat, kept - 1)[:kept]
        found += [(window, int(at // tokens), int(at % tokens), float(flat[at])) for at in top]
    return sorted(found, key=lambda span: -span[3])
