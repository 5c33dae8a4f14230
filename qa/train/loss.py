"""What training lowers: how far the scores of starts and ends are from the answer, and from a teacher's scores."""

import torch
from torch.nn.functional import log_softmax, softmax

from qa.train.batches import Batch

Logits = tuple[torch.Tensor, torch.Tensor]
"""Start and end logits, each of shape (batch, length)."""


def span_loss(logits: Logits, batch: Batch, smoothing: float = 0.0) -> torch.Tensor:
    """Mean cross-entropy of start and end over the allowed positions.

    With ``smoothing``, that share of the target is spread evenly over all of them (Szegedy et al. 2016, section 7:
    https://arxiv.org/abs/1512.00567).
    """
    total = torch.zeros((), device=batch.allowed.device)
    for scores, target in zip(logits, (batch.starts, batch.ends), strict=True):
        logs = log_softmax(_masked(scores, batch.allowed), dim=1)
        loss = -logs.gather(1, target[:, None]).squeeze(1)
        if smoothing:
            even = -logs.masked_fill(~batch.allowed, 0).sum(1) / batch.allowed.sum(1)
            loss = (1 - smoothing) * loss + smoothing * even
        total = total + loss.mean() / 2
    return total


def distillation_loss(logits: Logits, teacher: Logits, batch: Batch, temperature: float) -> torch.Tensor:
    """Mean divergence of the start and end distributions from the teacher's, both at ``temperature``.

    Times the temperature's square, which keeps its gradients as large as those of `span_loss` (Hinton et al. 2015, section 2:
    https://arxiv.org/abs/1503.02531). Tokens that the teacher does not have are left out.
    """
    shared = batch.teacher_at >= 0
    total = torch.zeros((), device=shared.device)
    for own, theirs in zip(logits, teacher, strict=True):
        target = softmax(_masked(theirs.gather(1, batch.teacher_at.clamp(min=0)), shared) / temperature, dim=1)
        logs = log_softmax(_masked(own, shared) / temperature, dim=1).masked_fill(~shared, 0)
        entropy = torch.special.entr(target).sum(1)
        total = total + (-(target * logs).sum(1) - entropy).mean() * temperature**2 / 2
    return total


def _masked(scores: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
    return scores.float().masked_fill(~kept, -torch.inf)
