import random
from collections.abc import Callable

import pytest

from qa.train.examples.rewording import compound, dated, kind_noun, misspelt, reword, terse
from qa.train.recipe import Mix


@pytest.mark.parametrize(
    ("rewording", "question", "expected"),
    [
        (compound, "What was the deadline for the ransom?", "What was the ransom deadline?"),
        (compound, "Who won?", None),
        (lambda q: dated(q, "5:50pm"), "When did it open?", "What time did it open?"),
        (lambda q: dated(q, "Friday"), "When did it open?", "What day did it open?"),
        (lambda q: dated(q, "1902"), "When did it open?", "What year did it open?"),
        (lambda q: dated(q, "1902"), "Who opened it?", None),
        (lambda q: kind_noun(q, random.Random(0)), "How much was the ticket?", "what was the ticket price?"),
        (lambda q: terse(q, random.Random(0)), "Who is it?", None),
        (lambda q: misspelt(q, random.Random(0)), "Who is it?", None),
    ],
)
def test_rewordings_by_hand(rewording: Callable[[str], str | None], question: str, expected: str | None) -> None:
    assert rewording(question) == expected


def test_a_question_keeps_its_own_wording_most_of_the_time() -> None:
    rng = random.Random(0)
    drawn = [reword("When was the Battle of Hastings fought?", "1066", rng, Mix()) for _ in range(400)]
    assert len(set(drawn)) > 10
    assert drawn.count("When was the Battle of Hastings fought?") > 60
