from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from transformers import AutoTokenizer, BertConfig, BertForQuestionAnswering

from qa.read.models import VERDICTS
from qa.train.examples.batches import Layout
from qa.train.examples.rows import tokenise
from qa.train.export import export
from qa.train.loop import native_bfloat16, rate, train
from qa.train.recipe import Mix, Recipe
from qa.train.validation import Score, Validation
from qa.train.verdict_head import add_head, has_head, logits
from tests.qa.train.conftest import EXAMPLES, QUESTIONS, ask, made


def test_the_rate_rises_and_falls_in_straight_lines() -> None:
    assert [rate(step, 10, 0.2) for step in (0, 1, 2, 6, 10)] == [0, 0.5, 1, 0.5, 0]


def test_the_best_of_the_validated_weights_are_written(tiny: Path, tmp_path: Path) -> None:
    said: list[str] = []
    recipe = Recipe(passes=12, learning_rate=1e-2, batch_tokens=256, max_length=64, average=0.9)
    train(made(recipe, validation=QUESTIONS), recipe, tiny, tmp_path / "out", validate_every=10, report=said.append)
    exact = [float(line.split("threshold ")[1].split()[0]) for line in said if "threshold" in line]
    assert len(exact) > 3
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    rows = tokenise(EXAMPLES, tokenizer, 64)
    model = BertForQuestionAnswering.from_pretrained(tmp_path / "out" / "model")
    score = Validation(rows, Layout.of(tokenizer), 256, torch.device("cpu")).score(model, native_bfloat16())
    assert 100 * score.best == pytest.approx(max(exact), abs=0.06)


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(tiny: Path, tmp_path: Path) -> None:
    recipe = Recipe(passes=4, learning_rate=1e-2, batch_tokens=256, max_length=64)
    whole = train(made(recipe), recipe, tiny, tmp_path / "whole", report=lambda _: None)
    train(made(recipe), recipe, tiny, tmp_path / "parts", stop_after=7, report=lambda _: None)
    parts = train(made(recipe), recipe, tiny, tmp_path / "parts", report=lambda _: None)
    assert (whole / "model.safetensors").read_bytes() == (parts / "model.safetensors").read_bytes()


