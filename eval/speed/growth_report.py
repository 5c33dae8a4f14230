"""The measurements of `eval.speed.growth`, as a table and as a page of log-log plots."""

from collections.abc import Callable, Sequence
from pathlib import Path

import jinja2
import numpy as np
from markupsafe import Markup

from eval.charts import log_log
from eval.speed.growth import Size

TEMPLATES = Path(__file__).parent / "templates"

_COLUMNS: dict[str, Callable[[Size], str]] = {
    "passages": lambda size: f"{size.passages:,}",
    "vectors in": lambda size: size.kind,
    "build, s": lambda size: f"{size.build:,.1f}",
    "load, s": lambda size: f"{size.load:,.1f}",
    "disk, MiB": lambda size: f"{size.disk:,.0f}",
    "memory, MiB": lambda size: f"{size.memory:,.0f}",
    "vectors, ms": lambda size: f"{size.vectors[0]:.2f} / {size.vectors[1]:.2f}",
    "words, ms": lambda size: f"{size.words[0]:.2f} / {size.words[1]:.2f}",
    "search, ms": lambda size: f"{size.search[0]:.1f} / {size.search[1]:.1f}",
    "recall@10": lambda size: f"{size.recall:.3f}",
}
NOTES = (
    "Times of searching are p50 / p95. Search is all of it: the question encoded, its vector and its words looked for, both "
    "fused. Text and vectors are made, see eval/speed/growth.py; encoding real passages comes on top of the build. Recall is "
    "that of the vectors, against comparing with every one."
)


def slope(sizes: Sequence[float], values: Sequence[float]) -> float:
    """The exponent with which ``values`` grow: the slope of the line through their logarithms, by least squares.

    >>> round(slope([1, 10, 100], [3, 30, 300]), 3)
    1.0
    """
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def slopes(sizes: Sequence[Size]) -> dict[str, float]:
    """The exponents with which the median times of searching grow with the passages."""
    passages = [size.passages for size in sizes]
    medians = {
        "vectors": [size.vectors[0] for size in sizes],
        "words": [size.words[0] for size in sizes],
        "search": [size.search[0] for size in sizes],
    }
    return {stage: slope(passages, values) for stage, values in medians.items()} if len(sizes) > 1 else {}


def in_words(sizes: Sequence[Size]) -> str:
    """A table, and the exponents."""
    rows = [list(_COLUMNS), *([column(size) for column in _COLUMNS.values()] for size in sizes)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_COLUMNS))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    lines += [f"log-log slope of {stage} against passages: {value:.2f}" for stage, value in slopes(sizes).items()]
    return "\n".join([*lines, NOTES])


def as_html(sizes: Sequence[Size]) -> str:
    """The table and the plots as one self-contained page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    passages = [float(size.passages) for size in sizes]

    def plot(name: str, y: str, **series: Sequence[float]) -> Markup:
        return log_log(
            name, {label: list(zip(passages, values, strict=True)) for label, values in series.items()}, "passages", y
        )

    charts = {
        "Searching": plot(
            "Searching",
            "milliseconds, p95",
            search=[size.search[1] for size in sizes],
            vectors=[size.vectors[1] for size in sizes],
            words=[size.words[1] for size in sizes],
        ),
        "Room": plot("Room", "MiB", memory=[size.memory for size in sizes], disk=[size.disk for size in sizes]),
        "Building and loading": plot(
            "Building and loading", "seconds", build=[size.build for size in sizes], load=[size.load for size in sizes]
        ),
    }
    table = [[column(size) for column in _COLUMNS.values()] for size in sizes]
    return environment.get_template("growth.html").render(
        columns=list(_COLUMNS), table=table, charts=charts, slopes=slopes(sizes), notes=NOTES
    )
