"""Load from and make the folders that a command line names, with clear errors."""

from pathlib import Path
from typing import Any

from safetensors import SafetensorError


def pretrained(kind: Any, name: Path, **options: object) -> Any:  # noqa: ANN401
    """Load a folder or hub name with ``kind``, one of transformers' "Auto" classes.

    Raises:
        ValueError: there is no such model, or it is damaged.
    """
    try:
        return kind.from_pretrained(name, **options)
    except (OSError, ValueError, SafetensorError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise ValueError(f"{name} cannot be loaded ({first}). Name the folder of a model.") from error


def make_folder(folder: Path) -> None:
    """Make ``folder``, if it is not there.

    Raises:
        ValueError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"{folder} cannot be made ({error.strerror}). Name another folder to write to.") from error
