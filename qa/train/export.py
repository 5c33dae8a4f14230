"""``python -m qa.train.export``: a trained reader to an int8 ONNX model that `qa.reader` loads.

Example: python -m qa.train.export .train/reader/model qa/weights
"""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from index.command_line import Parser, exit_with
from qa.models import ONNX_FILE
from qa.reader import SETTINGS_FILE, ReaderSettings

INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class _Logits(torch.nn.Module):
    """The model with plain tensors in and out, as an ONNX graph has."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        output = self.model(**dict(zip(INPUTS, inputs, strict=True)))
        return output.start_logits, output.end_logits


def export(model_folder: Path, out: Path, quantise: bool = True) -> None:
    """Write the model (int8 weights, per channel, quantised dynamically), its tokenizer and its settings to ``out``.

    Activations are quantised to 7 bits ("reduced range"): without it the sums overflow on processors that
    have AVX2 or AVX-512 but no VNNI, and scores become wrong there and nowhere else.

    Settings that ``out`` already has are kept.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    out.mkdir(parents=True, exist_ok=True)
    model = AutoModelForQuestionAnswering.from_pretrained(model_folder, attn_implementation="eager").eval()
    sample = tuple(torch.ones((2, 16), dtype=torch.int64) for _ in INPUTS)
    batch, length = torch.export.Dim("batch", min=1, max=4096), torch.export.Dim("length", min=4, max=512)
    with tempfile.TemporaryDirectory() as temporary:
        plain = Path(temporary) / "float.onnx"
        torch.onnx.export(
            _Logits(model).eval(),
            sample,
            str(plain),
            dynamo=True,
            external_data=False,
            input_names=list(INPUTS),
            output_names=["start_logits", "end_logits"],
            dynamic_shapes=(tuple({0: batch, 1: length} for _ in INPUTS),),
        )
        if quantise:
            quantize_dynamic(plain, out / ONNX_FILE, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)
        else:
            (out / ONNX_FILE).write_bytes(plain.read_bytes())
    _without_traces(out / ONNX_FILE)
    tokenizer = AutoTokenizer.from_pretrained(model_folder)
    tokenizer.save_pretrained(out)
    model.config.save_pretrained(out)
    if not (out / SETTINGS_FILE).exists():
        (out / SETTINGS_FILE).write_text(json.dumps(asdict(ReaderSettings()), indent=2) + "\n", encoding="utf-8")


def _without_traces(path: Path) -> None:
    """Drop the exporter's notes on where in which source file each node was made: they hold paths of the machine."""
    import onnx

    model = onnx.load(path)
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer):
        del part.metadata_props[:]
        part.doc_string = ""
    onnx.save(model, path)


def main() -> int:
    """Parse the command line and export; returns the exit code."""
    parser = Parser(prog="python -m qa.train.export", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="the folder that qa.train wrote")
    parser.add_argument("out", type=Path, help="where the reader goes")
    parser.add_argument("--float", action="store_true", help="keep float32 weights, to compare with")
    options = parser.parse_args()
    if not (options.model / "config.json").is_file():
        print(f"error: {options.model} holds no model. Train one: python -m qa.train --help", file=sys.stderr)
        return 2
    export(options.model, options.out, quantise=not options.float)
    print(f"wrote {options.out}")
    return 0


if __name__ == "__main__":
    exit_with(main)
