from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.answers.compare import comparison, missed, parse_gate
from eval.answers.scores import LOWER_IS_BETTER, TITLES, Row, clusters, differences, figures, intervals


def made(number: int, f1: float, article: str = "", confidence: float = 0.5) -> Row:
    return Row(str(number), article, "kind", {"f1": (f1, 1.0)}, confidence, f1 >= 0.8)


ROWS = st.lists(st.tuples(st.floats(0, 1), st.sampled_from("abcdefg"), st.floats(0, 1)), min_size=1, max_size=30).map(
    lambda drawn: [made(i, *one) for i, one in enumerate(drawn)]
)


@settings(max_examples=15)
@given(ROWS)
def test_a_figure_lies_in_its_interval_s_range_and_the_seed_decides(rows: list[Row]) -> None:
    found, limits = figures(rows), intervals(rows, 3)
    assert limits == intervals(rows, 3)
    low, high = limits["f1"] or (1.0, 0.0)
    scores = [row.scores["f1"][0] for row in rows]
    assert min(scores) - 1e-9 <= low <= high <= max(scores) + 1e-9
    assert found["f1"] == pytest.approx(sum(scores) / len(scores))
    assert limits["no_answer"] is None


def test_the_interval_of_a_share_is_the_binomial_one() -> None:
    # 400 questions, half right: the normal approximation is 0.5 +- 1.96 * sqrt(0.25 / 400).
    low, high = intervals([made(i, float(i % 2)) for i in range(400)], 0)["f1"] or (0.0, 0.0)
    assert (low, high) == pytest.approx((0.451, 0.549), abs=0.01)


def test_questions_of_an_article_are_resampled_together() -> None:
    alike = [made(i, float(i % 10 < 5), article=f"article {i % 10}") for i in range(100)]
    assert len(clusters(alike)) == 10
    wide, narrow = intervals(alike, 0)["f1"], intervals([replace(row, article="") for row in alike], 0)["f1"]
    assert wide is not None
    assert narrow is not None
    # Ten articles, each all right or all wrong, say as much as ten questions.
    assert wide[1] - wide[0] > 2.5 * (narrow[1] - narrow[0])


def test_with_few_articles_questions_are_resampled() -> None:
    assert len(clusters([made(i, 1.0, article=f"article {i % 4}") for i in range(12)])) == 12


@settings(max_examples=15)
@given(ROWS)
def test_a_run_does_not_differ_from_itself(rows: list[Row]) -> None:
    common, found, limits = differences(rows, rows, 0)
    assert common == len(rows)
    assert found["f1"] == 0
    assert limits["f1"] == (0, 0)
    assert found["no_answer"] is None


def test_differences_are_paired_by_id() -> None:
    # Every question gains exactly 0.1, whatever it had: paired, the interval has no width.
    old = [made(i, (i % 9) / 10) for i in range(50)]
    new = [made(i, (i % 9) / 10 + 0.1) for i in reversed(range(60))]
    common, found, limits = differences(new, old, 0)
    assert common == 50
    assert found["f1"] == pytest.approx(0.1)
    assert limits["f1"] == pytest.approx((0.1, 0.1))
    table = comparison(new, old, "old.json", 0)
    assert "on the 50 questions that both have (60 here, 50 there)" in table
    assert next(line for line in table.splitlines() if line.startswith("token F1 ")).endswith("better")


def test_less_is_better_for_errors() -> None:
    old = [made(i, 1.0, confidence=0.1) for i in range(50)]
    new = [made(i, 1.0, confidence=0.9) for i in range(50)]
    lines = comparison(new, old, "old.json", 0).splitlines()
    assert next(line for line in lines if line.startswith(TITLES["calibration_error"])).endswith("better")
    assert set(TITLES) >= LOWER_IS_BETTER


def test_a_gate_by_hand() -> None:
    gate = parse_gate("f1=80, no_answer=70")
    assert gate == {"f1": 80, "no_answer": 70}
    assert missed({"f1": 0.8, "no_answer": 0.7}, gate) == []
    assert missed({"f1": 0.57, "no_answer": 0.571}, {"f1": 57, "no_answer": 57.1}) == []
    assert missed({"f1": 0.5699}, {"f1": 57}) == ["f1: 56.99, at least 57 expected"]
    assert missed({"f1": 0.7999, "no_answer": None}, gate) == [
        "f1: 79.99, at least 80 expected",
        "no_answer: no question counts in it, at least 70 expected",
    ]


@pytest.mark.parametrize("text", ["f1", "f1=", "f1=high", "f2=80", "f1=101", "f1=nan", "brier=10", "", "f1=80,,"])
def test_a_gate_that_cannot_be_read(text: str) -> None:
    with pytest.raises(ValueError, match="--fail-under"):
        parse_gate(text)
