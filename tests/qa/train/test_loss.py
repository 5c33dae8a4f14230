import random

import pytest
import torch
from torch.nn.functional import cross_entropy
from transformers import AutoTokenizer

from index.encoder import package_folder
from qa.train.examples.batches import batches
from qa.train.examples.maker import Example
from qa.train.loss import NO_VERDICT, loss, span_loss
from qa.train.verdict_head import Logits
from tests.qa.train.conftest import CONTEXT, one_batch


def test_the_loss_is_the_cross_entropy_over_the_allowed_positions() -> None:
    torch.manual_seed(0)
    batch = one_batch()
    logits = Logits(torch.randn(batch.allowed.shape), torch.randn(batch.allowed.shape), torch.zeros(len(batch.starts), 3))
    losses = []
    for row, allowed in enumerate(batch.allowed):
        for scores, target in zip(logits, (batch.starts, batch.ends), strict=False):
            place = int(allowed[: target[row]].sum())
            losses.append(cross_entropy(scores[row][allowed], torch.tensor(place)))
    assert float(span_loss(logits, batch)) == pytest.approx(float(sum(losses)) / len(losses), rel=1e-5)


def test_a_verdict_without_a_known_span_says_that_there_is_one() -> None:
    tokenizer = AutoTokenizer.from_pretrained(package_folder())
    examples = [Example("Was Bob ill?", CONTEXT, None, "yes"), Example("Did it rain?", CONTEXT, None)]
    (batch,) = batches(examples, tokenizer, 4000, 128, random.Random(0))
    yes, none = (int((batch.verdicts == verdict).nonzero()) for verdict in (1, 0))
    scores = torch.zeros(batch.allowed.shape)
    scores[yes, 0], scores[none, 0] = -50, 50  # Sure of an answer to the first, and of none to the second.
    verdicts = torch.zeros(2, 3)
    verdicts[yes, 1] = verdicts[none, 0] = 50
    assert float(loss(Logits(scores, scores, verdicts), batch)) == pytest.approx(0, abs=1e-6)
    verdicts[yes, 1], verdicts[yes, 2] = 0, 50
    assert float(loss(Logits(scores, scores, verdicts), batch)) == pytest.approx(50 / 2)
    verdicts[yes, 1], verdicts[yes, 2], verdicts[none, 1], verdicts[none, 0] = 50, 0, 50, 0
    assert float(loss(Logits(scores, scores, verdicts), batch)) == pytest.approx(NO_VERDICT * 50 / 2)
