"""``python -m qa.train.prepare``: make the passes of a recipe and write them to a folder, to train on elsewhere.

Example: python -m qa.train.prepare --recipe qa/train/recipes/large.toml --data data/ --base BASE --out .train/passes
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from math import ceil
from pathlib import Path

from transformers import AutoTokenizer, PreTrainedTokenizerBase

from index.command_line import Parser, exit_with
from qa.train.data import load
from qa.train.examples.maker import ExampleMaker
from qa.train.examples.rows import Example, Rows, tokenise
from qa.train.examples.squad_format import Question
from qa.train.folders import make_folder, pretrained
from qa.train.passes import ABOUT_FILE, VALIDATION_FILE, path_of
from qa.train.recipe import Recipe


class MadePasses:
    """Passes that are made as they are asked for."""

    def __init__(self, maker: ExampleMaker, tokenizer: PreTrainedTokenizerBase, validation: Sequence[Question] = ()) -> None:
        """Passes of ``maker``'s examples. ``validation`` is asked on whole paragraphs, as they are."""
        self.tokenizer = tokenizer
        self.data = _fingerprint({**maker.sources, "": validation})
        self.has_verdicts = maker.has_verdicts
        examples = [Example(q.text, q.context, q.golds[0] if q.golds else None) for q in validation]
        self.validation = tokenise(examples, tokenizer, maker.recipe.max_length) if examples else None
        self._maker = maker

    def rows(self, number: int) -> Rows:
        """As `Passes` says."""
        return tokenise(self._maker.make(number), self.tokenizer, self._maker.recipe.max_length)


def made_passes(data: Path, recipe: Recipe, base: Path) -> MadePasses:
    """The passes of ``recipe`` over the files in ``data`` (`load`), tokenised for the encoder in ``base``.

    Raises:
        ValueError: the data or the encoder cannot be used.
    """
    sources, validation = load(data, recipe)
    return MadePasses(ExampleMaker(sources, recipe), pretrained(AutoTokenizer, base), validation)


def prepare(passes: MadePasses, recipe: Recipe, out: Path, report: Callable[[str], None] = print) -> None:
    """Write the passes of ``recipe`` to ``out``, for `PreparedPasses`.

    Raises:
        ValueError: ``out`` cannot be made.
    """
    make_folder(out)
    count = ceil(recipe.passes)
    for number in range(count):
        rows = passes.rows(number)
        rows.save(path_of(out, number))
        report(f"pass {number + 1}/{count}: {len(rows)} examples, {len(rows.tokens)} tokens")
    if passes.validation is not None:
        passes.validation.save(out / VALIDATION_FILE)
    passes.tokenizer.save_pretrained(out)
    about = {"data": passes.data, "has_verdicts": passes.has_verdicts, "passes": count, "recipe": asdict(recipe)}
    (out / ABOUT_FILE).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def _fingerprint(sources: Mapping[str, Sequence[Question]]) -> str:
    data = sha256()
    for name, questions in sources.items():
        data.update(f"{name}: {len(questions)}".encode())
        for question in questions:
            data.update(repr(question).encode())
    return data.hexdigest()


def main(arguments: list[str] | None = None) -> int:
    """Prepare; returns the exit code: 0 done, 2 wrong usage or bad data."""
    parser = Parser(
        prog="python -m qa.train.prepare", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--recipe", type=Path, required=True, help="a TOML file, as those in qa/train/recipes")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change the recipe: --set passes=1")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data, as for python -m qa.train")
    parser.add_argument(
        "--base", type=Path, required=True, help="folder of the encoder that will be trained, for its tokenizer"
    )
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    options = parser.parse_args(arguments)
    try:
        recipe = Recipe.load(options.recipe, options.set)
        prepare(made_passes(options.data, recipe, options.base), recipe, options.out)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    exit_with(main)
