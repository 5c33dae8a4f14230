import random
import re
from dataclasses import replace

import pytest

from qa.train.examples.maker import ExampleMaker, crop
from qa.train.examples.squad_format import Gold
from qa.train.recipe import Mix, Recipe
from tests.qa.train.conftest import CONTEXT, QUESTIONS, ask, examples_of


@pytest.mark.parametrize("seed", range(50))
def test_cropping_keeps_the_answer_where_it_says(seed: int) -> None:
    rng = random.Random(seed)
    text, gold = crop(CONTEXT, Gold("Rome", CONTEXT.index("Rome")), rng.randint(1, 30), rng)
    assert gold is not None
    assert text[gold.start : gold.end] == "Rome"
    assert text in CONTEXT
    assert text.endswith(".")


def test_made_examples_hold_their_answers_and_negatives_do_not(maker: ExampleMaker) -> None:
    golds = {question.text.lower(): question.golds for question in QUESTIONS}
    examples = [example for number in range(10) for example in maker.make(number)]
    assert {example.gold is None for example in examples} == {True, False}
    for example in examples:
        if example.gold is not None:
            assert example.context[example.gold.start : example.gold.end] == example.gold.text
        else:
            known = golds.get(example.question.lower(), ())
            assert not any(gold.text in example.context for gold in known)


def test_the_same_pass_is_the_same_and_another_is_not(maker: ExampleMaker) -> None:
    assert maker.make(1) == maker.make(1) != maker.make(2)
    assert maker.make(1) != examples_of(Recipe(seed=1)).make(1)


def test_a_file_s_share_may_be_above_one() -> None:
    assert len(examples_of(Recipe(shares={"made": 3.0}, mix=Mix(negatives=0))).make(1)) == 3 * len(QUESTIONS)
    assert examples_of(Recipe(shares={"made": 0.0})).make(0) == []


def test_a_name_is_swapped_for_one_inside_the_paragraph_or_outside() -> None:
    def swapped(mix: Mix) -> set[str]:
        maker = examples_of(Recipe(mix=mix))
        examples = [example for number in range(30) for example in maker.make(number)]
        negatives = [example.question for example in examples if example.gold is None]
        return {name for question in negatives for name in re.findall(r"^Where did ([A-Z]\w+) go\b", question)}

    # "Where did Ann go?", whose paragraph names Bob, Rome, May and 1999 besides; the answer, Oslo, is no name to swap in.
    assert "Bob" in swapped(Mix(negatives=1, without_answer=0, swapped=0, swapped_inside=1))
    assert "Oslo" not in swapped(Mix(negatives=1, without_answer=0, swapped=0, swapped_inside=1))
    assert not {"Bob", "Rome", "Oslo"} & swapped(Mix(negatives=1, without_answer=0, swapped=1))


def test_a_negative_of_a_yes_no_question_is_another_passage_with_no_verdict() -> None:
    asked = [replace(ask("Did Bob stay in Rome?", "Bob stayed in Rome"), verdict="yes"), *QUESTIONS[3:]]
    maker = ExampleMaker({"made": asked}, Recipe(mix=Mix(negatives=1, misspelt=0)))
    examples = [one for number in range(20) for one in maker.make(number) if one.question == "Did Bob stay in Rome?"]
    assert {(one.context == CONTEXT, one.gold is not None, one.verdict) for one in examples} == {
        (True, True, "yes"),
        (False, False, None),
    }
