"""Run a question-answering model: token ids in, start and end logits out."""

from inspect import signature
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.runtime import each, session
from qa.read.decode import Logits

Inputs = dict[str, NDArray[np.int64]]

ONNX_FILE = "model.onnx"


class Model(Protocol):
    """A model from `Inputs`, each of shape (windows, tokens), to start and end logits of the same shape."""

    def __call__(self, inputs: Inputs) -> tuple[Logits, Logits]:
        """Return (start logits, end logits)."""
        ...


class OnnxModel:
    """A model exported by `qa.train.export`, on onnxruntime."""

    def __init__(self, path: Path) -> None:
        self._session = session(path)
        self._names = {argument.name for argument in self._session.get_inputs()}

    def __call__(self, inputs: Inputs) -> tuple[Logits, Logits]:
        """Return (start logits, end logits); minus infinity where a window is padded.

        Each window is run alone. An int8 model scales each tensor by its largest value, so in a batch the scores of a
        passage would depend on the other passages. Also, a padded batch is slower than its windows one by one.
        """
        mask = inputs["attention_mask"].astype(bool)
        starts, ends = (np.full(mask.shape, -np.inf, dtype=np.float32) for _ in range(2))

        def run(row: int) -> None:
            attended = mask[row]
            window = {name: inputs[name][row : row + 1, attended] for name in self._names}
            outputs = self._session.run(["start_logits", "end_logits"], window)
            starts[row, attended], ends[row, attended] = (logits[0] for logits in outputs)

        # The longest first, so that no processor is left with a long one when the others are done.
        each(run, np.argsort(-mask.sum(axis=1)).tolist())
        return starts, ends


class TorchModel:
    """Any transformers question-answering model, by folder or hub name, in float32.

    Raises:
        ValueError: it is another kind of model.
    """

    def __init__(self, name: str) -> None:
        import torch
        from transformers import AutoModelForQuestionAnswering

        model, loaded = AutoModelForQuestionAnswering.from_pretrained(name, dtype=torch.float32, output_loading_info=True)
        if loaded["missing_keys"]:
            # transformers would fill them at random, and the answers would be random too.
            raise ValueError(f"it has no weights for {min(loaded['missing_keys'])}")
        self._model = model.eval()
        # Some models take no token_type_ids.
        self._names = signature(self._model.forward).parameters.keys() & {"input_ids", "token_type_ids", "attention_mask"}

    def __call__(self, inputs: Inputs) -> tuple[Logits, Logits]:
        """Return (start logits, end logits)."""
        import torch

        with torch.inference_mode():
            output = self._model(**{name: torch.from_numpy(inputs[name]) for name in self._names})
        return output.start_logits.numpy(), output.end_logits.numpy()
