"""The reader's weights in float32, to measure what int8 is worth: they are not shipped, so they are computed back."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.read.models import ONNX_FILE
from qa.train.mpnet import as_stored

Floats = NDArray[np.float32]


def float_model(folder: Path, out: Path) -> Path:
    """Write the int8 reader of ``folder`` to ``out`` as a transformers question-answering model in float32.

    The weights are those that the int8 model computes with, so the two differ only in that the int8 model rounds
    activations too. ``out`` has the tokenizer and the settings as well, so that `ExtractiveReader.load` takes it.

    Args:
        folder: a reader as `qa.train.export` writes it, quantised.
        out: the folder to write to; made if it is missing.

    Returns:
        ``out``.

    Raises:
        ValueError: ``folder`` holds no such reader.
    """
    import onnx
    import torch
    from transformers import AutoConfig, AutoModelForQuestionAnswering

    path = folder / ONNX_FILE
    if not path.is_file():
        raise ValueError(
            f"{folder} holds no {ONNX_FILE} to compute float weights from. Those that come with the project have one."
        )
    try:
        weights = dequantised(onnx.load(path).graph)
        config = AutoConfig.from_pretrained(folder)
        if config.model_type == "mpnet":
            weights = as_stored(weights, config.relative_attention_num_buckets)
        model = AutoModelForQuestionAnswering.from_config(config)  # type: ignore[no-untyped-call]
        model.load_state_dict({name: torch.tensor(weight) for name, weight in weights.items()})
    except Exception as error:  # onnx, protobuf and torch have no common base class for "not what was expected"
        first = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise ValueError(f"{path} is not a quantised reader as `python -m qa.train.export` writes it ({first}).") from error
    out.mkdir(parents=True, exist_ok=True)
    for other in folder.glob("*.json"):
        shutil.copyfile(other, out / other.name)
    model.save_pretrained(out)
    return out


def dequantised(graph: Any) -> dict[str, Floats]:  # noqa: ANN401  # onnx has no types
    """The float32 parameters of an ONNX graph with int8 weights, by the names they have in torch.

    Matrices are transposed, since torch's linear layers hold (out, in).
    """
    from onnx import numpy_helper

    stored = {initializer.name: numpy_helper.to_array(initializer) for initializer in graph.initializer}
    weights = {name: array for name, array in stored.items() if name.endswith((".weight", ".bias"))}
    for name in stored:
        if name.endswith("_quantized"):
            weights[name.removesuffix("_quantized")] = scaled(stored, name)
    linear = {node.input[1].removesuffix("_quantized") for node in graph.node if node.op_type == "MatMulInteger"}
    return {name: np.ascontiguousarray(array.T if name in linear else array) for name, array in weights.items()}


def scaled(stored: dict[str, NDArray[Any]], name: str) -> Floats:
    """(int8 - zero point) * scale. Scale and zero point are one number, or one for each column."""
    whole = name.removesuffix("_quantized")
    zero_point = stored[f"{whole}_zero_point"].astype(np.float32)
    product: Floats = (stored[name].astype(np.float32) - zero_point) * stored[f"{whole}_scale"]
    return product
