"""BERT (Devlin et al. 2019, https://arxiv.org/abs/1810.04805) as a graph for onnxruntime, without its weights.

The graph is built here and not exported from torch. So it uses onnxruntime's own attention operator, and needs neither torch
nor a second copy of the weights. It takes one text or one pair of texts at a time, so it needs no padding and no mask.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

_DOMAIN = "com.microsoft"
"""The domain of onnxruntime's operators that are not in the ONNX standard, such as the one for attention."""


@dataclass(frozen=True)
class Architecture:
    """What the graph depends on besides the weights.

    Attributes:
        layers: how many layers.
        heads: attention heads of a layer.
        epsilon: the epsilon of the layer norms.
    """

    layers: int
    heads: int
    epsilon: float

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Self:
        """The architecture in a model's ``config.json``."""
        return cls(config["num_hidden_layers"], config["num_attention_heads"], config["layer_norm_eps"])


def mean_pooled(architecture: Architecture, weights: Mapping[str, Sequence[int]]) -> ModelProto:
    """The graph from "ids", shape (tokens,), to "vector", the mean of the last layer's states, shape (hidden,).

    Args:
        architecture: the model's architecture.
        weights: shapes of the weights, by their names in `transformers.BertModel`. The graph does not hold the weights. Those
            that it marks as stored elsewhere must be given to the session together with the graph.
    """
    graph = Bert(architecture, "", in_torch_layout=True)
    graph.node("ReduceMean", graph.states("ids"), "zero", to="vector", keepdims=0)
    inputs = [helper.make_tensor_value_info("ids", TensorProto.INT64, ["tokens"])]
    outputs = [helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["hidden"])]
    used = graph.weights()
    return graph.model(inputs, outputs, [_elsewhere(name, of) for name, of in weights.items() if name in used])


def span_logits(graph: "Bert", inputs: Sequence[str], weights: Mapping[str, NDArray[Any]]) -> ModelProto:
    """The graph from token ids to "start_logits" and "end_logits", all of shape (1, tokens).

    If ``weights`` has a head for verdicts, it also gives "verdict_logits", shape (1, verdicts), from the first token's state.

    Args:
        graph: a graph of the model, still without nodes.
        inputs: names of the model's inputs: "input_ids", and "token_type_ids" if it uses them to tell two texts apart.
        weights: by their names in transformers' question-answering model. The graph holds them. Matrices of linear layers are
            transposed to (in, out), so that they can be quantised and keep their names.
    """
    states = graph.states(*inputs)
    logits = graph.linear(states, "qa_outputs")
    graph.nodes.append(helper.make_node("Split", [logits], ["start", "end"], axis=-1, num_outputs=2))
    for part in ("start", "end"):
        graph.node("Squeeze", part, "last", to=f"{part}_logits")
    verdicts = []
    if "verdict_outputs.weight" in weights:
        first = graph.node("Gather", states, "zero", axis=1)
        graph.node("Squeeze", graph.linear(first, "verdict_outputs"), "one", to="verdict_logits")
        verdicts = [helper.make_tensor_value_info("verdict_logits", TensorProto.FLOAT, [1, "verdicts"])]
    given, outputs = (
        [helper.make_tensor_value_info(name, kind, [1, "tokens"]) for name in names]
        for names, kind in ((inputs, TensorProto.INT64), (("start_logits", "end_logits"), TensorProto.FLOAT))
    )
    held = [
        numpy_helper.from_array(np.ascontiguousarray(weights[name].T if name in graph.matrices else weights[name]), name)
        for name in sorted(graph.weights())
    ]
    return graph.model(given, [*outputs, *verdicts], held)


@dataclass(frozen=True)
class Names:
    """Names of the parts of a layer, relative to the layer."""

    query: str = "attention.self.query"
    key: str = "attention.self.key"
    value: str = "attention.self.value"
    output: str = "attention.output.dense"
    norm: str = "attention.output.LayerNorm"


