import pytest

from eval.metrics import exact_match, f1, mean, normalized, precision_recall_f1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("The U.S. Army", "us army"),
        ("a  man,\n(an) apple & the sea", "man apple sea"),
        ("theatre", "theatre"),
        ("$200 million.", "200 million"),
        ("Société Générale", "société générale"),
        ("5:50pm", "550pm"),
        ("“quoted”", "“quoted”"),  # the official script drops ASCII punctuation only
        ("the", ""),
    ],
)
def test_normalisation_by_hand(answer: str, expected: str) -> None:
    assert normalized(answer) == expected


@pytest.mark.parametrize(
    ("answer", "accepted", "exact", "overlap"),
    [
        ("Friday", ["Friday"], 1, 1),
        ("on Friday", ["Friday"], 0, 2 / 3),  # precision 1/2, recall 1
        ("The Friday!", ["friday"], 1, 1),
        ("red red blue", ["red blue blue"], 0, 2 / 3),  # bags: one red, one blue in common of 3 and 3
        ("Kerry", ["John Kerry", "Secretary Kerry of State"], 0, 2 / 3),  # the best of 2/3 and 2/5
        ("London", ["Paris"], 0, 0),
        ("the", ["a"], 1, 1),  # both empty after normalisation
        ("the", ["cat"], 0, 0),
        ("", ["cat"], 0, 0),
        (None, ["cat"], 0, 0),
        (None, [], 1, 1),
        ("cat", [], 0, 0),
    ],
)
def test_exact_match_and_f1_by_hand(answer: str | None, accepted: list[str], exact: float, overlap: float) -> None:
    assert exact_match(answer, accepted) == exact
    assert f1(answer, accepted) == pytest.approx(overlap)


def test_precision_recall_f1_by_hand() -> None:
    predicted = [True, True, True, False, False]
    actual = [True, True, False, True, False]
    assert precision_recall_f1(predicted, actual) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert precision_recall_f1([False], [False]) == (None, None, None)
    assert precision_recall_f1([True], [False]) == (0.0, None, 0.0)


def test_the_mean_of_nothing_is_not_zero() -> None:
    assert mean([]) is None
    assert mean([1, 0]) == 0.5
