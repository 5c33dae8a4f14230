import pytest
import torch

from qa.train.validation import best_share, best_spans


def test_the_best_spans_and_threshold_are_those_of_a_double_loop() -> None:
    torch.manual_seed(0)
    starts, ends, allowed = torch.randn(5, 70), torch.randn(5, 70), torch.rand(5, 70) < 0.7
    found = best_spans(starts, ends, allowed)
    for row, (score, first, last) in enumerate(zip(*found, strict=True)):
        pairs = [(i, j) for i in range(70) for j in range(i, min(70, i + 60)) if allowed[row, i] and allowed[row, j]]
        best = max(pairs, key=lambda pair: starts[row, pair[0]] + ends[row, pair[1]])
        assert (int(first), int(last)) == best
        assert float(score) == pytest.approx(float(starts[row, best[0]] + ends[row, best[1]]))
    margins, right, answerable = torch.randn(40), torch.rand(40) < 0.6, torch.rand(40) < 0.5
    right &= answerable
    shares = []
    for threshold in [*margins, torch.tensor(torch.inf)]:
        answered = margins >= threshold
        shares.append(float(torch.where(answered, right, ~answerable).float().mean()))
    assert best_share(margins, right, answerable) == pytest.approx(max(shares))
