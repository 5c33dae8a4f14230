from pathlib import Path

import pytest
import torch
from torch.nn.functional import cross_entropy

from qa.train.loss import distillation_loss, span_loss
from tests.train.conftest import one_batch, other_tokenizer


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
