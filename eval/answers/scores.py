"""From results to figures with their intervals, and from two runs to their differences."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.answers.confidence import Numbers, area_under_risk_coverage, calibration_error
from eval.answers.system import CORRECT, Result
from eval.metrics import exact_match, f1, ndcg, reciprocal_rank

RESAMPLES = 1000
FEWEST_CLUSTERS = 5
"""With fewer articles than this, resampling articles says little, so questions are resampled instead."""
RANKS = (1, 3, 5, 10)

TITLES = {
    "exact_match": "exact match",
    "f1": "token F1",
    "has_answer_exact_match": "exact match, answerable",
    "has_answer_f1": "token F1, answerable",
    "has_answer_correct": f"correct (F1 at least {CORRECT}), answerable",
    "no_answer": "abstained, unanswerable",
    "answerability_precision": "answerability precision",
    "answerability_recall": "answerability recall",
    "answerability_f1": "answerability F1",
    "verdict": "yes/no questions, right verdict",
    "understood": "talk, and about the document: told apart",
    "reader_f1": "reader alone, given the gold passage: F1",
    "citation_precision": "citations that overlap a gold span",
    "citation_recall": "answerable, cited at a gold span",
    "citation_sentence_precision": "citations inside a gold sentence",
    "citation_sentence_recall": "answerable, cited inside a gold sentence",
    "citation_passage_precision": "cited passages that hold a gold span",
    "quote_fidelity": "quotes equal to the document",
    **{f"recall@{k}": f"a gold passage among the first {k}" for k in RANKS},
    "mean_reciprocal_rank": "mean reciprocal rank",
    "ndcg@10": "nDCG@10",
    "calibration_error": "calibration error (ECE)",
    "brier": "Brier score",
    "aurc": "area under risk-coverage (AURC)",
}
"""All figures, in the order in which they are shown. They are shares, 0 to 1."""
LOWER_IS_BETTER = frozenset({"calibration_error", "brier", "aurc"})
CURVES: dict[str, Callable[[Numbers, Numbers], float | None]] = {
    "calibration_error": calibration_error,
    "aurc": area_under_risk_coverage,
}
"""The figures that are no mean over questions, from the confidences and whether each answer is correct; of all that
were looked up."""

Interval = tuple[float, float]


@dataclass(frozen=True)
class Row:
    """What one question adds to the figures.

    Attributes:
        id: the question's.
        article: what the question is about; "" if that is not known.
        kind: the group under which it is reported.
        scores: for each figure that it counts in, what it adds to the numerator and to the denominator.
        confidence: the bot's, 0 to 1; None if the bot took the question for talk, which counts in no figure about confidence.
        correct: whether the bot's best span answers the question, whether or not it abstained.
    """

    id: str
    article: str
    kind: str
    scores: Mapping[str, tuple[float, float]]
    confidence: float | None
    correct: bool


def row(result: Result) -> Row:
    """Score one result."""
    question, answer = result.question, result.answer
    given, answerable = answer.found, question.answerable
    overlap = result.f1
    exact = overlap if question.verdict else exact_match(answer.text, question.answers)
    correct, confidence = result.best_is_correct, None if answer.kind == "talk" else answer.confidence
    if question.answer_kind != "answer":
        return Row(question.id, question.article, question.kind, {"understood": (overlap, 1.0)}, None, overlap == 1)
    scores: dict[str, tuple[float, float]] = {
        "exact_match": (exact, 1),
        "f1": (overlap, 1),
        "answerability_f1": (2 * (given and answerable), given + answerable),
    }
    if confidence is not None:
        scores["brier"] = ((confidence - correct) ** 2, 1)
    if given:
        scores["quote_fidelity"] = (result.faithful, 1)
        scores["answerability_precision"] = (answerable, 1)
    if question.verdict:
        scores["verdict"] = (given and answer.verdict == question.verdict, 1)
    if not answerable:
        scores["no_answer"] = (not given, 1)
    else:
        cited = [citation.span for citation in answer.citations]
        at_gold = any(span.overlaps(gold) for span in cited for gold in question.golds)
        in_sentence = any(sentence.contains(span) for span in cited for sentence in question.evidence)
        scores |= {
            "has_answer_exact_match": (exact, 1),
            "has_answer_f1": (overlap, 1),
            "has_answer_correct": (overlap >= CORRECT, 1),
            "answerability_recall": (given, 1),
            "reader_f1": (f1(result.from_gold.text, question.answers) if result.from_gold else 0.0, 1),
            "citation_recall": (at_gold, 1),
            "citation_sentence_recall": (in_sentence, 1),
            "mean_reciprocal_rank": (reciprocal_rank(result.holding), 1),
            "ndcg@10": (ndcg(result.holding, result.relevant), 1),
            **{f"recall@{k}": (any(result.holding[:k]), 1) for k in RANKS},
        }
        if given:
            shown = [citation.passage for citation in answer.citations]
            scores |= {
                "citation_precision": (at_gold, 1),
                "citation_sentence_precision": (in_sentence, 1),
                "citation_passage_precision": (any(p.contains(gold) for p in shown for gold in question.golds), 1),
            }
    plain = {figure: (float(above), float(below)) for figure, (above, below) in scores.items()}
    return Row(question.id, question.article, question.kind, plain, confidence, correct)


def figures(rows: Sequence[Row]) -> dict[str, float | None]:
    """Every figure of `TITLES`; None if no question contributes to it."""
    totals = _totals(rows).sum(axis=0)
    found: dict[str, float | None] = {}
    for i, figure in enumerate(TITLES):
        if figure in CURVES:
            found[figure] = _curve(figure, *_confidences(rows))
        else:
            found[figure] = float(totals[i, 0] / totals[i, 1]) if totals[i, 1] else None
    return found


def kinds(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of each kind of question, in the order in which the kinds first come."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for one in rows:
        groups[one.kind].append(one)
    return dict(groups)


def clusters(rows: Sequence[Row]) -> list[list[int]]:
    """Row numbers that are resampled together: those of one article, or single rows if there are few articles."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(rows):
        groups[one.article or f"\0{number}"].append(number)
    named = sum(not article.startswith("\0") for article in groups)
    return list(groups.values()) if named >= FEWEST_CLUSTERS else [[number] for number in range(len(rows))]


