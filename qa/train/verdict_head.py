"""A question-answering model with one more head: whether the passage says yes, no, or neither to the question.

Like "no answer", the verdict is computed from the first token. The span is its evidence.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import safe_open
from transformers import PreTrainedModel

from qa.read.models import VERDICTS

HEAD = "verdict_outputs"
_WEIGHTS_FILE = "model.safetensors"


class Logits(NamedTuple):
    """Logits of starts and ends, shape (batch, length), and of verdicts, shape (batch, 3); None without the head."""

    starts: torch.Tensor
    ends: torch.Tensor
    verdicts: torch.Tensor | None


def add_head(model: PreTrainedModel, folder: Path) -> None:
    """Add the head to ``model``, which was loaded from ``folder``: with that folder's weights for it, or new ones."""
    head = torch.nn.Linear(model.config.hidden_size, len(VERDICTS))
    torch.nn.init.normal_(head.weight, std=model.config.initializer_range)
    torch.nn.init.zeros_(head.bias)
    if has_head(folder):
        with safe_open(folder / _WEIGHTS_FILE, "pt") as stored:
            head.load_state_dict({name: stored.get_tensor(f"{HEAD}.{name}") for name in ("weight", "bias")})
    model.add_module(HEAD, head)


def has_head(folder: Path) -> bool:
    """Whether the model in ``folder`` has weights for the head."""
    path = folder / _WEIGHTS_FILE
    if not path.is_file():
        return False
    with safe_open(path, "pt") as stored:
        return f"{HEAD}.weight" in stored.keys()  # noqa: SIM118  # It is not a dictionary.


def logits(model: PreTrainedModel, inputs: Mapping[str, torch.Tensor]) -> Logits:
    """Run ``model``, with the head if it has one."""
    states = model.base_model(**inputs).last_hidden_state
    starts, ends = model.get_submodule("qa_outputs")(states).split(1, dim=-1)
    verdicts = model.get_submodule(HEAD)(states[:, 0]) if hasattr(model, HEAD) else None
    return Logits(starts.squeeze(-1), ends.squeeze(-1), verdicts)
