"""Metrics for Prometheus. They never contain a question, nor who asked it."""

from collections.abc import Callable
from math import nan

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from index.unavailable import UnavailableError
from qa.answer import Answer
from qa.bot import Bot

STAGES = ("retrieve", "read", "total")
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def _number(count: Callable[[], int]) -> Callable[[], float]:
    """``count``, or no number while a store does not answer."""

    def counted() -> float:
        try:
            return count()
        except UnavailableError:
            return nan

    return counted


class Metrics:
    """The counts of one application."""

    def __init__(self, bot: Bot) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)  # On Linux: memory, processor time, open files.
        self._questions = Counter("qa_questions", "Questions by outcome.", ["outcome"], registry=self._registry)
        self._seconds = Histogram("qa_seconds", "Time by stage.", ["stage"], buckets=_SECONDS, registry=self._registry)
        for outcome in ("answered", "abstained", "talk", "refused", "failed", "shed", "limited"):
            self._questions.labels(outcome)
        Gauge("qa_documents", "Documents in the index.", registry=self._registry).set_function(
            _number(lambda: len(bot.index.by_id))
        )
        Gauge("qa_passages", "Passages in the index.", registry=self._registry).set_function(
            _number(lambda: bot.index.passage_count)
        )

    def answered(self, answer: Answer) -> None:
        """Count a question that was answered or abstained from, and its times."""
        outcome = "talk" if answer.kind == "talk" else "answered" if answer.found else "abstained"
        self._questions.labels(outcome).inc()
        for stage in STAGES:
            if stage in answer.timings_ms:
                self._seconds.labels(stage).observe(answer.timings_ms[stage] / 1e3)

    def refused(self) -> None:
        """Count a question that could not be asked: empty, or too long."""
        self._questions.labels("refused").inc()

    def failed(self) -> None:
        """Count a question that failed with an error."""
        self._questions.labels("failed").inc()

    def shed(self) -> None:
        """Count a question that was turned away because too many were waiting."""
        self._questions.labels("shed").inc()

    def limited(self) -> None:
        """Count a question that was turned away because its address has asked too many."""
        self._questions.labels("limited").inc()

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self._registry)
