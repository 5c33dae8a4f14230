"""Run a question-answering model: token ids in, start and end logits out."""

import os
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qa.decode import Logits

Inputs = dict[str, NDArray[np.int64]]

ONNX_FILE = "model.onnx"


class Model(Protocol):
    """A model of `Inputs`, each of shape (windows, tokens), to start and end logits of the same shape."""

    def __call__(self, inputs: Inputs) -> tuple[Logits, Logits]:
        """Return (start logits, end logits)."""
        ...


class OnnxModel:
    """A model exported by `qa.train.export`, on onnxruntime."""

    def __init__(self, path: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = os.cpu_count() or 1
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's errors have no common base class
            raise ValueError(f"{path} is not a model that onnxruntime can run ({str(error).splitlines()[0][:200]}).") from error
        self._names = {argument.name for argument in self._session.get_inputs()}

    def __call__(self, inputs: Inputs) -> tuple[Logits, Logits]:
        """Return (start logits, end logits); minus infinity where a window is padded.

        The windows are run one after the other. An int8 model scales each tensor by its largest value, so in a batch the
        scores of a passage would depend on the others; and a padded batch is slower, on two cores, than its windows.
        """
        mask = inputs["attention_mask"].astype(bool)
        starts, ends = (np.full(mask.shape, -np.inf, dtype=np.float32) for _ in range(2))
        for row, attended in enumerate(mask):
            window = {name: inputs[name][row : row + 1, attended] for name in self._names}
            starts[row, attended], ends[row, attended] = (
                logits[0] for logits in self._session.run(["start_logits", "end_logits"], window)
            )
        return starts, ends


class TorchModel:
    """Any transformers question-answering model, by folder or hub name, in float32."""

    def __init__(self, name: str) -> None:
        from transformers import AutoModelForQuestionAnswering

        self._model = AutoModelForQuestionAnswering.from_pretrained(name).eval()

    def __call__(self, inputs: Inputs) -> tuple[Logits, Logits]:
        """Return (start logits, end logits)."""
        import torch

        with torch.inference_mode():
            output = self._model(**{name: torch.from_numpy(value) for name, value in inputs.items()})
        return output.start_logits.numpy(), output.end_logits.numpy()
