import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from qa.train.examples.squad_format import Gold, Question, load_squad


def squad(identifier: str = "1", start: int = 3) -> dict[str, Any]:
    entry = {"id": identifier, "question": "Who?", "answers": [{"text": "Ann", "answer_start": start}]}
    return {"title": "t", "paragraphs": [{"context": "So Ann went.", "qas": [entry]}]}


def test_squad_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"data": [squad()]}))
    (tmp_path / "a.json.gz").write_bytes(gzip.compress((tmp_path / "a.json").read_bytes()))
    expected = [Question("1", "Who?", "So Ann went.", (Gold("Ann", 3),), "t")]
    assert load_squad(tmp_path / "a.json") == load_squad(tmp_path / "a.json.gz") == expected


def test_only_some_articles_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"data": [squad(), squad("2") | {"title": "other"}]}))
    assert [question.id for question in load_squad(tmp_path / "a.json", ["other"])] == ["2"]
    with pytest.raises(ValueError, match="has no article neither. It has other, t."):
        load_squad(tmp_path / "a.json", ["t", "neither"])


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
