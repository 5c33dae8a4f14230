from pathlib import Path

import pytest
import torch
from transformers import (
    AutoTokenizer,
    BertConfig,
    BertForQuestionAnswering,
)

import qa.train.__main__
import qa.train.average
from index.encoder import package_folder


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


def test_only_models_of_one_base_are_averaged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny_model(tmp_path / "a", 0)
    tiny_model(tmp_path / "b", 0, size=32)
    assert qa.train.average.main([str(tmp_path / "a"), str(tmp_path / "b"), "--out", str(tmp_path / "mean")]) == 2
    assert "Only models of one base" in capsys.readouterr().err
    assert qa.train.average.main([str(tmp_path / "a"), str(tmp_path / "none"), "--out", str(tmp_path / "mean")]) == 2
    assert "none holds no model" in capsys.readouterr().err
    assert not (tmp_path / "mean").exists()
