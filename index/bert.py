"""BERT (Devlin et al. 2019, https://arxiv.org/abs/1810.04805) as a graph for onnxruntime, without its weights.

It is written down here, and not exported from torch, so that neither torch nor a second copy of the weights is needed. It
takes one text, and so needs no padding and no mask.
"""

from collections.abc import Mapping, Sequence
from itertools import count

from onnx import ModelProto, NodeProto, TensorProto, helper

_DOMAIN = "com.microsoft"
"""Where onnxruntime keeps its operators that are not in the standard, such as the one for attention."""


def mean_pooled(shapes: Mapping[str, Sequence[int]], layers: int, heads: int, epsilon: float) -> ModelProto:
    """The graph from "ids", shape (tokens,), to "vector", the mean of the last layer's states, shape (hidden,).

    Args:
        shapes: shapes of the weights by name, as `transformers.BertModel` has them. Those that the graph names as stored
            elsewhere must be handed over with it.
        layers: how many layers.
        heads: attention heads of a layer.
        epsilon: of the layer norms.
    """
    graph = _Graph(epsilon)
    states = graph.embedded("ids")
    for layer in range(layers):
        states = graph.layer(states, f"encoder.layer.{layer}", heads)
    graph.node("ReduceMean", states, "zero", to="vector", keepdims=0)
    used = {name for node in graph.nodes for name in node.input}
    constants = [helper.make_tensor(name, TensorProto.INT64, [1], [value]) for name, value in (("zero", 0), ("one", 1))]
    made = helper.make_graph(
        graph.nodes,
        "bert",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["tokens"])],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["hidden"])],
        [*constants, *(_elsewhere(name, shape) for name, shape in shapes.items() if name in used)],
    )
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid(_DOMAIN, 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=9)


class _Graph:
    """Nodes in the order in which they were added. Methods take and return names of tensors, of shape (tokens, hidden)."""

    def __init__(self, epsilon: float) -> None:
        self.nodes: list[NodeProto] = []
        self._epsilon = epsilon
        self._numbers = count()

    def node(self, operator: str, *inputs: str, to: str = "", domain: str = "", **attributes: int | float) -> str:
        to = to or f"{operator}.{next(self._numbers)}"
        self.nodes.append(helper.make_node(operator, inputs, [to], None, None, domain, None, **attributes))
        return to

    def embedded(self, ids: str) -> str:
        words = self.node("Gather", "embeddings.word_embeddings.weight", ids)
        length = self.node("Shape", ids)
        places = self.node("Slice", "embeddings.position_embeddings.weight", "zero", length, "zero")
        kind = self.node("Slice", "embeddings.token_type_embeddings.weight", "zero", "one", "zero")
        return self.normalised(self.node("Add", words, places), kind, "embeddings.LayerNorm")

    def layer(self, states: str, name: str, heads: int) -> str:
        # The operator wants a batch, so one is put around the only text.
        parts = [
            self.node("Unsqueeze", self.linear(states, f"{name}.attention.self.{part}"), "zero")
            for part in ("query", "key", "value")
        ]
        attended = self.node("MultiHeadAttention", *parts, domain=_DOMAIN, num_heads=heads)
        attended = self.linear(self.node("Squeeze", attended, "zero"), f"{name}.attention.output.dense")
        states = self.normalised(attended, states, f"{name}.attention.output.LayerNorm")
        wide = self.node("Gelu", self.linear(states, f"{name}.intermediate.dense"))
        return self.normalised(self.linear(wide, f"{name}.output.dense"), states, f"{name}.output.LayerNorm")

    def linear(self, states: str, name: str) -> str:
        return self.node("Gemm", states, f"{name}.weight", f"{name}.bias", transB=1)

    def normalised(self, states: str, others: str, name: str) -> str:
        added = self.node("Add", states, others)
        return self.node("LayerNormalization", added, f"{name}.weight", f"{name}.bias", epsilon=self._epsilon)


def _elsewhere(name: str, shape: Sequence[int]) -> TensorProto:
    tensor = TensorProto(name=name, dims=shape, data_type=TensorProto.FLOAT, data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="handed over with the graph")
    return tensor
