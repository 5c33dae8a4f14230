"""The reader's weights in float32, to measure what int8 is worth: they are not shipped, so they are computed back."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.models import ONNX_FILE

Floats = NDArray[np.float32]

_WRAPPER = "model."
"""What `qa.train.export` puts before every name."""


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
        ValueError: the package onnx is not installed, or ``folder`` holds no such reader.
    """
    try:
        import onnx
    except ImportError as error:
        raise ValueError(
            "Float weights are computed with the package onnx, which is missing. Run: pip install -r requirements-train.txt"
        ) from error
    import torch
    from transformers import BertConfig, BertForQuestionAnswering

    path = folder / ONNX_FILE
    if not path.is_file():
        raise ValueError(
            f"{folder} holds no {ONNX_FILE} to compute float weights from. Leave out --reader for the built-in one."
        )
    try:
        weights = dequantised(onnx.load(path).graph)
        model = BertForQuestionAnswering(BertConfig.from_pretrained(folder))
        model.load_state_dict({name: torch.from_numpy(weight) for name, weight in weights.items()})
    except Exception as error:  # onnx, protobuf and torch have no common base class for "not what was expected"
        first = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise ValueError(
            f"{path} is not a quantised BERT reader as `python -m qa.train.export` writes it ({first})."
        ) from error
    out.mkdir(parents=True, exist_ok=True)
    for other in folder.glob("*.json"):
        shutil.copyfile(other, out / other.name)
    model.save_pretrained(out)
    return out


def dequantised(graph: Any) -> dict[str, Floats]:  # noqa: ANN401  # onnx has no types
    """The float32 parameters of an ONNX graph with int8 weights, by the names they had in torch.

    Embeddings and biases kept their names. A matrix lost its own: it is named after the bias that is added to its
    product, and transposed, since torch's linear layers hold (out, in).
    """
    from onnx import numpy_helper

    stored = {initializer.name: numpy_helper.to_array(initializer) for initializer in graph.initializer}
    consumers: dict[str, list[Any]] = {}
    for node in graph.node:
        for name in node.input:
            consumers.setdefault(name, []).append(node)
    named = {name: array for name, array in stored.items() if name.startswith(_WRAPPER) and array.dtype == np.float32}
    weights = {name: array for name, array in named.items() if not name.endswith("_scale")}
    for name in stored:
        if name.startswith(_WRAPPER) and name.endswith("_quantized"):
            weights[name.removesuffix("_quantized")] = scaled(stored, name)
    for node in graph.node:
        if node.op_type == "MatMulInteger":
            bias = _bias_after(node, consumers)
            weights[f"{bias.removesuffix('.bias')}.weight"] = scaled(stored, node.input[1]).T
    return {name.removeprefix(_WRAPPER): np.array(array, np.float32, order="C") for name, array in weights.items()}


def scaled(stored: dict[str, NDArray[Any]], name: str) -> Floats:
    """(int8 - zero point) * scale. Scale and zero point are one number, or one for each column."""
    whole = name.removesuffix("_quantized")
    zero_point = stored[f"{whole}_zero_point"].astype(np.float32)
    product: Floats = (stored[name].astype(np.float32) - zero_point) * stored[f"{whole}_scale"]
    return product


def _bias_after(node: Any, consumers: dict[str, list[Any]]) -> str:  # noqa: ANN401
    """Follow a product through its cast and its scaling to where the bias is added; that bias's name."""
    for _ in range(3):
        (node,) = consumers[node.output[0]]
        for name in node.input:
            if node.op_type == "Add" and name.endswith(".bias"):
                return str(name)
    raise ValueError(f"no bias is added after {node.name}")
