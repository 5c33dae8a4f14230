"""What README and docs/ say of the code is so: names, links, commands."""

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *ROOT.glob("qa/weights*/README.md")])
DRAWING = ROOT / "docs" / "how-it-works.svg"
_PATH = re.compile(r"\b(?:index|qa|eval|tests|docs|seeds)(?:/[\w.*-]+)+/?")


def test_readme_is_short_enough_to_read() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


def test_the_drawing_is_of_the_code_as_it_is() -> None:
    boxes = re.findall(
        r'class="name"[^>]*>([^<]+)</text>(?:<text class="row"[^>]*>[^<]+</text>)?<text[^>]*>([^<]+)<', DRAWING.read_text()
    )
    assert len(boxes) == 9
    for name, files in boxes:
        for file in files.split(", "):
            assert (ROOT / (name if name.startswith("qa/") else "") / file).is_file(), f"{name}: {file}"


@pytest.mark.parametrize("page", [*PAGES, DRAWING], ids=lambda page: str(page.relative_to(ROOT)))
def test_the_paths_that_it_names_are_there(page: Path) -> None:
    for path in _PATH.findall(page.read_text()):
        assert list(ROOT.glob(path.rstrip("/."))) or list(page.parent.glob(path)), path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_its_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)|src=\"([^\"]+)\"", page.read_text())
    for link in (one or other for one, other in links):
        if not link.startswith(("http", "page/")) and "HOST" not in link:
            assert (page.parent / link).exists(), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_modules_that_it_runs_are_there(page: Path) -> None:
    for module in re.findall(r"python -m ((?:index|qa|eval|tests)[\w.]*)", page.read_text()):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), module
