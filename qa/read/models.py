"""Run a question-answering model: token ids in, logits of starts, ends and verdicts out."""

from inspect import signature
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from index.runtime import each, session
from qa.read.decode import Logits

Inputs = dict[str, NDArray[np.int64]]

ONNX_FILE = "model.onnx"

Verdict = Literal["yes", "no"]
VERDICTS: tuple[Verdict | None, ...] = (None, "yes", "no")
"""The meaning of each verdict logit. None: it is not a yes/no question, or the passage does not answer it."""


class Output(NamedTuple):
    """Start and end logits, of the shape of the inputs; verdict logits, shape (windows, 3), if the model gives them."""

    starts: Logits
    ends: Logits
    verdicts: Logits | None = None


class Model(Protocol):
    """A model from `Inputs`, each of shape (windows, tokens), to logits."""

    def __call__(self, inputs: Inputs) -> Output:
        """Run the model."""
        ...


class OnnxModel:
    """A model exported by `qa.train.export`, on onnxruntime."""

    def __init__(self, path: Path) -> None:
        self._session = session(path)
        self._names = {argument.name for argument in self._session.get_inputs()}
        self._outputs = ["start_logits", "end_logits"]
        self._outputs += [output.name for output in self._session.get_outputs() if output.name == "verdict_logits"]

    def __call__(self, inputs: Inputs) -> Output:
        """Run the model. Starts and ends are minus infinity where a window is padded.

        Each window is run alone. An int8 model scales each tensor by its largest value, so in a batch the scores of a
        passage would depend on the other passages. Also, a padded batch is slower than its windows one by one.
        """
        mask = inputs["attention_mask"].astype(bool)
        starts, ends = (np.full(mask.shape, -np.inf, dtype=np.float32) for _ in range(2))
        verdicts = np.zeros((len(mask), len(VERDICTS)), dtype=np.float32) if len(self._outputs) > 2 else None

        def run(row: int) -> None:
            attended = mask[row]
            window = {name: inputs[name][row : row + 1, attended] for name in self._names}
            (starts[row, attended],), (ends[row, attended],), *verdict = self._session.run(self._outputs, window)
            if verdicts is not None:
                (verdicts[row],) = verdict[0]

        # The longest first, so that no processor is left with a long one when the others are done.
        each(run, np.argsort(-mask.sum(axis=1)).tolist())
        return Output(starts, ends, verdicts)


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

    def __call__(self, inputs: Inputs) -> Output:
        """Run the model."""
        import torch

        with torch.inference_mode():
            output = self._model(**{name: torch.from_numpy(inputs[name]) for name in self._names})
        return Output(output.start_logits.numpy(), output.end_logits.numpy())
