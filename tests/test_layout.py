"""Imports go one way, and no folder holds more modules than one sees at a glance."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

from tests.conftest import ROOT

STEPS = ("understand", "retrieve", "read", "decide")
"""What a question passes through, in order: a step may import those before it."""
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path
    for part in ("index", "qa", "eval")
    for path in (ROOT / part).rglob("*.py")
} | {"app": ROOT / "app.py"}


def imported(path: Path) -> set[str]:
    """The project's modules that a file imports, inside of functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & MODULES.keys()


def test_there_are_no_circles() -> None:
    TopologicalSorter({name: imported(path) - {name} for name, path in MODULES.items()}).prepare()


def test_no_module_imports_one_that_is_above_it() -> None:
    def level(name: str) -> int:
        return ("index", "qa", "eval", "app").index(name.split(".")[0])

    for name, path in MODULES.items():
        for other in imported(path):
            assert level(other) <= level(name), f"{name} imports {other}"
            part, of = name.split(".")[:2], other.split(".")[:2]
            if part[0] == of[0] == "qa" and part[1] in STEPS:
                allowed = (*STEPS[: STEPS.index(part[1]) + 1], "answer", "readers")
                assert of[1] in allowed, f"{name} imports {other}"
            if part == ["qa", "web"]:
                assert of != ["qa", "train"], f"{name} imports {other}"


def test_a_folder_has_at_most_sixteen_modules() -> None:
    folders = {path.parent for path in MODULES.values()}
    for folder in folders:
        assert len([path for path in folder.glob("*.py") if path.name != "__init__.py"]) <= 16, folder
