from pathlib import Path

import pytest
import torch
from transformers import AutoTokenizer, BertForQuestionAnswering

from qa.train.loop import native_bfloat16, rate, train
from qa.train.recipe import Recipe
from qa.train.validation import Validation
from tests.train.conftest import QUESTIONS, made


def test_the_rate_rises_and_falls_in_straight_lines() -> None:
    assert [rate(step, 10, 0.2) for step in (0, 1, 2, 6, 10)] == [0, 0.5, 1, 0.5, 0]


def test_the_best_of_the_validated_weights_are_written(tiny: Path, tmp_path: Path) -> None:
    said: list[str] = []
    recipe = Recipe(passes=12, learning_rate=1e-2, batch_tokens=256, max_length=64, average=0.9)
    train(made(recipe), tiny, tmp_path / "out", QUESTIONS, validate_every=10, report=said.append)
    exact = [float(line.split("threshold ")[1].split()[0]) for line in said if "threshold" in line]
    assert len(exact) > 3
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    model = BertForQuestionAnswering.from_pretrained(tmp_path / "out" / "model")
    score = Validation(QUESTIONS, tokenizer, 256, 64).score(model, torch.device("cpu"), native_bfloat16())
    assert 100 * score.best == pytest.approx(max(exact), abs=0.06)


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(tiny: Path, tmp_path: Path) -> None:
    recipe = Recipe(passes=4, learning_rate=1e-2, batch_tokens=256, max_length=64)
    whole = train(made(recipe), tiny, tmp_path / "whole", report=lambda _: None)
    train(made(recipe), tiny, tmp_path / "parts", stop_after=7, report=lambda _: None)
    parts = train(made(recipe), tiny, tmp_path / "parts", report=lambda _: None)
    assert (whole / "model.safetensors").read_bytes() == (parts / "model.safetensors").read_bytes()


def test_training_lowers_the_loss(tiny: Path, tmp_path: Path) -> None:
    said: list[str] = []
    recipe = Recipe(passes=40, learning_rate=1e-2, batch_tokens=256, max_length=64)
    train(made(recipe), tiny, tmp_path / "out", report=said.append)
    losses = [float(line.split("loss ")[1].split()[0]) for line in said if "loss" in line]
    assert losses[-1] < losses[0] - 0.5


def test_another_recipe_does_not_take_over_a_checkpoint(tiny: Path, tmp_path: Path) -> None:
    train(made(Recipe(passes=1, batch_tokens=256)), tiny, tmp_path, stop_after=1, report=lambda _: None)
    with pytest.raises(ValueError, match="was made with the recipe"):
        train(made(Recipe(passes=2, batch_tokens=256)), tiny, tmp_path, report=lambda _: None)
