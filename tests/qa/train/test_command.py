import json
import re
from pathlib import Path

import pytest

from index.document import Document
from qa.read.reader import ExtractiveReader
from qa.train.__main__ import main
from qa.train.data import load
from qa.train.export import export
from qa.train.prepare import main as prepare
from qa.train.recipe import RECIPES, Recipe
from tests.qa.train.conftest import CONTEXT, QUESTIONS


def in_squad_format(folder: Path, *names: str) -> Path:
    """Write all questions, the first five as an article of its own, to files of these names in ``folder``."""
    paragraphs = []
    for q in QUESTIONS:
        answers = [{"text": gold.text, "answer_start": gold.start} for gold in q.golds]
        paragraphs.append({"context": q.context, "qas": [{"id": q.id, "question": q.text, "answers": answers}]})
    articles = [{"title": "trained on", "paragraphs": paragraphs[5:]}, {"title": "kept out", "paragraphs": paragraphs[:5]}]
    folder.mkdir()
    for name in names:
        (folder / name).write_text(json.dumps({"data": articles}))
    return folder


def test_the_command_trains_exports_and_reads(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_squad_format(tmp_path / "data", "made.json")
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('passes = 2\nlearning_rate = 1e-2\nbatch_tokens = 256\nmax_length = 64\nvalidation = ["kept out"]\n')
    arguments = ["--recipe", str(recipe), "--data", str(tmp_path / "data"), "--base", str(tiny), "--out", str(tmp_path / "run")]
    assert main(arguments) == 0
    assert "made: 18 questions, 18 answerable; for validation: 5 questions, 4 answerable" in capsys.readouterr().out
    export(tmp_path / "run" / "model", tmp_path / "reader")
    reader = ExtractiveReader.load(tmp_path / "reader")
    passage = Document.from_text(CONTEXT, "made").span
    (best,) = reader.read("Where did Bob stay?", [passage], 1)
    assert passage.contains(best.span)
    recipe.write_text("[shares]\nmade = 0")
    sources, validation = load(tmp_path / "data", Recipe.load(recipe))
    assert (list(sources), len(validation)) == (["generated"], len(QUESTIONS))
    recipe.write_text('validation = ["nowhere"]')
    assert main([*arguments[:-1], str(tmp_path / "other")]) == 2
    assert "The recipe names nowhere, but no file in" in capsys.readouterr().err


def test_prepared_passes_are_trained_on_like_data(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = in_squad_format(tmp_path / "data", "made.json")
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('passes = 1.5\nlearning_rate = 1e-2\nbatch_tokens = 256\nmax_length = 64\nvalidation = ["kept out"]\n')
    shared = ["--recipe", str(recipe), "--base", str(tiny)]
    assert prepare([*shared, "--data", str(data), "--out", str(tmp_path / "passes")]) == 0
    assert "pass 2/2: " in capsys.readouterr().out
    assert main([*shared, "--data", str(data), "--out", str(tmp_path / "made")]) == 0
    assert main([*shared, "--prepared", str(tmp_path / "passes"), "--out", str(tmp_path / "prepared")]) == 0
    made, prepared = (tmp_path / run / "model" / "model.safetensors" for run in ("made", "prepared"))
    assert made.read_bytes() == prepared.read_bytes()
    assert prepare([*shared, "--data", str(tmp_path / "none"), "--out", str(tmp_path / "other")]) == 2
    assert main([*shared, "--prepared", str(data), "--out", str(tmp_path / "other")]) == 2
    assert "holds no prepared passes" in capsys.readouterr().err
    (tmp_path / "passes" / "pass-0.npz").write_bytes(b"x")
    assert main([*shared, "--prepared", str(tmp_path / "passes"), "--out", str(tmp_path / "other")]) == 2
    assert "pass-0.npz holds no tokenised examples" in capsys.readouterr().err


def test_no_two_files_of_data_have_one_name(tmp_path: Path) -> None:
    data = in_squad_format(tmp_path / "data", "squad.one.json", "squad.two.json")
    with pytest.raises(ValueError, match=r"squad\.one\.json and .*squad\.two\.json would both be 'squad'"):
        load(data, Recipe())
    with pytest.raises(ValueError, match=r"generated\.json has the name that questions made up .* have"):
        load(in_squad_format(tmp_path / "other", "generated.json", "squad.json"), Recipe())


@pytest.mark.parametrize("change", ["passes=0", "average=1", "mix.negatives=2"])
def test_a_recipe_out_of_range_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str) -> None:
    arguments = ["--recipe", str(RECIPES / "small.toml"), "--set", change, "--data", str(tmp_path), "--out", str(tmp_path)]
    assert main(arguments) == 2
    assert re.fullmatch(r"error: .*; expected a number .*\n", capsys.readouterr().err)


def test_a_base_that_is_none_and_a_file_in_the_way_are_said_in_one_line(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "recipe.toml").write_text("")
    data = in_squad_format(tmp_path / "data", "made.json")
    arguments = ["--recipe", str(tmp_path / "recipe.toml"), "--data", str(data)]
    assert main([*arguments, "--base", "/nonexistent", "--out", str(tmp_path / "run")]) == 2
    assert "error: /nonexistent cannot be loaded (" in capsys.readouterr().err
    assert main([*arguments, "--base", str(tiny), "--out", str(data / "made.json")]) == 2
    assert "made.json cannot be made (File exists). Name another folder" in capsys.readouterr().err
