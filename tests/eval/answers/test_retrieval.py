import json
from pathlib import Path

import numpy as np
import pytest

import eval.__main__
from eval.answers.retrieval import in_words, ranks, summarised
from eval.questions import EvalQuestion
from index.document import Span
from tests.conftest import make

DOCUMENT = make("One. Two. Three.")
PASSAGES = [Span(DOCUMENT, 0, 4), Span(DOCUMENT, 5, 9), Span(DOCUMENT, 10, 16)]


def asked(*golds: Span) -> EvalQuestion:
    return EvalQuestion("id", "?", ("x",), golds, golds, "what", "article", ())


def test_ranks_by_hand() -> None:
    def search(question: str, k: int) -> list[Span]:
        return PASSAGES[:k]

    two, across = Span(DOCUMENT, 5, 8), Span(DOCUMENT, 3, 6)
    questions = [asked(two), asked(across), asked(across, Span(DOCUMENT, 10, 15))]
    assert ranks(search, questions).tolist() == [2, np.inf, 3]
    assert ranks(search, questions, 2).tolist() == [2, np.inf, np.inf]


def test_figures_by_hand() -> None:
    row = summarised("dense", np.array([1.0, 2.0, np.inf, 10.0]))
    assert row.recall == {1: 0.25, 3: 0.5, 5: 0.5, 10: 0.75}
    assert row.reciprocal_rank == pytest.approx((1 + 1 / 2 + 0 + 1 / 10) / 4)
    assert all(low <= row.recall[k] <= high for k, (low, high) in row.interval.items())
    assert "25.0 (" in in_words([row])
    assert "40.0" in in_words([row])


def test_the_command_compares_the_rankings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.json"
    assert eval.__main__.main(["retrieval", "--limit", "40", "--index", str(tmp_path / "index"), "--json", str(out)]) == 0
    rows = {row["name"]: row for row in json.loads(out.read_text())}
    assert list(rows) == ["dense", "BM25", "both, fused"]
    assert rows["both, fused"]["recall"]["10"] > 0.9
    table = capsys.readouterr().out
    assert all(name in table for name in rows)


def test_a_set_without_answers_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "mine.jsonl"
    data.write_text(json.dumps({"id": "1", "question": "Who?", "answers": [], "evidence": None, "kind": "unanswerable"}) + "\n")
    assert eval.__main__.main(["retrieval", "--data", str(data), "--index", str(tmp_path / "index")]) == 2
    assert "no answerable question" in capsys.readouterr().err
