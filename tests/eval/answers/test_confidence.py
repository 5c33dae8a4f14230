import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.answers.confidence import Bin, area_under_risk_coverage, calibration_error, reliability, risk_coverage

PAIRS = st.lists(st.tuples(st.sampled_from([0.0, 0.2, 0.5, 0.7, 1.0]), st.booleans()), min_size=1, max_size=40)


def arrays(pairs: list[tuple[float, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([x for x, _ in pairs]), np.array([float(y) for _, y in pairs])


def test_by_hand() -> None:
    confidences, correct = arrays([(0.9, True), (0.1, False), (0.6, False), (0.4, True)])
    assert reliability(confidences, correct, 2) == [Bin(pytest.approx(0.25), 0.5, 2), Bin(pytest.approx(0.75), 0.5, 2)]
    assert calibration_error(confidences, correct, 2) == pytest.approx(0.25)
    coverage, risk = risk_coverage(confidences, correct)
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1]
    assert risk.tolist() == pytest.approx([0, 1 / 2, 1 / 3, 2 / 4])
    assert area_under_risk_coverage(confidences, correct) == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


@given(PAIRS, st.randoms())
def test_the_order_of_the_questions_does_not_matter(pairs: list[tuple[float, bool]], random: object) -> None:
    shuffled = pairs.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    for figure in (calibration_error, area_under_risk_coverage):
        assert figure(*arrays(pairs)) == pytest.approx(figure(*arrays(shuffled)))


@given(PAIRS)
def test_at_full_coverage_the_risk_is_the_share_that_is_wrong(pairs: list[tuple[float, bool]]) -> None:
    confidences, correct = arrays(pairs)
    assert risk_coverage(confidences, correct)[1][-1] == pytest.approx(1 - correct.mean())
    assert sum(part.count for part in reliability(confidences, correct)) == len(pairs)


@given(PAIRS)
def test_a_confidence_that_is_the_share_correct_has_no_error(pairs: list[tuple[float, bool]]) -> None:
    _, correct = arrays(pairs)
    assert calibration_error(np.full(len(pairs), correct.mean()), correct) == pytest.approx(0)


def test_nothing_has_no_figures() -> None:
    nothing = np.array([])
    assert calibration_error(nothing, nothing) is None
    assert area_under_risk_coverage(nothing, nothing) is None
