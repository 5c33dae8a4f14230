"""Output files of a run. A path that cannot be written is refused before the work; a file is written whole or not at all."""

import json
from pathlib import Path
from typing import Any


def check_writable(path: Path | None, option: str) -> None:
    """Raise ValueError, naming the command line's ``option``, if ``path`` cannot be written."""
    if path is None:
        return
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        part = _part(path)
        part.touch()
        part.unlink()
    except OSError as error:
        raise ValueError(f"{path} cannot be written ({error.strerror}). Name another file with {option}.") from error


def write(path: Path, text: str) -> None:
    """Write in one step, so that a killed run leaves no half-written file.

    Raises:
        ValueError: the file cannot be written.
    """
    try:
        _part(path).write_text(text, encoding="utf-8")
        _part(path).replace(path)
    except OSError as error:
        raise ValueError(f"{path} cannot be written ({error.strerror}).") from error


def write_json(path: Path, content: Any) -> None:  # noqa: ANN401
    """As `write`, for content that JSON can hold."""
    write(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")
