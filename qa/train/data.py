"""The questions to train on: public data and what was written for this project, by the names of their files."""

from collections.abc import Callable, Sequence
from pathlib import Path

from qa.train.examples.generated import generate
from qa.train.examples.squad_format import Question, load_squad
from qa.train.examples.written_documents import WRITTEN, is_held_out, load_documents
from qa.train.examples.written_paragraphs import load_written
from qa.train.recipe import Recipe

PARAGRAPHS = "paragraphs"
"""Start of the names of files with questions on public paragraphs."""
MADE_UP = "generated"
"""Name, in recipes, of the questions that are made up from the data."""


def load(
    folder: Path, recipe: Recipe, report: Callable[[str], None] = print
) -> tuple[dict[str, list[Question]], list[Question]]:
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
        report(f"{name}: {_counted(rest)}" + (f"; for validation: {_counted(kept_out)}" if kept_out else ""))
    missing = set(recipe.validation) - {question.article for question in validation}
    missing |= set(recipe.shares) - {*files, MADE_UP}
    if missing:
        raise ValueError(f"The recipe names {', '.join(sorted(missing))}, but no file in {folder} has it.")
    contexts = (question.context for questions in sources.values() for question in questions)
    sources[MADE_UP] = generate(contexts, recipe.seed)
    report(f"{MADE_UP}: {_counted(sources[MADE_UP])}, about compounds")
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
