"""The encoder that comes as a package: all-MiniLM-L6-v2, on onnxruntime. Torch, whose import takes seconds, is not needed."""

import json
from collections.abc import Sequence
from importlib.metadata import version

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from tqdm import tqdm

from index.encoder import PACKAGE, Vectors, package_folder
from index.encoders.bert import Architecture, mean_pooled
from index.runtime import each, session

TOGETHER = 256
"""Texts that are tokenised at once."""


class MiniLM:
    """Gives the same vectors as sentence-transformers with the same weights, but not scaled to length 1."""

    def __init__(self) -> None:
        folder = package_folder()
        self.name = f"{PACKAGE} {version(PACKAGE)}"
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        limits = json.loads((folder / "sentence_bert_config.json").read_text(encoding="utf-8"))
        self.dimension: int = config["hidden_size"]
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(limits["max_seq_length"])
        weights = load_file(folder / "model.safetensors")
        graph = mean_pooled(Architecture.of(config), {name: array.shape for name, array in weights.items()})
        external = {tensor.name for tensor in graph.graph.initializer if tensor.external_data}
        self._session = session(graph.SerializeToString(), {name: weights[name] for name in external})

    def encode(self, texts: Sequence[str], show_progress: bool = False) -> Vectors:
        """Encode ``texts`` one by one. A batch would be padded to its longest text, and all processors are busy without it."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        with tqdm(total=len(texts), unit=" passages", disable=not show_progress) as bar:
            for first in range(0, len(texts), TOGETHER):
                encodings = self._tokenizer.encode_batch(texts[first : first + TOGETHER])
                vectors[first : first + TOGETHER] = each(self._vector, [encoding.ids for encoding in encodings])
                bar.update(len(encodings))
        return vectors

    def _vector(self, ids: list[int]) -> Vectors:
        (vector,) = self._session.run(["vector"], {"ids": np.array(ids)})
        return np.asarray(vector, dtype=np.float32)
