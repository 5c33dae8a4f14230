"""What training lowers: how far the scores of starts and ends are from the answer."""

import torch
from torch.nn.functional import cross_entropy

from qa.train.examples.batches import Batch

Logits = tuple[torch.Tensor, torch.Tensor]
"""Start and end logits, each of shape (batch, length)."""


def span_loss(logits: Logits, batch: Batch) -> torch.Tensor:
    """Mean cross-entropy of start and end over the passage and "no answer" (Devlin et al. 2019, section 4.3)."""
    starts, ends = (scores.float().masked_fill(~batch.allowed, -torch.inf) for scores in logits)
    return (cross_entropy(starts, batch.starts) + cross_entropy(ends, batch.ends)) / 2
