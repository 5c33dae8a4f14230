"""``python -m qa.train``: train the extractive reader.

Example: python -m qa.train --recipe qa/train/recipes/small.toml --data data/ --out .train/first
"""

import argparse
import sys
from pathlib import Path

from index.command_line import Parser, exit_with, positive
from qa.train.loop import train
from qa.train.passes import Passes, PreparedPasses
from qa.train.recipe import Recipe


def main(arguments: list[str] | None = None) -> int:
    """Train; returns the exit code: 0 done, 2 wrong usage or bad data."""
    parser = Parser(prog="python -m qa.train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", type=Path, required=True, help="a TOML file, as those in qa/train/recipes")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="change the recipe: --set mix.swapped=0 --set passes=1"
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=Path, help="folder of SQuAD-format .json(.gz) and yes/no .jsonl(.gz) files")
    source.add_argument("--prepared", type=Path, help="folder that python -m qa.train.prepare wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints and the model; resumes what is there")
    parser.add_argument("--base", type=Path, help="folder of the encoder to start from; all-MiniLM-L6-v2 if not named")
    parser.add_argument(
        "--teacher", type=Path, action="append", default=[], help="folder of a trained model to learn from; may be repeated"
    )
    parser.add_argument("--stop-after", type=positive, metavar="STEPS", help="end after this many steps in all")
    options = parser.parse_args(arguments)
    try:
        recipe = Recipe.load(options.recipe, options.set)
        base = options.base or _default_base()
        passes = PreparedPasses(options.prepared) if options.prepared else _made(options.data, recipe, base)
        model = train(passes, recipe, base, options.out, options.teacher, options.stop_after)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"wrote {model}. Next: python -m qa.train.export {model} qa/weights")
    return 0


def _default_base() -> Path:
    from index.encoder import package_folder

    return package_folder()


def _made(data: Path, recipe: Recipe, base: Path) -> Passes:
    # What this needs is not there where passes are trained on that were prepared elsewhere.
    from qa.train.prepare import made_passes

    return made_passes(data, recipe, base)


if __name__ == "__main__":
    exit_with(main)
