import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from qa.read.decode import best_spans


def brute_force(
    starts: np.ndarray, ends: np.ndarray, allowed: np.ndarray, longest: int, penalty: float
) -> list[tuple[int, int, int, float]]:
    """Every allowed span of every row, by a plain loop, best first."""
    found = []
    for row in range(starts.shape[0]):
        for first in range(starts.shape[1]):
            for last in range(first, starts.shape[1]):
                if last - first < longest and allowed[row, first] and allowed[row, last]:
                    score = float(starts[row, first] + ends[row, last]) - penalty * math.log(last - first + 1)
                    found.append((row, first, last, score))
    return sorted(found, key=lambda span: -span[3])


@given(
    some.integers(1, 4),
    some.integers(1, 12),
    some.integers(1, 6),
    some.integers(1, 5),
    some.floats(0, 2),
    some.integers(0, 2**32 - 1),
)
def test_equal_to_a_double_loop(rows: int, tokens: int, longest: int, count: int, penalty: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    starts, ends = (random.normal(size=(rows, tokens)).astype(np.float32) for _ in range(2))
    allowed = random.random((rows, tokens)) < 0.6
    expected = brute_force(starts, ends, allowed, longest, penalty)
    found = best_spans(starts, ends, allowed, longest, count, penalty)
    assert [span[3] for span in found[:count]] == pytest.approx([span[3] for span in expected[:count]], abs=1e-4)
    every = {span[:3]: span[3] for span in expected}
    for row, first, last, score in found:
        assert score == pytest.approx(every[row, first, last], abs=1e-4)


def test_by_hand() -> None:
    starts = np.array([[9, 0, 5, 0], [9, 4, 0, 0]], dtype=np.float32)
    ends = np.array([[9, 9, 0, 3], [9, 0, 2, 0]], dtype=np.float32)
    allowed = np.array([[False, True, True, True], [False, True, True, True]])
    # In row 0 the highest end lies before the highest start, so they make no span: (1, 1) has 0 + 9, (2, 3) has 5 + 3.
    assert best_spans(starts, ends, allowed, 3, 1) == [(0, 1, 1, 9.0), (1, 1, 2, 6.0)]
    assert best_spans(starts, ends, allowed, 3, 2)[1] == (0, 2, 3, 8.0)
    assert best_spans(starts, ends, allowed, 1, 2)[1] == (0, 2, 2, 5.0)


def test_the_penalty_decides_between_two_answers_and_the_span_from_one_to_the_other() -> None:
    starts = np.array([[0, 6, 0, 0, 5]], dtype=np.float32)
    ends = np.array([[0, 4, 0, 0, 6]], dtype=np.float32)
    allowed = np.array([[False, True, True, True, True]])
    assert best_spans(starts, ends, allowed, 9, 1) == [(0, 1, 4, 12.0)]
    assert best_spans(starts, ends, allowed, 9, 1, length_penalty=1.0) == [(0, 4, 4, 11.0)]


def test_of_equal_scores_the_first_and_shortest_come_first() -> None:
    equal = np.zeros((2, 40), dtype=np.float32)
    allowed = np.ones_like(equal, dtype=bool)
    assert best_spans(equal, equal, allowed, longest=3, count=2) == [
        (0, 0, 0, 0.0),
        (0, 1, 1, 0.0),
        (1, 0, 0, 0.0),
        (1, 1, 1, 0.0),
    ]
    every = best_spans(equal, equal, allowed, longest=3, count=200)
    assert len(every) == 2 * (40 + 39 + 38)
    assert every == sorted(every)


def test_a_row_without_context_has_no_spans() -> None:
    logits = np.zeros((1, 3), dtype=np.float32)
    assert best_spans(logits, logits, np.zeros((1, 3), dtype=bool), 5, 5) == []
