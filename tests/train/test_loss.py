import random
from pathlib import Path

import pytest
import torch
from torch.nn.functional import cross_entropy
from transformers import AutoTokenizer

from index.encoder import package_folder
from qa.train.batches import batches
from qa.train.examples import Example
from qa.train.loss import distillation_loss, span_loss
from tests.train.conftest import QUESTIONS, one_batch, other_tokenizer


def test_the_loss_is_the_cross_entropy_over_the_allowed_positions() -> None:
    torch.manual_seed(0)
    batch = one_batch()
    logits = torch.randn(batch.allowed.shape), torch.randn(batch.allowed.shape)
    for smoothing in (0.0, 0.1):
        losses = []
        for row, allowed in enumerate(batch.allowed):
            for scores, target in zip(logits, (batch.starts, batch.ends), strict=True):
                place = int(allowed[: target[row]].sum())
                kept = scores[row][allowed]
                losses.append(cross_entropy(kept, torch.tensor(place), label_smoothing=smoothing))
        assert float(span_loss(logits, batch, smoothing)) == pytest.approx(float(sum(losses)) / len(losses), rel=1e-5)


def test_a_student_with_its_teachers_scores_has_nothing_to_learn(tmp_path: Path) -> None:
    torch.manual_seed(0)
    batch = one_batch(other_tokenizer(tmp_path))
    taught = [torch.randn(batch.teacher_inputs["input_ids"].shape) for _ in range(2)]
    same = [scores.gather(1, batch.teacher_at.clamp(min=0)) + 3 for scores in taught]
    assert float(distillation_loss((same[0], same[1]), (taught[0], taught[1]), batch, 2.0)) == pytest.approx(0, abs=1e-5)
    other = same[0] + torch.randn(same[0].shape)
    assert float(distillation_loss((other, same[1]), (taught[0], taught[1]), batch, 2.0)) > 0.05


def test_passages_read_together_share_one_normalisation() -> None:
    """As if they were one passage, in which scores count from each one's "no answer"."""
    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(package_folder())
    others = ("Bob likes Rome. He is in good health there.", "The train to Oslo was late.")
    examples = [
        Example(q.text, q.context, q.golds[0] if q.golds else None, others=others[: i % 3]) for i, q in enumerate(QUESTIONS)
    ]
    (batch,) = batches(examples, tokenizer, 10_000, 64, random.Random(0))
    logits = torch.randn(batch.allowed.shape), torch.randn(batch.allowed.shape)
    losses = []
    for number in range(len(examples)):
        rows = (batch.example == number).nonzero().flatten().tolist()
        for scores, targets in zip(logits, (batch.starts, batch.ends), strict=True):
            odds, right = [torch.zeros(1)], 0
            for row in rows:
                places = batch.allowed[row].nonzero().flatten()[1:]
                if targets[row]:
                    right = sum(map(len, odds)) + int((places == targets[row]).nonzero())
                odds.append(scores[row][places] - scores[row][0])
            losses.append(cross_entropy(torch.cat(odds), torch.tensor(right)))
    assert len(batch.example) == len(examples) + sum(i % 3 for i in range(len(examples)))
    assert float(span_loss(logits, batch)) == pytest.approx(float(sum(losses)) / len(losses), rel=1e-5)
