"""What training lowers: how far the scores of starts and ends are from the answer, and from a teacher's scores."""

import torch
from torch.nn.functional import log_softmax, softmax

from qa.train.batches import Batch

Logits = tuple[torch.Tensor, torch.Tensor]
"""Start and end logits, each of shape (batch, length)."""


def span_loss(logits: Logits, batch: Batch, smoothing: float = 0.0) -> torch.Tensor:
    """Mean over the examples of the cross-entropy of start and end, over what may be one in any passage of the example.

    A passage's scores count less that of its "no answer", as in reading; so "no answer" scores 0 in all of them and takes
    part once. Where one passage is read, that is the usual cross-entropy over it and "no answer"; where there are several,
    it is the shared normalisation of Clark and Gardner 2018, section 3.1 (https://arxiv.org/abs/1710.10723).

    With ``smoothing``, that share of the target is spread evenly over all positions (Szegedy et al. 2016, section 7:
    https://arxiv.org/abs/1512.00567).
    """
    of_answers = batch.allowed.clone()
    of_answers[:, 0] = False
    count = int(batch.example[-1]) + 1
    none = torch.zeros(count, device=batch.allowed.device)
    total = none.sum()
    for scores, target in zip(logits, (batch.starts, batch.ends), strict=True):
        odds = scores.float() - scores[:, :1].float()
        rows = torch.logsumexp(_masked(odds, of_answers), dim=1)
        highest = none.scatter_reduce(0, batch.example, rows.detach(), "amax")
        sums = (-highest).exp().index_add(0, batch.example, (rows - highest[batch.example]).exp())
        normalisers = highest + sums.log()
        right = none.index_add(0, batch.example, odds.gather(1, target[:, None]).squeeze(1))
        losses = normalisers - right
        if smoothing:
            places = (none + 1).index_add(0, batch.example, of_answers.sum(1).float())
            mean = none.index_add(0, batch.example, odds.masked_fill(~of_answers, 0).sum(1)) / places
            losses = (1 - smoothing) * losses + smoothing * (normalisers - mean)
        total = total + losses.mean() / 2
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
