"""A fingerprint of what a run is made from, so that a checkpoint is never continued with anything else."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import torch
from transformers import PreTrainedModel

from qa.train.examples.squad_format import Question
from qa.train.recipe import Recipe


def origin(
    recipe: Recipe, sources: Mapping[str, Sequence[Question]], validation: Sequence[Question], model: PreTrainedModel
) -> dict[str, str]:
    """The recipe as JSON, and the SHA-256 of the data and of the untrained ``model``'s encoder, its layers' sizes included."""
    data = hashlib.sha256()
    for name, questions in [*sources.items(), ("", validation)]:
        data.update(f"{name}: {len(questions)}".encode())
        for question in questions:
            data.update(repr(question).encode())
    base = hashlib.sha256()
    for name, weights in model.base_model.state_dict().items():
        base.update(f"{name}: {tuple(weights.shape)}".encode())
        base.update(weights.flatten().view(torch.uint8).numpy())
    return {"recipe": json.dumps(asdict(recipe)), "base": base.hexdigest(), "data": data.hexdigest()}
