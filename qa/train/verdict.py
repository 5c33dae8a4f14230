"""A question-answering model with one more head: whether the passage says yes, no, or neither to the question.

Like "no answer", the verdict is computed from the first token. The span is its evidence.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import safe_open
from transformers import PreTrainedModel

HEAD = "verdict_outputs"
VERDICTS = (None, "yes", "no")
"""The meaning of each output of the head."""
_WEIGHTS_FILE = "model.safetensors"


class Logits(NamedTuple):
    """Logits of starts and ends, shape (batch, length), and of verdicts, shape (batch, 3)."""

    starts: torch.Tensor
    ends: torch.Tensor
    verdicts: torch.Tensor


def add_head(model: PreTrainedModel, folder: Path) -> None:
    """Add the head to ``model``, which was loaded from ``folder``: with that folder's weights for it, or new ones."""
    head = torch.nn.Linear(model.config.hidden_size, len(VERDICTS))
    torch.nn.init.normal_(head.weight, std=model.config.initializer_range)
    torch.nn.init.zeros_(head.bias)
    path = folder / _WEIGHTS_FILE
    if path.is_file():
        with safe_open(path, "pt") as stored:
            if f"{HEAD}.weight" in stored.keys():  # noqa: SIM118  # It is no dictionary.
                head.load_state_dict({name: stored.get_tensor(f"{HEAD}.{name}") for name in ("weight", "bias")})
    model.add_module(HEAD, head)


def logits(model: PreTrainedModel, inputs: Mapping[str, torch.Tensor]) -> Logits:
    """Run ``model``, which has the head."""
    states = model.base_model(**inputs).last_hidden_state
    span_head, verdict_head = model.get_submodule("qa_outputs"), model.get_submodule(HEAD)
    starts, ends = span_head(states).split(1, dim=-1)
    return Logits(starts.squeeze(-1), ends.squeeze(-1), verdict_head(states[:, 0]))
