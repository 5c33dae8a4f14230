import json
from pathlib import Path

import pytest

import qa.train.__main__
from index.document import Document
from qa.reader import ExtractiveReader
from qa.train.export import export
from qa.train.recipe import Recipe
from tests.train.conftest import CONTEXT, QUESTIONS


def test_the_command_trains_exports_and_reads(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paragraphs = []
    for q in QUESTIONS:
        answers = [{"text": gold.text, "answer_start": gold.start} for gold in q.golds]
        paragraphs.append({"context": q.context, "qas": [{"id": q.id, "question": q.text, "answers": answers}]})
    (tmp_path / "data").mkdir()
    articles = [{"title": "trained on", "paragraphs": paragraphs[5:]}, {"title": "kept out", "paragraphs": paragraphs[:5]}]
    (tmp_path / "data" / "made.json").write_text(json.dumps({"data": articles}))
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('passes = 2\nlearning_rate = 1e-2\nbatch_tokens = 256\nmax_length = 64\nvalidation = ["kept out"]\n')
    arguments = ["--recipe", str(recipe), "--data", str(tmp_path / "data"), "--base", str(tiny), "--out", str(tmp_path / "run")]
    assert qa.train.__main__.main(arguments) == 0
    assert "made: 18 questions, 18 answerable; for validation: 5 questions, 4 answerable" in capsys.readouterr().out
    export(tmp_path / "run" / "model", tmp_path / "reader")
    reader = ExtractiveReader.load(tmp_path / "reader")
    passage = Document.from_text(CONTEXT, "made").span
    (best,) = reader.read("Where did Bob stay?", [passage], 1)
    assert passage.contains(best.span)
    recipe.write_text("[shares]\nmade = 0")
    sources, validation = qa.train.__main__.load(tmp_path / "data", Recipe.load(recipe))
    assert (list(sources), len(validation)) == (["generated"], len(QUESTIONS))
    recipe.write_text('validation = ["nowhere"]')
    assert qa.train.__main__.main([*arguments[:-1], str(tmp_path / "other")]) == 2
    assert "The recipe names nowhere, but no file in" in capsys.readouterr().err
