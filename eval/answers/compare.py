"""Compare a run with an earlier one, and with the gate that it has to pass."""

from collections.abc import Iterable, Mapping, Sequence

from eval.answers.report import shown
from eval.answers.scores import LOWER_IS_BETTER, TITLES, Row, differences
from eval.questions import EvalQuestion


def parse_gate(text: str) -> dict[str, float]:
    """Read ``f1=80,no_answer=70``: figures and the least percentage of each.

    Raises:
        ValueError: it reads otherwise, or names no figure of which more is better.
    """
    names = [figure for figure in TITLES if figure not in LOWER_IS_BETTER]
    gate: dict[str, float] = {}
    for part in text.split(","):
        figure, _, least = part.partition("=")
        try:
            gate[figure.strip()] = float(least)
        except ValueError as error:
            raise ValueError(f"--fail-under: {part!r} is not a figure and a number. Expected f1=80,no_answer=70.") from error
        if figure.strip() not in names or not 0 <= gate[figure.strip()] <= 100:
            raise ValueError(f"--fail-under: {part!r} is not one of these and a percentage: {', '.join(names)}.")
    return gate


def missed(found: Mapping[str, float | None], gate: Mapping[str, float]) -> list[str]:
    """One line for each figure that is below its gate, or that no question contributes to."""
    lines = []
    for figure, least in gate.items():
        value = found[figure]
        if value is None:
            lines.append(f"{figure}: no question counts in it, at least {least:g} expected")
        elif round(100 * value, 9) < least:  # 100 * 0.57 is a little less than 57.
            lines.append(f"{figure}: {100 * value:.2f}, at least {least:g} expected")
    return lines


def check_comparable(questions: Iterable[EvalQuestion], baseline: Sequence[Row], name: str) -> None:
    """Raise ValueError if none of ``questions`` is in ``baseline``, the report ``name``."""
    if {question.id for question in questions}.isdisjoint(one.id for one in baseline):
        raise ValueError(f"{name} has none of these questions. Name a report on the same data with --baseline.")


def comparison(rows: Sequence[Row], baseline: Sequence[Row], name: str, seed: int) -> str:
    """A table of the differences to an earlier run, which has some of the same questions (`check_comparable`)."""
    common, found, limits = differences(rows, baseline, seed)
    lines = [f"Difference to {name}, on the {common} questions that both have ({len(rows)} here, {len(baseline)} there)", ""]
    for figure, title in TITLES.items():
        value, interval = found[figure], limits[figure]
        if value is None or interval is None:
            continue
        low, high = interval
        sure = "" if low <= 0 <= high else "better" if (low > 0) != (figure in LOWER_IS_BETTER) else "worse"
        lines.append(f"{title:<46}{shown(figure, value)}  {shown(figure, low)} to{shown(figure, high)}  {sure}".rstrip())
    return "\n".join(lines)
