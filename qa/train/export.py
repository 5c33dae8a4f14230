"""``python -m qa.train.export``: export a trained reader to the int8 ONNX model that `qa.read.reader` loads.

Example: python -m qa.train.export .train/reader/model qa/weights
"""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import onnx
from onnx.external_data_helper import set_external_data
from safetensors import SafetensorError
from safetensors.numpy import load_file

from index.command_line import Parser, exit_with
from index.encoders.bert import Architecture, span_logits
from qa.read.models import ONNX_FILE
from qa.read.reader import SETTINGS_FILE, ReaderSettings
from qa.read.windows import TOKENIZER_FILE
from qa.train.folders import make_folder
from qa.train.int8_scaling import ScaledBert
from qa.train.mpnet import IN_FLOAT, MPNet, as_used

CONFIG_FILE, WEIGHTS_FILE = "config.json", "model.safetensors"
LARGEST_TENSOR_FILE = "model.largest.bin"
LARGEST_FILE = 100_000_000
"""Bytes; GitHub takes no larger file."""


def export(model_folder: Path, out: Path, quantise: bool = True, verdicts: bool = True) -> None:
    """Write the model (int8 weights, per channel, quantised dynamically), its tokenizer and its settings to ``out``.

    Activations are quantised to 7 bits ("reduced range"): without it the sums overflow on processors that
    have AVX2 or AVX-512 but no VNNI, and scores become wrong there and nowhere else.

    Settings that ``out`` already has are kept. Without ``verdicts``, the head for verdicts is left out.

    Raises:
        ValueError: ``model_folder`` does not hold a BERT or MPNet model for question answering, or ``out`` is that folder or
            cannot be made.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    if out.resolve() == model_folder.resolve():
        raise ValueError(f"{out} is where the model is. Name another folder to write the reader to.")
    try:
        config = json.loads((model_folder / CONFIG_FILE).read_text(encoding="utf-8"))
        weights = load_file(model_folder / WEIGHTS_FILE)
        if not verdicts:
            weights = {name: array for name, array in weights.items() if not name.startswith("verdict_outputs.")}
        if config["hidden_act"] != "gelu":
            raise ValueError(f"its activation is {config['hidden_act']}")
        architecture = Architecture.of(config)
        if config["model_type"] == "bert":
            graph = span_logits(ScaledBert(architecture, "bert."), ["input_ids", "token_type_ids"], weights)
        elif config["model_type"] == "mpnet":
            graph = span_logits(MPNet(architecture), ["input_ids"], as_used(weights))
        else:
            raise ValueError(f"it is a {config['model_type']}")
        copied = {name: (model_folder / name).read_bytes() for name in (CONFIG_FILE, TOKENIZER_FILE, "tokenizer_config.json")}
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise ValueError(
            f"{model_folder} cannot be exported ({error}). Expected a BERT or MPNet model for question answering, as "
            "python -m qa.train makes. Other models are read as they are: --reader FOLDER."
        ) from error
    make_folder(out)
    if quantise:
        with tempfile.TemporaryDirectory() as temporary:
            plain = Path(temporary) / ONNX_FILE
            onnx.save(graph, plain)
            quantize_dynamic(
                plain,
                out / ONNX_FILE,
                weight_type=QuantType.QInt8,
                per_channel=True,
                reduce_range=True,
                nodes_to_exclude=[IN_FLOAT],
                # The type of tensors behind a non-standard operator is not known.
                extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
            )
    else:
        onnx.save(graph, out / ONNX_FILE)
    _divided(out / ONNX_FILE)
    for name, content in copied.items():
        (out / name).write_bytes(content)
    if not (out / SETTINGS_FILE).exists():
        (out / SETTINGS_FILE).write_text(json.dumps(asdict(ReaderSettings()), indent=2) + "\n", encoding="utf-8")


def _divided(path: Path) -> None:
    """Move the largest tensor of a model that is larger than `LARGEST_FILE` to a file of its own beside it."""
    (path.parent / LARGEST_TENSOR_FILE).unlink(missing_ok=True)  # An earlier export's file would be appended to.
    if path.stat().st_size <= LARGEST_FILE:
        return
    model = onnx.load(path)
    largest = max(model.graph.initializer, key=onnx.TensorProto.ByteSize)
    set_external_data(largest, LARGEST_TENSOR_FILE)
    onnx.save(model, path)


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line and export; returns the exit code: 0 done, 2 wrong usage or no such model."""
    parser = Parser(prog="python -m qa.train.export", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="the folder that qa.train wrote")
    parser.add_argument("out", type=Path, help="where the reader goes")
    parser.add_argument("--float", action="store_true", help="keep float32 weights, to compare with")
    parser.add_argument("--without-verdicts", action="store_true", help="leave out the head for verdicts, if there is one")
    options = parser.parse_args(arguments)
    try:
        export(options.model, options.out, quantise=not options.float, verdicts=not options.without_verdicts)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"wrote {options.out}")
    return 0


if __name__ == "__main__":
    exit_with(main)