def test_a_recipe_may_ask_for_float32(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def weights(native: bool, wanted: bool) -> bytes:
        monkeypatch.setattr("qa.train.loop.native_bfloat16", lambda: native)
        recipe = Recipe(passes=2, learning_rate=1e-2, batch_tokens=256, max_length=64, bfloat16=wanted)
        model = train(made(recipe), recipe, tiny, tmp_path / f"{native} {wanted}", report=lambda _: None)
        return (model / "model.safetensors").read_bytes()

    assert weights(native=True, wanted=False) == weights(native=False, wanted=True) != weights(native=True, wanted=True)


@pytest.mark.parametrize("at_the_stop", [0.1, 0.9])
def test_a_stop_between_two_validations_leaves_no_trace(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_the_stop: float
) -> None:
    recipe = Recipe(passes=8, learning_rate=1e-2, batch_tokens=256, max_length=64)

    def run(folder: str, scores: list[float], stop_after: int | None = None) -> tuple[bytes, bytes]:
        """The weights that are written, and those that were the best of the validated ones."""
        coming = chain(scores, repeat(0.1))
        monkeypatch.setattr(Validation, "score", lambda *_: Score(0.0, 0.0, next(coming)))
        out = tmp_path / folder
        train(
            made(recipe, validation=QUESTIONS),
            recipe,
            tiny,
            out,
            stop_after=stop_after,
            validate_every=10,
            report=lambda _: None,
        )
        return (out / "model" / "model.safetensors").read_bytes(), (out / "best" / "model.safetensors").read_bytes()

    later = [0.2, 0.4]
    whole, _ = run("whole", [0.3, *later])
    at_ten, best = run("ten", [0.3], 10)
    assert at_ten == best
    stopped, kept = run("parts", [0.3, at_the_stop], 13)
    assert kept == best
    assert (stopped == best) == (at_the_stop < 0.3)
    assert run("parts", [at_the_stop], 13) == (stopped, kept)
    parts, _ = run("parts", later)
    assert parts == whole


def test_training_lowers_the_loss(tiny: Path, tmp_path: Path) -> None:
    said: list[str] = []
    recipe = Recipe(passes=40, learning_rate=1e-2, batch_tokens=256, max_length=64)
    train(made(recipe), recipe, tiny, tmp_path / "out", report=said.append)
    losses = [float(line.split("loss ")[1].split()[0]) for line in said if "loss" in line]
    assert losses[-1] < losses[0] - 0.5


def test_a_checkpoint_is_not_gone_on_with_from_anything_else(tiny: Path, tmp_path: Path) -> None:
    recipe = Recipe(passes=1, batch_tokens=256, max_length=64)
    out = tmp_path / "out"
    train(made(recipe), recipe, tiny, out, stop_after=1, report=lambda _: None)
    with pytest.raises(ValueError, match="was made with the recipe"):
        train(made(recipe), replace(recipe, passes=2), tiny, out, report=lambda _: None)
    for size in (16, 32):
        torch.manual_seed(1)
        config = BertConfig.from_pretrained(tiny, hidden_size=size)
        BertForQuestionAnswering(config).save_pretrained(tmp_path / "base")
        AutoTokenizer.from_pretrained(tiny).save_pretrained(tmp_path / "base")
        with pytest.raises(ValueError, match="was made with another --base. Name that one again"):
            train(made(recipe), recipe, tmp_path / "base", out, report=lambda _: None)
    fewer = made(recipe, QUESTIONS[1:])
    for passes in (fewer, made(recipe, validation=QUESTIONS)):
        with pytest.raises(ValueError, match="was made with other --data. Name that one again"):
            train(passes, recipe, tiny, out, report=lambda _: None)
    with pytest.raises(ValueError, match="was made with other --teacher. Name that one again"):
        train(made(recipe), recipe, tiny, out, [tiny], report=lambda _: None)
    # An early checkpoint does not say what it was made from.
    state = torch.load(out / "checkpoint.pt", weights_only=True)
    torch.save({name: value for name, value in state.items() if name not in {"base", "data"}}, out / "checkpoint.pt")
    train(made(recipe), recipe, tiny, out, report=lambda _: None)
    with pytest.raises(ValueError, match="was made with other --data"):
        train(fewer, recipe, tiny, out, report=lambda _: None)


def test_a_student_learns_what_only_its_teacher_knows(tiny: Path, tmp_path: Path) -> None:
    recipe = Recipe(passes=60, learning_rate=1e-2, batch_tokens=512, max_length=64)
    teacher = train(made(recipe), recipe, tiny, tmp_path / "teacher", report=lambda _: None)
    told = replace(recipe, distillation=1.0)
    unanswered = [replace(question, golds=()) for question in QUESTIONS]
    student = train(made(told, unanswered), told, tiny, tmp_path / "student", [teacher], report=lambda _: None)
    rows = tokenise(EXAMPLES, AutoTokenizer.from_pretrained(tiny), 64)
    held_out = Validation(rows, Layout.of(AutoTokenizer.from_pretrained(tiny)), 512, torch.device("cpu"))
    scores = [
        held_out.score(BertForQuestionAnswering.from_pretrained(folder), False).answerable
        for folder in (tiny, teacher, student)
    ]
    assert scores[0] + 0.3 < scores[1]
    assert scores[0] + 0.3 < scores[2]


def test_data_for_less_than_one_step(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="make no batch"):
        train(made(Recipe(), []), Recipe(), tiny, tmp_path, report=lambda _: None)


def test_verdicts_are_learnt_where_the_data_has_some(tiny: Path, tmp_path: Path) -> None:
    recipe = Recipe(passes=250, learning_rate=1e-2, batch_tokens=512, max_length=64, mix=Mix(negatives=0))
    known = []
    for name in ("Ann", "Bob", "Eve"):
        for said, verdict in (("was there", "yes"), ("stayed away", "no")):
            asked = ask(f"Was {name} there?", "It was hot", context=f"It was hot. {name} {said}.")
            known.append(replace(asked, verdict=verdict))
    folder = train(made(recipe, known), recipe, tiny, tmp_path / "out", report=lambda _: None)
    assert has_head(folder)
    short = replace(recipe, passes=1)
    assert not has_head(train(made(short), short, tiny, tmp_path / "none", report=lambda _: None))
    model, tokenizer = BertForQuestionAnswering.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    add_head(model, folder)
    inputs = tokenizer([q.text.lower() for q in known], [q.context for q in known], return_tensors="pt", padding=True)
    with torch.inference_mode():
        verdicts = logits(model.eval(), inputs).verdicts
    assert verdicts is not None
    assert [VERDICTS[int(number)] for number in verdicts.argmax(1)] == [q.verdict for q in known]
    export(folder, tmp_path / "reader", quantise=False)
    session = onnxruntime.InferenceSession(tmp_path / "reader" / "model.onnx")
    for row, length in enumerate(inputs["attention_mask"].sum(1)):
        alone = {name: inputs[name][row : row + 1, :length].numpy() for name in ("input_ids", "token_type_ids")}
        (found,) = session.run(["verdict_logits"], alone)
        np.testing.assert_allclose(found[0], verdicts[row], atol=1e-3)
    export(folder, tmp_path / "plain", quantise=False, verdicts=False)
    plain = onnxruntime.InferenceSession(tmp_path / "plain" / "model.onnx")
    assert [output.name for output in plain.get_outputs()] == ["start_logits", "end_logits"]
