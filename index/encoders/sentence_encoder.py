"""The encoders to choose from: the installed one, and any sentence-transformers model."""

from collections.abc import Sequence
from importlib.metadata import version

import numpy as np
from safetensors import SafetensorError

from index.encoder import PACKAGE, Encoder, Vectors, package_folder


class SentenceEncoder:
    """A sentence-transformers model.

    Args:
        name: a folder or a hub name; None takes all-MiniLM-L6-v2 from its installed package, without internet.

    Raises:
        ValueError: there is no such model.
    """

    def __init__(self, name: str | None = None) -> None:
        # Imported here because it takes seconds, and `--help` and usage errors should not wait for it.
        from sentence_transformers import SentenceTransformer

        self.name = f"{PACKAGE} {version(PACKAGE)}" if name is None else name
        path = str(package_folder()) if name is None else name
        try:
            self._model = SentenceTransformer(path, device="cpu")
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            raise ValueError(
                f"The encoder {path!r} cannot be loaded ({_first_line(error)}). Expected a sentence-transformers folder or hub "
                "name; leave out --encoder for the installed one."
            ) from error
        dimension = self._model.get_embedding_dimension()
        if dimension is None:
            raise ValueError(f"The encoder {path!r} does not say how long its vectors are. Name another with --encoder.")
        self.dimension: int = dimension

    def encode(self, texts: Sequence[str], show_progress: bool = False) -> Vectors:
        """Encode ``texts`` in batches, sorted by length, to an array of shape (len(texts), dimension)."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        vectors = self._model.encode(list(texts), batch_size=64, show_progress_bar=show_progress, convert_to_numpy=True)
        return np.asarray(vectors, dtype=np.float32)


def load_encoder(name: str | None = None) -> Encoder:
    """The encoder called ``name``; None takes the one that comes as a package.

    Raises:
        ValueError: there is no such model.
    """
    if name is not None:
        return SentenceEncoder(name)
    from index.encoders.minilm import MiniLM  # Here, as `python -m index info` does not need it.

    return MiniLM()


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