def intervals(rows: Sequence[Row], seed: int) -> dict[str, Interval | None]:
    """95 % intervals by the percentile bootstrap over `clusters` (Efron and Tibshirani 1993, chapters 8 and 13)."""
    return _percentiles(_resampled(rows, seed), figures(rows))


def differences(
    rows: Sequence[Row], baseline: Sequence[Row], seed: int
) -> tuple[int, dict[str, float | None], dict[str, Interval | None]]:
    """New less old on the questions that both runs have: their number, the differences, and 95 % intervals of these.

    The bootstrap is paired: both runs are resampled alike (Koehn 2004, https://aclanthology.org/W04-3250).
    """
    old = {one.id: one for one in baseline}
    pairs = [(one, old[one.id]) for one in rows if one.id in old]
    new_rows, old_rows = [new for new, _ in pairs], [before for _, before in pairs]
    groups = clusters(new_rows)
    found: dict[str, float | None] = {}
    before = figures(old_rows)
    for figure, after in figures(new_rows).items():
        earlier = before[figure]
        found[figure] = None if after is None or earlier is None else after - earlier
    draws = _resampled(new_rows, seed, groups) - _resampled(old_rows, seed, groups)
    return len(pairs), found, _percentiles(draws, found)


def _totals(rows: Sequence[Row]) -> Numbers:
    """Numerators and denominators, shape (rows, figures, 2)."""
    return np.array([[one.scores.get(figure, (0, 0)) for figure in TITLES] for one in rows], np.float64).reshape(
        -1, len(TITLES), 2
    )


def _confidences(rows: Sequence[Row]) -> tuple[Numbers, Numbers]:
    """Of each row; a confidence that is not there is NaN."""
    return np.array([one.confidence for one in rows], np.float64), np.array([one.correct for one in rows], np.float64)


def _curve(figure: str, confidences: Numbers, correct: Numbers) -> float | None:
    counts = ~np.isnan(confidences)
    return CURVES[figure](confidences[counts], correct[counts])


def _resampled(rows: Sequence[Row], seed: int, groups: list[list[int]] | None = None) -> Numbers:
    """Every figure of every resample, shape (resamples, figures); NaN if no question contributes to it."""
    groups = groups or clusters(rows)
    counts = np.random.default_rng(seed).multinomial(len(groups), np.full(len(groups), 1 / len(groups)), RESAMPLES)
    totals = _totals(rows)
    grouped = np.stack([totals[group].sum(axis=0) for group in groups])
    sums = np.tensordot(counts, grouped, axes=1)
    with np.errstate(invalid="ignore"):
        drawn: Numbers = sums[..., 0] / sums[..., 1]
    confidences, correct = _confidences(rows)
    for column, figure in enumerate(TITLES):
        if figure in CURVES:
            for i, count in enumerate(counts):
                picked = np.concatenate([np.tile(group, times) for group, times in zip(groups, count, strict=True) if times])
                drawn[i, column] = _curve(figure, confidences[picked], correct[picked])
    return drawn


def _percentiles(drawn: Numbers, found: Mapping[str, float | None]) -> dict[str, Interval | None]:
    limits: dict[str, Interval | None] = {}
    for figure, column in zip(TITLES, drawn.T, strict=True):
        values = column[~np.isnan(column)]
        known = found[figure] is not None and len(values)
        limits[figure] = (float(np.percentile(values, 2.5)), float(np.percentile(values, 97.5))) if known else None
    return limits
