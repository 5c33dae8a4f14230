import pytest
import torch
from torch.nn.functional import cross_entropy

from qa.train.loss import span_loss
from tests.qa.train.conftest import one_batch


def test_the_loss_is_the_cross_entropy_over_the_allowed_positions() -> None:
    torch.manual_seed(0)
    batch = one_batch()
    logits = torch.randn(batch.allowed.shape), torch.randn(batch.allowed.shape)
    losses = []
    for row, allowed in enumerate(batch.allowed):
        for scores, target in zip(logits, (batch.starts, batch.ends), strict=True):
            place = int(allowed[: target[row]].sum())
            losses.append(cross_entropy(scores[row][allowed], torch.tensor(place)))
    assert float(span_loss(logits, batch)) == pytest.approx(float(sum(losses)) / len(losses), rel=1e-5)
