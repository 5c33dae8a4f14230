import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer, BertConfig, BertForQuestionAnswering

from index.encoder import package_folder
from qa.train.batches import batches
from qa.train.data import Gold, Question, load_squad
from qa.train.examples import Example, ExampleMaker, crop
from qa.train.generated import generate
from qa.train.loop import Recipe, rate, train
from qa.train.rewording import compound, dated, kind_noun, misspelt, reword, terse

CONTEXT = (
    "Ann went to Oslo in May 1999. She took the train. It cost $40 a day. Bob stayed in Rome. He was ill. They met in June."
)


def ask(text: str, *answers: str, context: str = CONTEXT, identifier: str = "q") -> Question:
    return Question(identifier, text, context, tuple(Gold(answer, context.index(answer)) for answer in answers), "article")


QUESTIONS = [
    ask("Where did Ann go?", "Oslo", identifier="a"),
    ask("Where did Bob stay in 1999?", "Rome", "in Rome", identifier="b"),
    ask("Who flew?", identifier="c"),
] + [
    ask(f"Where is number {i}?", f"place {i}", context=f"The number {i} is in place {i}. It is Ann's.", identifier=str(i))
    for i in range(20)
]


@pytest.fixture(scope="module")
def maker() -> ExampleMaker:
    return ExampleMaker({"made": QUESTIONS})


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
    examples = [example for number in range(10) for example in maker.make({}, 0, number)]
    assert {example.gold is None for example in examples} == {True, False}
    for example in examples:
        if example.gold is not None:
            assert example.context[example.gold.start : example.gold.end] == example.gold.text
        else:
            known = golds.get(example.question.lower(), ())
            assert not any(gold.text in example.context for gold in known)


def test_the_same_pass_is_the_same_and_another_is_not(maker: ExampleMaker) -> None:
    assert maker.make({}, 0, 1) == maker.make({}, 0, 1) != maker.make({}, 0, 2)
    assert maker.make({"made": 0.0}, 0, 1) == []


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
    drawn = [reword("When was the Battle of Hastings fought?", "1066", rng) for _ in range(400)]
    assert len(set(drawn)) > 10
    assert drawn.count("When was the Battle of Hastings fought?") > 60


def test_questions_about_compounds_are_answered_by_what_qualifies_the_noun() -> None:
    made = generate(["They offered a $5 million prize for an entry before the March 3 deadline."], 0)
    answers = {question.golds[0].text for question in made if "deadline" in question.text.split()[-1]}
    assert {question.golds[0].text for question in made} == {"$5 million", "March 3"}
    assert answers <= {"March 3"}
    for question in made:
        gold = question.golds[0]
        assert question.context[gold.start : gold.end] == gold.text


def test_batches_point_at_the_answers() -> None:
    tokenizer = AutoTokenizer.from_pretrained(package_folder())
    examples = [Example(q.text, q.context, q.golds[0] if q.golds else None) for q in QUESTIONS]
    seen = 0
    for batch in batches(examples, tokenizer, 200, 64, random.Random(0)):
        assert batch["input_ids"].numel() <= 200
        for ids, start, end in zip(batch["input_ids"], batch["start_positions"], batch["end_positions"], strict=True):
            words = tokenizer.decode(ids[start : end + 1])
            assert words == "[CLS]" or words in {"oslo", "rome", "in rome"} or words.startswith("place ")
            seen += 1
    assert seen == len(examples)


def test_the_rate_rises_and_falls_in_straight_lines() -> None:
    assert [rate(step, 10, 0.2) for step in (0, 1, 2, 6, 10)] == [0, 0.5, 1, 0.5, 0]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    tokenizer = AutoTokenizer.from_pretrained(package_folder())
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=128,
    )
    BertForQuestionAnswering(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(maker: ExampleMaker, tiny: Path, tmp_path: Path) -> None:
    recipe = Recipe(passes=4, learning_rate=1e-2, batch_tokens=256, max_length=64)
    whole = train(maker, tiny, tmp_path / "whole", recipe, report=lambda _: None)
    train(maker, tiny, tmp_path / "parts", recipe, stop_after=7, report=lambda _: None)
    parts = train(maker, tiny, tmp_path / "parts", recipe, report=lambda _: None)
    assert (whole / "model.safetensors").read_bytes() == (parts / "model.safetensors").read_bytes()


def test_training_lowers_the_loss(maker: ExampleMaker, tiny: Path, tmp_path: Path) -> None:
    said: list[str] = []
    train(
        maker,
        tiny,
        tmp_path / "out",
        Recipe(passes=40, learning_rate=1e-2, batch_tokens=256, max_length=64),
        report=said.append,
    )
    losses = [float(line.split("loss ")[1].split()[0]) for line in said if "loss" in line]
    assert losses[-1] < losses[0] - 0.5


def test_another_recipe_does_not_take_over_a_checkpoint(maker: ExampleMaker, tiny: Path, tmp_path: Path) -> None:
    train(maker, tiny, tmp_path, Recipe(passes=1, batch_tokens=256), stop_after=1, report=lambda _: None)
    with pytest.raises(ValueError, match="was made with the recipe"):
        train(maker, tiny, tmp_path, Recipe(passes=2, batch_tokens=256), report=lambda _: None)


def squad(identifier: str = "1", start: int = 3) -> dict[str, Any]:
    entry = {"id": identifier, "question": "Who?", "answers": [{"text": "Ann", "answer_start": start}]}
    return {"title": "t", "paragraphs": [{"context": "So Ann went.", "qas": [entry]}]}


def test_squad_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"data": [squad()]}))
    (tmp_path / "a.json.gz").write_bytes(gzip.compress((tmp_path / "a.json").read_bytes()))
    expected = [Question("1", "Who?", "So Ann went.", (Gold("Ann", 3),), "t")]
    assert load_squad(tmp_path / "a.json") == load_squad(tmp_path / "a.json.gz") == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not a SQuAD JSON file"),
        ("[]", "expected 'data' to be of type list"),
        (json.dumps({"data": [squad(start=4)]}), "question 1: the answer 'Ann' should stand at 4, but 'nn ' does"),
        (json.dumps({"data": [squad(), squad()]}), "the id '1' occurs twice"),
    ],
)
def test_bad_data_is_named(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "bad.json").write_text(content)
    with pytest.raises(ValueError, match="bad.json") as caught:
        load_squad(tmp_path / "bad.json")
    assert message in str(caught.value)
