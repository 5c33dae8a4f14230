"""The loss: how far the scores of starts, ends and verdicts are from the truth."""

from collections.abc import Sequence

import torch
from torch.nn.functional import cross_entropy, log_softmax, softmax

from qa.train.examples.batches import Batch
from qa.train.verdict_head import Logits

NO_VERDICT = 0.05
"""Weight of an example without a verdict in the verdict's loss: there are very many of them, and they are easy."""
_FAR_BELOW = -1e4
"""Of a probability of 0, but finite: 0 times infinity is no number."""


def span_loss(logits: Logits, batch: Batch) -> torch.Tensor:
    """Mean cross-entropy of start and end over the passage and "no answer" (Devlin et al. 2019, section 4.3).

    If only the verdict is known, all tokens of the passage together count as the right ones, against "no answer".
    """
    return (_ends_loss(logits.starts, batch.starts, batch) + _ends_loss(logits.ends, batch.ends, batch)) / 2


def loss(logits: Logits, batch: Batch) -> torch.Tensor:
    """`span_loss`, and the cross-entropy of the verdict if the model has a head for it.

    It is summed and divided by the number of examples, not of verdicts: so a verdict weighs as much as a span, whatever
    else is in its batch.
    """
    if logits.verdicts is None:
        return span_loss(logits, batch)
    weights = torch.tensor([NO_VERDICT, 1.0, 1.0], device=batch.verdicts.device)
    verdicts = cross_entropy(logits.verdicts.float(), batch.verdicts, weights, reduction="sum")
    return span_loss(logits, batch) + verdicts / len(batch.verdicts)


def distillation_loss(logits: Logits, batch: Batch, taught: Sequence[tuple[Logits, Batch]]) -> torch.Tensor:
    """Cross-entropy against the mean of what the teachers answer (Hinton et al. 2015, https://arxiv.org/abs/1503.02531).

    ``taught`` has the logits of each teacher, and the same rows as it takes them. Verdicts count as in `loss`, if all have a
    head for them.
    """
    spans = [(logits, batch), *taught]
    starts = [_in_order(found.starts, given) for found, given in spans]
    ends = [_in_order(found.ends, given) for found, given in spans]
    lost = (_against(starts[0], starts[1:]) + _against(ends[0], ends[1:])).mean() / 2
    verdicts = [found.verdicts.float() for found, _ in spans if found.verdicts is not None]
    if len(verdicts) < len(spans):
        return lost
    weights = torch.tensor([NO_VERDICT, 1.0, 1.0], device=batch.verdicts.device)[batch.verdicts]
    return lost + (weights * _against(verdicts[0], verdicts[1:])).mean()


def _against(student: torch.Tensor, teachers: Sequence[torch.Tensor]) -> torch.Tensor:
    """Cross-entropy of each row, shape (batch,)."""
    told = sum((softmax(teacher, 1) for teacher in teachers), torch.zeros_like(student)) / len(teachers)
    return -(told * log_softmax(student, 1)).sum(1)


def _in_order(scores: torch.Tensor, batch: Batch) -> torch.Tensor:
    """The scores of "no answer" and of the passage's tokens, which are the same for every layout; the rest is far below."""
    length = batch.allowed.shape[1]
    places = torch.arange(length, device=scores.device).expand_as(batch.allowed)
    order = places.masked_fill(~batch.allowed, length).sort(1).values[:, : int(batch.allowed.sum(1).max())]
    return scores.float().gather(1, order.clamp(max=length - 1)).masked_fill(order == length, _FAR_BELOW)


def _ends_loss(scores: torch.Tensor, at: torch.Tensor, batch: Batch) -> torch.Tensor:
    scores = scores.float().masked_fill(~batch.allowed, -torch.inf)
    passage = scores[:, 1:].logsumexp(1)
    chosen = torch.where(at < 0, passage, scores.gather(1, at.clamp(min=0)[:, None])[:, 0])
    return (scores.logsumexp(1) - chosen).mean()
