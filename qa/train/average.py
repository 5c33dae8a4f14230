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
from qa.train.verdict_head import HEAD, add_head, has_head


def average(folders: Sequence[Path], out: Path, shares: Sequence[float] | None = None) -> None:
    """Write the mean of the weights of the models in ``folders``, and the first one's tokenizer, to ``out``.

    Args:
        folders: of the models. The later ones may lack the first one's verdict head, which is then the mean of the others'.
        out: the folder to write to.
        shares: how much each model counts; as much as any other if they are not given.

    Raises:
        ValueError: a folder holds no model, or a damaged one, their weights differ in name or shape, there are not as many
            shares as models, or ``out`` cannot be made.
    """
    shares = shares or [1.0] * len(folders)
    if len(shares) != len(folders) or min(shares) <= 0:
        raise ValueError(f"--shares are {len(shares)} for {len(folders)} models. Give each model one, above 0.")
    model = _model(folders[0])
    total = {name: weights.double() * shares[0] for name, weights in model.state_dict().items()}
    counted = dict.fromkeys(total, shares[0])
    for folder, share in zip(folders[1:], shares[1:], strict=True):
        other = _model(folder).state_dict()
        differing = sorted(
            name
            for name in total.keys() | other.keys()
            if name not in total
            or (name not in other and not name.startswith(HEAD))
            or (name in other and total[name].shape != other[name].shape)
        )
        if differing:
            raise ValueError(f"{folder} and {folders[0]} differ in {differing[0]}. Only models of one base can be averaged.")
        for name, weights in other.items():
            total[name] += weights.double() * share
            counted[name] += share
    model.load_state_dict({name: (weights / counted[name]).to(torch.float32) for name, weights in total.items()})
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
    parser.add_argument("--shares", type=float, nargs="+", metavar="SHARE", help="how much each counts (default: the same)")
    parser.add_argument("--out", type=Path, required=True, help="folder for their average")
    options = parser.parse_args(arguments)
    try:
        average(options.models, options.out, options.shares)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"wrote {options.out}. Next: python -m qa.train.export {options.out} qa/weights")
    return 0


if __name__ == "__main__":
    exit_with(main)
