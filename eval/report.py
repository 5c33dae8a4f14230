"""The results for people (a table) and for programs (JSON)."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.system import DEPTH, Figures, Result, by_kind, figures

_HEADLINES = {
    "exact match": "exact_match",
    "token F1": "f1",
    "exact match, answerable": "answerable_exact_match",
    "token F1, answerable": "answerable_f1",
    "correct (F1 at least 0.8), answerable": "answerable_correct",
    "abstained, unanswerable": "unanswerable_abstained",
    "abstention precision": "abstention_precision",
    "abstention recall": "abstention_recall",
    "abstention F1": "abstention_f1",
    "citation precision (overlaps the gold span)": "citation_precision",
    "citation recall": "citation_recall",
    "quote fidelity": "quote_fidelity",
    "retrieval recall@1": "recall@1",
    "retrieval recall@3": "recall@3",
    "retrieval recall@5": "recall@5",
    "retrieval recall@10": "recall@10",
    "retrieval mean reciprocal rank": "mean_reciprocal_rank",
}
_COLUMNS = {"n": "questions", "EM": "exact_match", "F1": "f1", "found": "citation_recall", "recall@5": "recall@5"}


def in_words(results: Sequence[Result]) -> str:
    """Tables of all figures and of each kind, then the failures. Shares are in percent."""
    overall = figures(results)
    lines = [f"{overall['questions']} questions, {overall['answerable']} answerable, {overall['unanswerable']} not", ""]
    lines += [f"{title:<46}{_percent(overall[key])}" for title, key in _HEADLINES.items()]
    lines += ["", f"{'kind':<16}" + "".join(f"{title:>10}" for title in _COLUMNS)]
    for kind, row in by_kind(results).items():
        lines.append(f"{kind:<16}" + "".join(_cell(row, key) for key in _COLUMNS.values()))
    failures = [result for result in results if result.blame]
    lines += ["", f"{len(failures)} failures"]
    for result in failures:
        question, answer = result.question, result.answer
        expected = " | ".join(question.answers) or "(nothing)"
        lines += [
            f"  {question.id} ({result.blame}): {question.question}",
            f"      expected {expected}",
            f"      got {answer.text or '(nothing)'}  [{answer.confidence:.0%}]",
        ]
    return "\n".join(lines)


def as_dict(results: Sequence[Result]) -> dict[str, Any]:
    """Everything, for a JSON file."""
    return {
        "overall": figures(results),
        "kinds": by_kind(results),
        "questions": [
            {
                "id": result.question.id,
                "kind": result.question.kind,
                "expected": list(result.question.answers),
                "exact_match": result.exact_match,
                "f1": result.f1,
                "rank": result.rank,
                "blame": result.blame,
                "answer": result.answer.to_dict(),
            }
            for result in results
        ],
        "retrieval_depth": DEPTH,
    }


def write_json(results: Sequence[Result], path: Path) -> None:
    """Write `as_dict` to ``path`` in one step, so that a killed run leaves no half a file.

    Raises:
        ValueError: the file cannot be written.
    """
    temporary = path.with_name(f"{path.name}.part")
    try:
        temporary.write_text(json.dumps(as_dict(results), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise ValueError(f"{path} cannot be written ({error.strerror}). Name another file with --json.") from error


def _percent(share: float | None) -> str:
    return f"{'-':>8}" if share is None else f"{100 * share:8.1f}"


def _cell(row: Figures, key: str) -> str:
    value = row[key]
    if isinstance(value, int):
        return f"{value:>10}"
    return f"{'-':>10}" if value is None else f"{100 * value:10.1f}"
