import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.answers.lookalikes import abstained_where_kept, lookalikes
from qa.train.examples.squad_format import Gold, Question

PARAGRAPHS = ["The bridge was opened by Anne.", "The old bridge burnt down; Anne wept.", "The bridge is old.", "Cats sleep."]


def ask(identifier: str, text: str, answer: str | None, context: str = PARAGRAPHS[0]) -> Question:
    return Question(identifier, text, context, (Gold(answer, context.index(answer)),) if answer else (), "article")


def test_lookalikes_rank_high_and_lack_the_answer() -> None:
    questions = [ask("a", "Who opened the bridge?", "Anne")] + [ask(c, "Why?", None, c) for c in PARAGRAPHS]
    assert lookalikes(questions, PARAGRAPHS) == {"a": ["The bridge is old."]}
    assert lookalikes(questions, PARAGRAPHS, 3) == {"a": ["The bridge is old.", "Cats sleep."]}
    assert lookalikes(questions, PARAGRAPHS[:1]) == {"a": []}


def test_by_hand() -> None:
    scores, f1 = np.array([3.0, 1.0, 2.0, 0.0]), np.array([1.0, 0.5, 1.0, 0.5])
    # 0.9 of 3 is 2.7, which takes all four; 0.8 of 3 is 2.4, for which those from 1.0 on are enough.
    assert abstained_where_kept(scores, f1, np.array([-1.0, 0.5, 1.0]), 0.9) == (pytest.approx(1 / 3), 0.0)
    assert abstained_where_kept(scores, f1, np.array([-1.0, 0.5, 1.0]), 0.8) == (pytest.approx(2 / 3), 1.0)


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(0.01, 1)), min_size=1, max_size=30), st.floats(0.1, 1))
def test_the_threshold_keeps_enough_and_no_higher_one_does(pairs: list[tuple[float, float]], kept: float) -> None:
    scores, f1 = np.array([x for x, _ in pairs]), np.array([y for _, y in pairs])
    _, threshold = abstained_where_kept(scores, f1, scores, kept)
    assert f1[scores >= threshold].sum() >= kept * f1.sum() - 1e-9
    higher = scores[scores > threshold]
    if len(higher):
        assert f1[scores >= higher.min()].sum() <= kept * f1.sum() + 1e-9
