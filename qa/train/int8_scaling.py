"""BERT as a graph that loses less precision in int8: each token has its own scale."""

from index.encoders.bert import Architecture, Bert


class ScaledBert(Bert):
    """A graph being written, to be quantised."""

    def __init__(self, architecture: Architecture, prefix: str) -> None:
        super().__init__(architecture, prefix, in_torch_layout=False)
        self._scaled: dict[str, tuple[str, str]] = {}

    def linear(self, states: str, name: str) -> str:
        """The linear layer ``name`` of ``states``; where it `scales`, each token's are first divided by their largest.

        In float32 that changes nothing. In int8 all tokens of a tensor share a scale, which leaves little of those whose
        values are small beside the largest token's.
        """
        if not self.scales(name):
            return super().linear(states, name)
        if states not in self._scaled:
            largest = self.node("ReduceMax", self.node("Abs", states), "last", keepdims=1)
            self._scaled[states] = self.node("Div", states, largest), largest
        scaled, largest = self._scaled[states]
        self.matrices.add(f"{name}.weight")
        product = self.node("MatMul", scaled, f"{name}.weight")
        return self.node("Add", self.node("Mul", product, largest), f"{name}.bias")

    def scales(self, name: str) -> bool:
        """Whether the linear layer ``name`` is scaled. In BERT, those of the feed-forward blocks are."""
        return ".layer." in name and ".attention." not in name
