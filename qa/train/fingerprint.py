"""A fingerprint of what a run is made from, so that a checkpoint is never continued with anything else."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from transformers import PreTrainedModel

from qa.train.recipe import Recipe


def origin(recipe: Recipe, data: str, model: PreTrainedModel, teachers: Sequence[Path]) -> dict[str, str]:
    """The recipe as JSON, the SHA-256 of the questions (``data``) and of the untrained ``model``'s encoder, and the teachers.

    Of the encoder, the sizes of its layers count too.
    """
    base = hashlib.sha256()
    for name, weights in model.base_model.state_dict().items():
        base.update(f"{name}: {tuple(weights.shape)}".encode())
        base.update(weights.flatten().view(torch.uint8).numpy())
    told = json.dumps([str(teacher) for teacher in teachers])
    return {"recipe": json.dumps(asdict(recipe)), "base": base.hexdigest(), "data": data, "teachers": told}
