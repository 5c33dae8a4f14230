"""MPNet (Song et al. 2020, https://arxiv.org/abs/2004.09297) as a graph for onnxruntime. It differs from BERT in three things.

Attention scores depend on how far two tokens are apart (Raffel et al. 2020, section 2.1, https://arxiv.org/abs/1910.10683);
texts are not told apart by token types; and places are counted from 2.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encoders.bert import Architecture, Names
from qa.train.int8_scaling import ScaledBert

PREFIX = "mpnet."
FIRST_PLACE = 2
"""Row of the position embeddings that belongs to the first token."""
EXACT, FARTHEST = 8, 128
"""Each distance below the first has its own bias; all distances from the second on share one."""
IN_FLOAT = "attention bias"
"""Name of a node that is not quantised: it has few weights."""

_PLACES = f"{PREFIX}embeddings.position_embeddings.weight"
_BIAS = f"{PREFIX}encoder.relative_attention_bias.weight"
_NUMBERS = f"{PREFIX}numbers.weight"


class MPNet(ScaledBert):
    """A graph being written, for the weights that `as_used` gives."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__(architecture, PREFIX)

    @property
    def names(self) -> Names:
        """MPNet's own names."""
        attention = "attention.attn"
        return Names(f"{attention}.q", f"{attention}.k", f"{attention}.v", f"{attention}.o", "attention.LayerNorm")

    def scales(self, name: str) -> bool:
        """All of them: the marks <s> and </s> have values that are up to a hundred times as large as a word's."""
        return True

    def _attention_bias(self, ids: str) -> str:
        numbers = self.node("Slice", _NUMBERS, "zero", self.node("Shape", ids, start=-1), "zero")
        # How far each token (columns) lies behind each (rows).
        distances = self.node("Sub", self.node("Unsqueeze", numbers, "zero"), self.node("Unsqueeze", numbers, "one"))
        return self.node("Unsqueeze", self.node("Gather", _BIAS, distances, to=IN_FLOAT, axis=1), "zero")

    def _embedded(self, ids: str, kinds: str) -> str:
        return self._normalised(self._words(ids), self._places(ids), f"{PREFIX}embeddings.LayerNorm")


def as_used(weights: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[Any]]:
    """The weights of transformers' MPNet as the graph takes them: the bias for each distance, and places from 0."""
    places = weights[_PLACES][FIRST_PLACE:]
    bias = weights[_BIAS][buckets(_distances(len(places)), len(weights[_BIAS]))].T
    return {**weights, _PLACES: places, _BIAS: bias, _NUMBERS: np.arange(len(places))}


def as_stored(used: Mapping[str, NDArray[np.float32]], count: int) -> dict[str, NDArray[np.float32]]:
    """The inverse of `as_used`: ``count`` biases, and places from `FIRST_PLACE`. Values that no text uses are 0."""
    places = used[_PLACES]
    bias = np.zeros((count, len(used[_BIAS])), np.float32)
    bias[buckets(_distances(len(places)), count)] = used[_BIAS].T
    unused = np.zeros((FIRST_PLACE, places.shape[1]), np.float32)
    others = {name: array for name, array in used.items() if name != _NUMBERS}
    return {**others, _PLACES: np.concatenate([unused, places]), _BIAS: bias}


def _distances(places: int) -> NDArray[np.int64]:
    """Distances from 0 up, then the negative ones: negative indices count from the end."""
    numbers = np.arange(places)
    return np.concatenate([numbers, -numbers[:0:-1]])


def buckets(distances: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """The bias, of ``count``, that belongs to each distance. Half of them are for looking back, half for looking ahead.

    In each half, small distances have one each, and larger ones share one the more the farther they are, up to `FARTHEST`.
    """
    half = count // 2
    far = np.abs(distances).astype(np.float32)
    with np.errstate(divide="ignore"):
        shared = EXACT + np.log(far / EXACT) / np.log(FARTHEST / EXACT) * (half - EXACT)
    number = np.where(far < EXACT, far, np.minimum(shared, half - 1)).astype(np.int64)
    return number + half * (distances > 0)
