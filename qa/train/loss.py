"""The loss: how far the scores of starts, ends and verdicts are from the truth."""

import torch
from torch.nn.functional import cross_entropy

from qa.train.examples.batches import Batch
from qa.train.verdict_head import Logits

NO_VERDICT = 0.05
"""Weight of an example without a verdict in the verdict's loss: there are very many of them, and they are easy."""


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


def _ends_loss(scores: torch.Tensor, at: torch.Tensor, batch: Batch) -> torch.Tensor:
    scores = scores.float().masked_fill(~batch.allowed, -torch.inf)
    passage = scores[:, 1:].logsumexp(1)
    chosen = torch.where(at < 0, passage, scores.gather(1, at.clamp(min=0)[:, None])[:, 0])
    return (scores.logsumexp(1) - chosen).mean()
