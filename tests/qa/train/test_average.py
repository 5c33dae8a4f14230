from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import (
    AutoTokenizer,
    BertConfig,
    BertForQuestionAnswering,
)

import qa.train.__main__
import qa.train.average
from index.encoder import package_folder
from qa.train.verdict_head import HEAD, add_head


def tiny_model(folder: Path, seed: int, size: int = 16) -> dict[str, torch.Tensor]:
    """Write a model of random weights and a tokenizer; returns the weights."""
    torch.manual_seed(seed)
    model = BertForQuestionAnswering(
        BertConfig(vocab_size=50, hidden_size=size, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    )
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(package_folder()).save_pretrained(folder)
    return dict(model.state_dict())


def test_weights_are_averaged_one_by_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = [tiny_model(tmp_path / str(seed), seed) for seed in range(3)]
    folders = [str(tmp_path / str(seed)) for seed in range(3)]
    assert qa.train.average.main([*folders, "--out", str(tmp_path / "mean")]) == 0
    assert "python -m qa.train.export" in capsys.readouterr().out
    mean = BertForQuestionAnswering.from_pretrained(tmp_path / "mean").state_dict()
    for name, values in mean.items():
        torch.testing.assert_close(values, (weights[0][name] + weights[1][name] + weights[2][name]) / 3)
    assert AutoTokenizer.from_pretrained(tmp_path / "mean").tokenize("ransom") == ["ransom"]


def test_models_count_by_their_shares_and_one_may_lack_the_verdict_head(tmp_path: Path) -> None:
    weights = [tiny_model(tmp_path / str(seed), seed) for seed in range(2)]
    first = BertForQuestionAnswering.from_pretrained(tmp_path / "0")
    add_head(first, tmp_path / "0")
    first.save_pretrained(tmp_path / "0")
    folders = [str(tmp_path / str(seed)) for seed in range(2)]
    assert qa.train.average.main([*folders, "--shares", "3", "1", "--out", str(tmp_path / "mean")]) == 0
    mean = load_file(tmp_path / "mean" / "model.safetensors")
    name = "qa_outputs.weight"
    torch.testing.assert_close(mean[name], 0.75 * weights[0][name] + 0.25 * weights[1][name])
    torch.testing.assert_close(mean[f"{HEAD}.weight"], first.state_dict()[f"{HEAD}.weight"])
    assert qa.train.average.main([*folders, "--shares", "3", "--out", str(tmp_path / "mean")]) == 2


def test_only_models_of_one_base_are_averaged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny_model(tmp_path / "a", 0)
    tiny_model(tmp_path / "b", 0, size=32)
    assert qa.train.average.main([str(tmp_path / "a"), str(tmp_path / "b"), "--out", str(tmp_path / "mean")]) == 2
    assert "Only models of one base" in capsys.readouterr().err
    assert qa.train.average.main([str(tmp_path / "a"), str(tmp_path / "none"), "--out", str(tmp_path / "mean")]) == 2
    assert "none holds no model" in capsys.readouterr().err
    assert not (tmp_path / "mean").exists()


def test_a_damaged_model_and_a_file_in_the_way_are_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, file = tmp_path / "model", tmp_path / "file"
    tiny_model(model, 0)
    file.write_text("mine")
    assert qa.train.average.main([str(model), "--out", str(file)]) == 2
    said = capsys.readouterr()
    assert f"{file} cannot be made (File exists)" in said.err
    assert (said.out, file.read_text()) == ("", "mine")
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    assert qa.train.average.main([str(model), "--out", str(tmp_path / "mean")]) == 2
    assert f"{model} cannot be loaded (" in capsys.readouterr().err
