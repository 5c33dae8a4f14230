"""Scores of a model on held-out questions, computed fast enough to be used during training."""

from dataclasses import dataclass

import numpy as np
import torch
from transformers import PreTrainedModel

from qa.read.reader import LONGEST_ANSWER
from qa.train.examples.batches import Batches, Layout
from qa.train.examples.rows import Rows
from qa.train.loss import span_loss
from qa.train.verdict_head import logits


@dataclass(frozen=True)
class Score:
    """On whole paragraphs, as they are; a span is right if it is the first accepted one.

    Attributes:
        loss: mean cross-entropy of the start and the end.
        answerable: share of the answerable questions whose best span is right.
        best: share of all questions that are right, "no answer" included, at the threshold where that is highest; what the
            best weights are chosen by. (Without a threshold, a model that never answers would seem good.)
    """

    loss: float
    answerable: float
    best: float


class Validation:
    """Questions on their own paragraphs."""

    def __init__(self, rows: Rows, layout: Layout, max_tokens: int, device: torch.device) -> None:
        """Put ``rows`` on ``device``."""
        self._batches, self._layout = Batches(rows, device), layout
        self._groups = list(self._batches.groups(max_tokens, layout, np.random.default_rng(0)))

    def score(self, model: PreTrainedModel, bfloat16: bool) -> Score:
        """Score ``model``, without dropout."""
        losses, margins, right, answerable = [], [], [], []
        was_training = model.training
        model.train(False)
        with torch.inference_mode(), torch.autocast(model.device.type, torch.bfloat16, enabled=bfloat16):
            for numbers in self._groups:
                batch = self._batches.laid_out(numbers, self._layout)
                found = logits(model, batch.inputs)
                starts, ends = found.starts.float(), found.ends.float()
                passage = batch.allowed.clone()
                passage[:, 0] = False
                margin, first, last = best_spans(starts, ends, passage)
                losses.append(span_loss(found, batch) * len(first))
                margins.append(margin - starts[:, 0] - ends[:, 0])
                right.append((first == batch.starts) & (last == batch.ends))
                answerable.append(batch.starts > 0)
        model.train(was_training)
        return Score(
            float(sum(losses)) / sum(map(len, right)),
            float(torch.cat(right)[torch.cat(answerable)].float().mean()),
            best_share(torch.cat(margins), torch.cat(right), torch.cat(answerable)),
        )


def best_spans(
    starts: torch.Tensor, ends: torch.Tensor, allowed: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """For each row, the best sum of a start and an end that is 0 to LONGEST_ANSWER - 1 tokens later, and where they are.

    All of shape (rows, tokens) in, (rows,) out.
    """
    length = starts.shape[1]
    pairs = starts.masked_fill(~allowed, -torch.inf)[:, :, None] + ends.masked_fill(~allowed, -torch.inf)[:, None, :]
    near = torch.ones(length, length, dtype=torch.bool, device=starts.device).triu().tril(LONGEST_ANSWER - 1)
    best, at = pairs.masked_fill(~near, -torch.inf).flatten(1).max(1)
    return best, at // length, at % length


def best_share(margins: torch.Tensor, right: torch.Tensor, answerable: torch.Tensor) -> float:
    """The highest share of right decisions, of shape (questions,), when answers are given from some margin on.

    >>> best_share(torch.tensor([3.0, 2.0, 1.0]), torch.tensor([True, False, True]), torch.tensor([True, False, True]))
    0.6666666666666666
    """
    order = margins.argsort(descending=True)
    gains = (right & answerable).int() - (~answerable).int()
    totals = gains[order].cumsum(0) + (~answerable).sum()
    return max(int(totals.max()), int((~answerable).sum())) / len(margins)
