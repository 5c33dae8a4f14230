"""The readers that come with the project, and where their weights are."""

from pathlib import Path

READERS = {"large": Path(__file__).parent / "weights_large", "small": Path(__file__).parent / "weights"}
"""The readers that come with the project, by name."""
DEFAULT = "large"
"""The large reader is right far more often; the small one is a fifth of its size and several times as fast."""


def weights_folder(reader: str | Path | None) -> Path:
    """The folder of the reader's weights. ``reader`` is given as for `ExtractiveReader.load`."""
    name = str(reader or DEFAULT)
    return READERS.get(name, Path(name))