class Bert:
    """A graph under construction. Its methods take and return names of tensors, of shape (..., tokens, hidden).

    Attributes:
        nodes: in the order in which they were added.
        matrices: names of the weights of linear layers.
    """

    def __init__(self, architecture: Architecture, prefix: str, in_torch_layout: bool) -> None:
        """``prefix`` is put before the weights' names; ``in_torch_layout`` says that matrices are of shape (out, in)."""
        self.nodes: list[NodeProto] = []
        self.matrices: set[str] = set()
        self._architecture = architecture
        self._prefix = prefix
        self._in_torch_layout = in_torch_layout
        self._numbers = count()

    @property
    def names(self) -> Names:
        """The names of a BERT layer's parts."""
        return Names()

    def node(self, operator: str, *inputs: str, to: str = "", domain: str = "", **attributes: float) -> str:
        """Add a node, and return the name of its output."""
        to = to or f"{operator}.{next(self._numbers)}"
        self.nodes.append(helper.make_node(operator, inputs, [to], to, None, domain, None, **attributes))
        return to

    def states(self, ids: str, kinds: str = "") -> str:
        """The last layer's states of the tokens ``ids``. Without ``kinds``, all tokens have token type 0."""
        states, bias = self._embedded(ids, kinds), self._attention_bias(ids)
        for number in range(self._architecture.layers):
            states = self._layer(states, f"{self._prefix}encoder.layer.{number}", bias)
        return states

    def linear(self, states: str, name: str) -> str:
        """Apply the linear layer ``name`` to ``states``."""
        self.matrices.add(f"{name}.weight")
        if self._in_torch_layout:
            return self.node("Gemm", states, f"{name}.weight", f"{name}.bias", transB=1)
        return self.node("Add", self.node("MatMul", states, f"{name}.weight"), f"{name}.bias")

    def weights(self) -> set[str]:
        """Names of all weights that the nodes use."""
        return {name for node in self.nodes for name in node.input if name.endswith((".weight", ".bias"))}

    def model(
        self, inputs: Sequence[ValueInfoProto], outputs: Sequence[ValueInfoProto], weights: Sequence[TensorProto]
    ) -> ModelProto:
        """The model made of the nodes, with their inputs, outputs and weights."""
        used = {name for node in self.nodes for name in node.input}
        numbers = {"zero": 0, "one": 1, "last": -1}
        constants = [helper.make_tensor(name, TensorProto.INT64, [1], [numbers[name]]) for name in sorted(used & set(numbers))]
        graph = helper.make_graph(self.nodes, "bert", inputs, outputs, [*constants, *weights])
        opsets = [helper.make_opsetid("", 20), helper.make_opsetid(_DOMAIN, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=9)

    def _attention_bias(self, ids: str) -> str:
        """The tensor that is added to the attention scores of every layer, shape (1, heads, tokens, tokens); "" for none."""
        return ""

    def _embedded(self, ids: str, kinds: str) -> str:
        table = f"{self._prefix}embeddings.token_type_embeddings.weight"
        kind = self.node("Gather", table, kinds) if kinds else self.node("Slice", table, "zero", "one", "zero")
        words, places = self._words(ids), self._places(ids)
        return self._normalised(self.node("Add", words, places), kind, f"{self._prefix}embeddings.LayerNorm")

    def _words(self, ids: str) -> str:
        return self.node("Gather", f"{self._prefix}embeddings.word_embeddings.weight", ids)

    def _places(self, ids: str) -> str:
        table = f"{self._prefix}embeddings.position_embeddings.weight"
        return self.node("Slice", table, "zero", self.node("Shape", ids, start=-1), "zero")

    def _layer(self, states: str, name: str, bias: str) -> str:
        names = self.names
        parts = [self.linear(states, f"{name}.{part}") for part in (names.query, names.key, names.value)]
        if self._in_torch_layout:
            # The attention operator needs a batch dimension, which Gemm does not take.
            parts = [self.node("Unsqueeze", part, "zero") for part in parts]
        optional = ["", "", bias] if bias else []
        attended = self.node("MultiHeadAttention", *parts, *optional, domain=_DOMAIN, num_heads=self._architecture.heads)
        if self._in_torch_layout:
            attended = self.node("Squeeze", attended, "zero")
        attended = self.linear(attended, f"{name}.{names.output}")
        states = self._normalised(attended, states, f"{name}.{names.norm}")
        wide = self.node("Gelu", self.linear(states, f"{name}.intermediate.dense"))
        return self._normalised(self.linear(wide, f"{name}.output.dense"), states, f"{name}.output.LayerNorm")

    def _normalised(self, states: str, others: str, name: str) -> str:
        added = self.node("Add", states, others)
        return self.node("LayerNormalization", added, f"{name}.weight", f"{name}.bias", epsilon=self._architecture.epsilon)


def _elsewhere(name: str, shape: Sequence[int]) -> TensorProto:
    tensor = TensorProto(name=name, dims=shape, data_type=TensorProto.FLOAT, data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="handed over with the graph")
    return tensor
