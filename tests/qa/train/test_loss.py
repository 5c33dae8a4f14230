import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy
from transformers import AutoTokenizer

from qa.train.examples.batches import Batches, Layout
from qa.train.examples.rows import Example, tokenise
from qa.train.loss import NO_VERDICT, distillation_loss, loss, span_loss
from qa.train.verdict_head import Logits
from tests.qa.train.conftest import CONTEXT, EXAMPLES, one_batch, words


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


def test_distillation_is_least_where_the_student_answers_as_the_teachers_do_whatever_their_layout() -> None:
    torch.manual_seed(0)
    large = Layout.of(AutoTokenizer.from_pretrained("qa/weights_large"), words())
    rows = Batches(tokenise(EXAMPLES, words(), 128), torch.device("cpu"))
    numbers = np.arange(len(EXAMPLES))
    batch, other = rows.laid_out(numbers, Layout.of(words())), rows.laid_out(numbers, large)
    of_teacher = torch.randn(2, *other.allowed.shape)
    of_student = torch.randn(2, *batch.allowed.shape)  # Elsewhere than in the passage, they do not count.
    of_student[:, batch.allowed] = of_teacher[:, other.allowed]
    verdicts = torch.randn(len(numbers), 3)

    def distance(starts: torch.Tensor, ends: torch.Tensor, said: torch.Tensor | None = None) -> float:
        taught = [(Logits(*of_teacher, verdicts), other)] * 2
        return float(distillation_loss(Logits(starts, ends, said), batch, taught))

    same = distance(*of_student)
    entropies = []
    for scores in of_teacher:
        for row, allowed in zip(scores, other.allowed, strict=True):
            entropies.append(float(torch.distributions.Categorical(logits=row[allowed]).entropy()))
    assert same == pytest.approx(sum(entropies) / len(entropies), rel=1e-4)
    assert distance(*torch.randn_like(of_student)) > same
    assert distance(*of_student, verdicts) < distance(*of_student, -verdicts)


def test_a_verdict_without_a_known_span_says_that_there_is_one() -> None:
    batch = one_batch([Example("Was Bob ill?", CONTEXT, None, "yes"), Example("Did it rain?", CONTEXT, None)])
    yes, none = 0, 1
    scores = torch.zeros(batch.allowed.shape)
    scores[yes, 0], scores[none, 0] = -50, 50  # Sure of an answer to the first, and of none to the second.
    verdicts = torch.zeros(2, 3)
    verdicts[yes, 1] = verdicts[none, 0] = 50
    assert float(loss(Logits(scores, scores, verdicts), batch)) == pytest.approx(0, abs=1e-6)
    verdicts[yes, 1], verdicts[yes, 2] = 0, 50
    assert float(loss(Logits(scores, scores, verdicts), batch)) == pytest.approx(50 / 2)
    verdicts[yes, 1], verdicts[yes, 2], verdicts[none, 1], verdicts[none, 0] = 50, 0, 50, 0
    assert float(loss(Logits(scores, scores, verdicts), batch)) == pytest.approx(NO_VERDICT * 50 / 2)
