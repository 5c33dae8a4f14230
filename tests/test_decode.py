import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from qa.decode import best_spans


def brute_force(starts: np.ndarray, ends: np.ndarray, allowed: np.ndarray, longest: int) -> list[tuple[int, int, int, float]]:
    """Every allowed span of every window, by a plain loop, best first."""
    found = []
    for window in range(starts.shape[0]):
        null = float(starts[window, 0] + ends[window, 0])
        for first in range(starts.shape[1]):
            for last in range(first, starts.shape[1]):
                if last - first < longest and allowed[window, first] and allowed[window, last]:
                    found.append((window, first, last, float(starts[window, first] + ends[window, last]) - null))
    return sorted(found, key=lambda span: -span[3])


@given(some.integers(1, 4), some.integers(1, 12), some.integers(1, 6), some.integers(1, 5), some.integers(0, 2**32 - 1))
def test_equal_to_a_double_loop(windows: int, tokens: int, longest: int, count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    starts, ends = (random.normal(size=(windows, tokens)).astype(np.float32) for _ in range(2))
    allowed = random.random((windows, tokens)) < 0.6
    expected = brute_force(starts, ends, allowed, longest)
    found = best_spans(starts, ends, allowed, longest, count)
    assert [span[3] for span in found[:count]] == pytest.approx([span[3] for span in expected[:count]], abs=1e-4)
    every = {span[:3]: span[3] for span in expected}
    for window, first, last, score in found:
        assert score == pytest.approx(every[window, first, last], abs=1e-4)


def test_by_hand() -> None:
    starts = np.array([[1, 0, 5, 0], [0, 4, 0, 0]], dtype=np.float32)
    ends = np.array([[1, 9, 0, 3], [0, 0, 2, 0]], dtype=np.float32)
    allowed = np.array([[False, True, True, True], [False, True, True, True]])
    # In window 0 the end with the highest logit lies before the best start, so (2, 3) wins over it: 5 + 3 - (1 + 1).
    # (1, 1) has 0 + 9 - 2 = 7; window 1 has 4 + 2 - 0 = 6.
    assert best_spans(starts, ends, allowed, 3, 1) == [(0, 1, 1, 7.0), (1, 1, 2, 6.0)]
    assert best_spans(starts, ends, allowed, 3, 2)[1] == (0, 2, 3, 6.0)


def test_a_window_without_context_has_no_spans() -> None:
    logits = np.zeros((1, 3), dtype=np.float32)
    assert best_spans(logits, logits, np.zeros((1, 3), dtype=bool), 5, 5) == []
