"""``python -m qa.train.restore``: compute a reader's float32 weights back from its int8 weights.

Only the int8 weights are shipped. The float32 ones are for training on from them, and for measuring what int8 costs.

Example: python -m qa.train.restore qa/weights_large .train/restored
"""

import argparse
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.command_line import Parser, exit_with
from qa.read.models import ONNX_FILE
from qa.train.mpnet import as_stored

Floats = NDArray[np.float32]


def restore(folder: Path, out: Path) -> Path:
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

    from qa.train.verdict_head import HEAD, add_head

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
        if f"{HEAD}.weight" in weights:
            add_head(model, folder)
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


def main(arguments: list[str] | None = None) -> int:
    """Restore; returns the exit code: 0 done, 2 wrong usage or no such reader."""
    parser = Parser(
        prog="python -m qa.train.restore", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("reader", type=Path, help="the folder of an exported reader")
    parser.add_argument("out", type=Path, help="the folder to write to")
    options = parser.parse_args(arguments)
    try:
        print(f"wrote {restore(options.reader, options.out)}")
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    exit_with(main)
