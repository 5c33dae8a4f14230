from math import log2

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score
from torchmetrics.functional.text import squad

from eval.metrics import exact_match, f1, ndcg, normalized, reciprocal_rank


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
        ("the", ["cat", "a"], 0, 0),  # a gold of nothing but an article is dropped
        ("cat", [], 0, 0),
    ],
)
def test_exact_match_and_f1_by_hand(answer: str | None, accepted: list[str], exact: float, overlap: float) -> None:
    assert exact_match(answer, accepted) == exact
    assert f1(answer, accepted) == pytest.approx(overlap)


def test_ranks_by_hand() -> None:
    assert reciprocal_rank([False, True, True]) == 1 / 2
    assert reciprocal_rank([False]) == reciprocal_rank([]) == 0
    assert ndcg([False, True, True], 2) == pytest.approx((1 / log2(3) + 1 / log2(4)) / (1 + 1 / log2(3)))
    assert ndcg([False, True], 1, k=1) == 0
    assert ndcg([], 0) == 0


@given(st.lists(st.booleans(), min_size=2, max_size=30))
def test_ndcg_is_that_of_scikit_learn(relevant: list[bool]) -> None:
    descending = list(range(len(relevant), 0, -1))
    expected = ndcg_score([relevant], [descending], k=10) if any(relevant) else 0.0
    assert ndcg(relevant, sum(relevant)) == pytest.approx(expected)


WORDS = st.sampled_from(
    ["the", "The", "an", "ransom", "deadline", "Friday", "$200", "5:50pm", "é", "naïve.", "“so”", "U.S.", ","]
)
ANSWERS = st.lists(WORDS, min_size=1, max_size=5).map(" ".join)


@given(ANSWERS, st.lists(ANSWERS, min_size=1, max_size=3))
def test_exact_match_and_f1_are_those_of_torchmetrics(answer: str, golds: list[str]) -> None:
    # torchmetrics computes SQuAD 1.1, which has no rule for golds of nothing but articles and marks.
    assume(normalized(answer) and all(normalized(gold) for gold in golds))
    expected = squad(
        [{"prediction_text": answer, "id": "a"}],
        [{"answers": {"text": golds, "answer_start": [0] * len(golds)}, "id": "a"}],
    )
    assert 100 * exact_match(answer, golds) == pytest.approx(float(expected["exact_match"]))
    assert 100 * f1(answer, golds) == pytest.approx(float(expected["f1"]), abs=1e-4)
