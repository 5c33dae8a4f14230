"""``python -m qa.train.average``: average the weights of several trained readers.

Runs from the same base, with other data or seeds, often end in one basin of the loss. Then the average of their weights
reads better than each of them, and costs no more than one ("model soup", Wortsman et al. 2022, https://arxiv.org/abs/2203.05482).

Example: python -m qa.train.average .train/first/model .train/second/model --out .train/reader
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer, PreTrainedModel

from index.command_line import Parser, exit_with
from qa.train.folders import make_folder, pretrained
from qa.train.verdict_head import add_head, has_head


def average(folders: Sequence[Path], out: Path) -> None:
    """Write the mean of the weights of the models in ``folders``, and the first one's tokenizer, to ``out``.

    Raises:
        ValueError: a folder holds no model, or a damaged one, their weights differ in name or shape, or ``out`` cannot be
            made.
    """
    model = _model(folders[0])
    total = {name: weights.double() for name, weights in model.state_dict().items()}
    for folder in folders[1:]:
        other = _model(folder).state_dict()
        differing = sorted(
            name
            for name in total.keys() | other.keys()
            if name not in total or name not in other or total[name].shape != other[name].shape
        )
        if differing:
            raise ValueError(f"{folder} and {folders[0]} differ in {differing[0]}. Only models of one base can be averaged.")
        for name, weights in other.items():
            total[name] += weights.double()
    model.load_state_dict({name: (weights / len(folders)).to(torch.float32) for name, weights in total.items()})
    tokenizer = pretrained(AutoTokenizer, folders[0])
    make_folder(out)
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)


def _model(folder: Path) -> PreTrainedModel:
    if not (folder / "config.json").is_file():
        raise ValueError(f"{folder} holds no model. Name the model folders that python -m qa.train wrote.")
    model: PreTrainedModel = pretrained(AutoModelForQuestionAnswering, folder)
    if has_head(folder):
        add_head(model, folder)
    return model


def main(arguments: list[str] | None = None) -> int:
    """Average; returns the exit code: 0 done, 2 wrong usage or models that do not fit."""
    parser = Parser(
        prog="python -m qa.train.average", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", type=Path, nargs="+", help="folders of models that began at the same base")
    parser.add_argument("--out", type=Path, required=True, help="folder for their average")
    options = parser.parse_args(arguments)
    try:
        average(options.models, options.out)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"wrote {options.out}. Next: python -m qa.train.export {options.out} qa/weights")
    return 0


if __name__ == "__main__":
    exit_with(main)
