from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from index.encoders.bert import Architecture, Bert
from qa.train.int8_scaling import ScaledBert
from qa.train.mpnet import MPNet

ARCHITECTURE = Architecture(layers=1, heads=1, epsilon=1e-12)
FEED_FORWARD = "bert.encoder.layer.0.intermediate.dense"


def worst_in_int8(graph: Bert, layer: str, folder: Path) -> list[float]:
    """How far each token's output of ``layer`` is off in int8, as a share of its own size: of a small and of a large token."""
    rng = np.random.default_rng(0)
    matrix, bias = rng.normal(size=(16, 8)).astype(np.float32), np.zeros(8, np.float32)
    states = rng.normal(size=(1, 2, 16)).astype(np.float32) * np.array([1, 1000], np.float32)[:, None]
    output = graph.linear("states", layer)
    given, made = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 2, size]) for name, size in (("states", 16), (output, 8))
    )
    weights = [numpy_helper.from_array(array, f"{layer}.{name}") for name, array in (("weight", matrix), ("bias", bias))]
    onnx.save(graph.model([given], [made], weights), folder / "float.onnx")
    quantize_dynamic(folder / "float.onnx", folder / "int8.onnx", weight_type=QuantType.QInt8, reduce_range=True)
    found, right = onnxruntime.InferenceSession(folder / "int8.onnx").run(None, {"states": states})[0], states @ matrix
    errors: list[float] = (np.linalg.norm(found - right, axis=2) / np.linalg.norm(right, axis=2))[0].tolist()
    return errors


def test_a_small_token_is_not_lost_beside_a_large_one(tmp_path: Path) -> None:
    assert max(worst_in_int8(ScaledBert(ARCHITECTURE, "bert."), FEED_FORWARD, tmp_path)) < 0.03
    small, large = worst_in_int8(Bert(ARCHITECTURE, "bert.", in_torch_layout=False), FEED_FORWARD, tmp_path)
    assert (small > 0.5, large < 0.03) == (True, True)


@pytest.mark.parametrize(
    ("layer", "of_bert"),
    [
        (FEED_FORWARD, True),
        ("bert.encoder.layer.5.output.dense", True),
        ("bert.encoder.layer.5.attention.output.dense", False),
        ("bert.encoder.layer.0.attention.self.query", False),
        ("qa_outputs", False),
    ],
)
def test_which_layers_are_scaled(layer: str, of_bert: bool) -> None:
    assert ScaledBert(ARCHITECTURE, "bert.").scales(layer) == of_bert
    assert MPNet(ARCHITECTURE).scales(layer)
