"""What `qa.train.export` refuses; tests/qa/read/test_reader.py reads what it writes."""

from pathlib import Path

import pytest

from qa.train.export import main


def test_mistakes_are_said_in_one_line_and_change_nothing(
    untrained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(out: Path, message: str) -> None:
        before = sorted(tmp_path.rglob("*"))
        assert main([str(untrained), str(out)]) == 2
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1
        assert sorted(tmp_path.rglob("*")) == before

    refused(untrained, "is where the model is")
    refused(tmp_path / "untrained" / ".." / "untrained", "is where the model is")
    (tmp_path / "file").write_text("mine")
    refused(tmp_path / "file", "file cannot be made (File exists)")
    (untrained / "tokenizer.json").rename(tmp_path / "tokenizer.json")
    refused(tmp_path / "out", "untrained cannot be exported (")
    weights = untrained / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    refused(tmp_path / "out", "untrained cannot be exported (")
