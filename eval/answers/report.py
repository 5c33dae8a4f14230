"""The results as one dictionary, for programs and for the HTML report, and as tables for a terminal."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval.answers.confidence import reliability, risk_coverage
from eval.answers.scores import (
    CURVES,
    LOWER_IS_BETTER,
    RESAMPLES,
    TITLES,
    Interval,
    Row,
    clusters,
    figures,
    intervals,
    kinds,
    row,
)
from eval.answers.system import Result
from index.document import Span

STAGES = ("retrieve", "read", "total")
CURVE_POINTS = 100
KIND_COLUMNS = {
    "exact_match": "EM",
    "f1": "F1",
    "citation_recall": "cited",
    "recall@5": "recall@5",
    "no_answer": "abstained",
    "understood": "told apart",
}
"""The columns of the table of kinds."""


def as_dict(results: Sequence[Result], setup: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """All measurements of a run."""
    rows = [row(result) for result in results]
    answerable = [result for result in results if result.question.answerable]
    confidences = np.array([one.confidence for one in rows if one.confidence is not None])
    correct = np.array([one.correct for one in rows if one.confidence is not None], dtype=np.float64)
    coverage, risk = risk_coverage(confidences, correct)
    shown = np.unique(np.linspace(0, max(0, len(correct) - 1), CURVE_POINTS).astype(int))[: len(correct)]
    ranks = [result.rank for result in answerable]
    groups = clusters(rows)
    read = max((len(result.passages) for result in results), default=0)
    return {
        "setup": dict(setup),
        "questions": len(rows),
        "answerable": len(answerable),
        "bootstrap": {
            "resamples": RESAMPLES,
            "seed": seed,
            "clusters": len(groups),
            "articles": sum(bool(rows[group[0]].article) for group in groups),
            "level": 0.95,
        },
        "figures": figures(rows),
        "intervals": intervals(rows, seed),
        "counts": {figure: _count(figure, rows) for figure in TITLES},
        "kinds": {kind: {"questions": len(group), **figures(group)} for kind, group in kinds(rows).items()},
        "latency_ms": {stage: _latency([result.answer.timings_ms.get(stage, 0.0) for result in results]) for stage in STAGES},
        "ranks": {str(rank): ranks.count(rank) for rank in [*range(1, read + 1), None]},
        "reliability": [vars(part) for part in reliability(confidences, correct)],
        "risk_coverage": [[float(coverage[i]), float(risk[i])] for i in shown],
        "results": [_entry(result, one) for result, one in zip(results, rows, strict=True)],
    }


def _count(figure: str, rows: Sequence[Row]) -> int:
    if figure in CURVES or figure == "answerability_f1":  # These are not means over questions.
        return sum(one.confidence is not None for one in rows)
    return int(sum(one.scores.get(figure, (0, 0))[1] for one in rows))


def _latency(values: Sequence[float]) -> dict[str, float]:
    return {f"p{share}": float(np.percentile(values, share)) for share in (50, 95)}


def _entry(result: Result, one: Row) -> dict[str, Any]:
    question = result.question
    return {
        "id": question.id,
        "article": one.article,
        "kind": one.kind,
        "question": question.question,
        "expected": list(question.answers) if question.answer_kind == "answer" else [f"({question.answer_kind})"],
        "blame": result.blame,
        "rank": result.rank,
        "confidence": one.confidence,
        "correct": one.correct,
        "scores": one.scores,
        "best": result.best.text if result.best else None,
        "answer": result.answer.to_dict(),
        "golds": [_place(gold) for gold in question.golds],
    }


def _place(span: Span) -> dict[str, Any]:
    return {"document": span.document.id, "start": span.start, "end": span.end}


def load_rows(path: Path) -> list[Row]:
    """The rows of an earlier run, from what `write_json` wrote.

    Raises:
        ValueError: the file is something else.
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["results"]
        return [
            Row(
                str(entry["id"]),
                str(entry["article"]),
                str(entry["kind"]),
                {figure: (float(above), float(below)) for figure, (above, below) in entry["scores"].items()},
                None if entry["confidence"] is None else float(entry["confidence"]),
                bool(entry["correct"]),
            )
            for entry in entries
        ]
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror}). Name a file that --json wrote.") from error
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is no report of this command ({error!r:.100}). Name a file that --json wrote.") from error


def in_words(report: Mapping[str, Any]) -> str:
    """Tables of all figures and of each kind, then the failures."""
    counts, bootstrap = report["counts"], report["bootstrap"]
    lines = [
        f"{report['questions']} questions, {report['answerable']} answerable, {report['questions'] - report['answerable']} not",
        "",
    ]
    lines.append(f"{'in percent, but for the last three':<46}{'':>7}  {'95 % interval':<15}{'of':>6}")
    for figure, title in TITLES.items():
        value, interval = report["figures"][figure], report["intervals"][figure]
        lines.append(f"{title:<46}{shown(figure, value)}  {_interval(figure, interval):<15}{counts[figure]:>6}")
    lines += ["", f"Intervals: {bootstrap['resamples']} bootstrap resamples of {units(report)}, seed {bootstrap['seed']}."]
    lines += ["", f"{'milliseconds':<16}" + "".join(f"{stage:>10}" for stage in STAGES)]
    for share in ("p50", "p95"):
        lines.append(f"{share:<16}" + "".join(f"{report['latency_ms'][stage][share]:>10.1f}" for stage in STAGES))
    lines += ["", f"{'kind':<16}{'n':>10}" + "".join(f"{title:>11}" for title in KIND_COLUMNS.values())]
    for kind, group in report["kinds"].items():
        cells = "".join(f"{shown(figure, group[figure]):>11}" for figure in KIND_COLUMNS)
        lines.append(f"{kind:<16}{group['questions']:>10}{cells}")
    failures = [entry for entry in report["results"] if entry["blame"]]
    lines += ["", f"{len(failures)} failures"]
    for entry in failures:
        expected = " | ".join(entry["expected"]) or "(nothing)"
        answer = entry["answer"]
        got = answer["reply"] or answer["answer"] or f"(nothing; the best span was: {entry['best'] or 'none'})"
        lines += [
            f"  {entry['id']} ({entry['blame']}): {entry['question']}",
            f"      expected {expected}",
            f"      got {got}  [{answer['confidence']:.0%}]",
        ]
    return "\n".join(lines)


def units(report: Mapping[str, Any]) -> str:
    """What the bootstrap resamples, in words."""
    clustered, articles = report["bootstrap"]["clusters"], report["bootstrap"]["articles"]
    if clustered == report["questions"]:
        return f"{clustered} questions, as there are few articles"
    return f"{articles} articles" + (f" and {clustered - articles} questions about none" if clustered > articles else "")


def shown(figure: str, value: float | None) -> str:
    """A figure as people read it: in percent, or unchanged if it is not a share of questions."""
    if value is None:
        return f"{'-':>7}"
    return f"{value:7.3f}" if figure in LOWER_IS_BETTER else f"{100 * value:7.1f}"


def _interval(figure: str, interval: Interval | None) -> str:
    if interval is None:
        return ""
    return " to ".join(shown(figure, limit).strip() for limit in interval)
