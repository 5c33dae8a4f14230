"""Ask several systems the same questions in turn, and compare their times."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

SHARES = (50, 95, 99)
UNCOUNTED = 5
"""Questions asked first and not counted: the first few are slower."""

Figures = dict[str, Any]


@dataclass(frozen=True)
class Sample:
    """An answer (None for "no answer") and the milliseconds that it took: "retrieve", "read" and "total"."""

    answer: str | None
    timings_ms: dict[str, float]


Ask = Callable[[str], Sample]


def in_turn(systems: Mapping[str, Ask], questions: Sequence[str], rounds: int) -> dict[str, list[Sample]]:
    """Put each question to every system before the next one, ``rounds`` times over; another system begins each time."""
    names = list(systems)
    for name in names:
        for question in questions[:UNCOUNTED]:
            systems[name](question)
    samples: dict[str, list[Sample]] = {name: [] for name in names}
    for turn, question in enumerate(shown([*questions] * rounds)):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            samples[name].append(systems[name](question))
    return samples


def compared(samples: Mapping[str, Sequence[Sample]], stages: Sequence[str], base: str) -> Figures:
    """Percentiles of each system's milliseconds, and the ratios of the others' to those of ``base``."""
    found: Figures = {}
    for stage in stages:
        timed = {name: mine for name, mine in samples.items() if stage in mine[0].timings_ms}  # Not all tell their stages.
        taken = {name: percentiles([one.timings_ms[stage] for one in mine]) for name, mine in timed.items()}
        for name, shares in taken.items():
            found[f"milliseconds, {stage}, {name}"] = shares
        for name, shares in taken.items():
            if name != base:
                ratios = {share: value / taken[base][share] for share, value in shares.items()}
                found[f"times as long, {stage}, {name}"] = ratios
    return found


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """The 50th, 95th and 99th."""
    return {f"p{share}": float(np.percentile(values, share)) for share in SHARES}


def in_words(found: Mapping[str, Figures]) -> str:
    """One table of everything."""
    lines = [f"{'':<52}" + "".join(f"{f'p{share}':>11}" for share in SHARES)]
    for part, figures in found.items():
        lines.append(part)
        for name, value in figures.items():
            cells = value.values() if isinstance(value, Mapping) else [value]
            lines.append(f"  {name:<50}" + "".join(f"{cell:>11,.{0 if cell >= 1000 else 2}f}" for cell in cells))
    return "\n".join(lines)


def shown(items: Sequence[Any], unit: str = " questions") -> Iterable[Any]:
    """``items``, with their progress on standard error."""
    return tqdm(items, unit=unit, file=sys.stderr, leave=False)  # type: ignore[no-any-return]
