"""The results as one self-contained page: figures, curves, and a browser of the failures."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from eval.answers.report import KIND_COLUMNS, STAGES, shown, units
from eval.answers.scores import LOWER_IS_BETTER, TITLES
from eval.answers.system import Result
from eval.charts import columns, curve, histogram, share_bar, whisker
from index.document import Span

TEMPLATES = Path(__file__).parent / "templates"


def as_html(report: Mapping[str, Any], results: Sequence[Result]) -> str:
    """Draw the report that `eval.answers.report.as_dict` made of ``results``."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    return environment.get_template("report.html").render(
        report=report,
        titles=TITLES,
        stages=STAGES,
        columns=KIND_COLUMNS,
        lower=LOWER_IS_BETTER,
        failures=[failure(result) for result in results if result.blame],
        charts=charts(report, results),
        shown=shown,
        whisker=whisker,
        share_bar=share_bar,
        units=units(report),
    )


def charts(report: Mapping[str, Any], results: Sequence[Result]) -> dict[str, tuple[Markup, str]]:
    """The charts by name, each with what it says."""
    reliable = [(part["confidence"], part["correct"]) for part in report["reliability"]]
    coverage = [(share, risk) for share, risk in report["risk_coverage"]]
    ranks = [("none" if rank == "None" else rank, count) for rank, count in report["ranks"].items()]
    milliseconds = histogram([result.answer.timings_ms.get("total", 0.0) for result in results])
    return {
        "Reliability": (
            curve("Reliability", reliable, "confidence", "share correct", dots=True, diagonal=True),
            "On the dashed line, confidence is the share of best spans that are correct. Each dot is a tenth of the questions.",
        ),
        "Risk and coverage": (
            curve("Risk and coverage", coverage, "share of questions answered", "share of those wrong"),
            "Answering only the most confident questions: how many of the answers would be wrong. Lower is better.",
        ),
        "Rank of the gold passage": (
            columns("Rank of the gold passage", ranks, "rank", "answerable questions"),
            "Where retrieval put the first passage that holds a gold span. The reader never sees those under “none”, and those "
            "beyond the fifth only if no span before is likely enough.",
        ),
        "Latency": (
            columns("Latency", milliseconds, "milliseconds, from", "questions"),
            "Time to answer, from the question to the citation.",
        ),
    }


def failure(result: Result) -> dict[str, Any]:
    """What the failure browser shows of one wrong answer."""
    question, answer = result.question, result.answer
    passages = [passage for passage in result.passages if result.best and passage.contains(result.best)][:1]
    holding = [passage for passage, holds in zip(result.passages, result.holding, strict=True) if holds][:1]
    places = passages + [place for place in holding or question.evidence[:1] if place not in passages]
    return {
        "id": question.id,
        "kind": question.kind,
        "question": question.question,
        "history": question.history,
        "expected": question.answers,
        "got": answer.text,
        "best": result.best.text if result.best else None,
        "confidence": answer.confidence,
        "rank": result.rank,
        "f1": result.f1,
        "blame": result.blame,
        "places": [
            {"title": place.document.title, "rank": _rank(place, result), "text": marked(place, result.best, question.golds)}
            for place in places
        ],
    }


def _rank(place: Span, result: Result) -> int | None:
    return result.passages.index(place) + 1 if place in result.passages else None


def marked(passage: Span, predicted: Span | None, golds: Sequence[Span]) -> Markup:
    """The passage's text, escaped, with the predicted and the gold spans marked; where both are, both."""
    spans = [("predicted", predicted)] if predicted else []
    spans += [("gold", gold) for gold in golds]
    inside = [(name, span) for name, span in spans if passage.overlaps(span)]
    edges = {passage.start, passage.end} | {edge for _, span in inside for edge in (span.start, span.end)}
    cuts = sorted(edge for edge in edges if passage.start <= edge <= passage.end)
    parts = []
    for start, end in pairwise(cuts):
        text = escape(passage.document.text[start:end])
        names = sorted({name for name, span in inside if span.start <= start and end <= span.end})
        parts.append(Markup('<mark class="{}">{}</mark>').format(" ".join(names), text) if names else text)
    return Markup("").join(parts)
