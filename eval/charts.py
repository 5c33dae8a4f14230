"""Small charts as inline SVG: no script, no font, colours from the page's style sheet, readable by a screen reader."""

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10

from markupsafe import Markup, escape

WIDTH, HEIGHT = 380, 260
LEFT, RIGHT, TOP, BOTTOM = 48, 20, 12, 44
_INNER_WIDTH, _INNER_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

Point = tuple[float, float]


def curve(name: str, points: Sequence[Point], x: str, y: str, *, dots: bool = False, diagonal: bool = False) -> Markup:
    """A line through ``points``, both axes from 0 to 1; ``diagonal`` draws where x equals y."""
    places = [(_x(across), _y(up)) for across, up in points]
    parts = [_axes(x, y, [(share, f"{share:.0%}") for share in (0, 0.25, 0.5, 0.75, 1)], 1.0, "{:.0%}")]
    if diagonal:
        parts.append(Markup('<line class="ideal" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(_x(0), _y(0), _x(1), _y(1)))
    line = " ".join(f"{across:.1f},{up:.1f}" for across, up in places)
    parts.append(Markup('<polyline class="line" points="{}"/>').format(line))
    if dots:
        for (across, up), (left, top) in zip(points, places, strict=True):
            dot = Markup('<circle class="dot" cx="{:.1f}" cy="{:.1f}" r="4"><title>{:.0%}, {:.0%}</title></circle>')
            parts.append(dot.format(left, top, across, up))
    return _svg(name, f"{y} against {x}", parts)


def log_log(name: str, series: Mapping[str, Sequence[Point]], x: str, y: str) -> Markup:
    """Lines through points, named in the upper left, both axes logarithmic with a tick at each power of ten."""
    every = [point for points in series.values() for point in points]
    scales = [_powers([point[axis] for point in every]) for axis in (0, 1)]

    def place(value: float, axis: int) -> float:
        low, high = scales[axis]
        return (log10(value) - low) / (high - low)

    def ticks(axis: int) -> list[tuple[float, str]]:
        low, high = scales[axis]
        return [(place(10.0**power, axis), f"{10.0**power:,.{max(0, -power)}f}") for power in range(low, high + 1)]

    parts = [_grid(ticks(1)), _axis(x, y, ticks(0))]
    for number, (label, points) in enumerate(series.items()):
        places = [(_x(place(across, 0)), _y(place(up, 1))) for across, up in points]
        line = " ".join(f"{across:.1f},{up:.1f}" for across, up in places)
        parts.append(Markup('<polyline class="line series{}" points="{}"/>').format(number, line))
        for (across, up), (left, top) in zip(points, places, strict=True):
            dot = Markup(
                '<circle class="dot series{}" cx="{:.1f}" cy="{:.1f}" r="3.5"><title>{}: {:,.6g}, {:,.4g}</title></circle>'
            )
            parts.append(dot.format(number, left, top, label, across, up))
        named = Markup(
            '<text class="label series{}" x="{}" y="{}">{}</text>'
        )  # Costs grow, so no line passes through this corner.
        parts.append(named.format(number, LEFT + 10, TOP + 16 + 15 * number, label))
    return _svg(name, f"{y} against {x}, both logarithmic: {', '.join(series)}", parts)


def _powers(values: Sequence[float]) -> tuple[int, int]:
    """The powers of ten around ``values``."""
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return low, max(high, low + 1)


def columns(name: str, counts: Sequence[tuple[str, float]], x: str, y: str) -> Markup:
    """A vertical bar for each label."""
    most = 4 * ceil((max([count for _, count in counts], default=0) or 1) / 4)  # So that each quarter is a whole number.
    step = 1 / max(1, len(counts))
    ticks = [((i + 0.5) * step, label) for i, (label, _) in enumerate(counts)]
    parts = [_axes(x, y, ticks, most, "{:.0f}")]
    for i, (label, count) in enumerate(counts):
        top, left = _y(count / most), _x((i + 0.1) * step)
        bar = Markup('<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}: {:g}</title></rect>')
        parts.append(bar.format(left, top, 0.8 * step * _INNER_WIDTH, _y(0) - top, label, count))
    listed = ", ".join(f"{label}: {count:g}" for label, count in counts)
    return _svg(name, f"{y} by {x}: {listed}", parts)


def whisker(value: float | None, low: float | None, high: float | None) -> Markup:
    """A value with its interval on a line from 0 to 1."""
    if value is None:
        return Markup("")
    parts = [Markup('<line class="axis" x1="0" y1="8" x2="120" y2="8"/>')]
    if low is not None and high is not None:
        parts.append(Markup('<line class="line" x1="{:.1f}" y1="8" x2="{:.1f}" y2="8"/>').format(120 * low, 120 * high))
    parts.append(Markup('<circle class="dot" cx="{:.1f}" cy="8" r="3.5"/>').format(120 * value))
    return Markup('<svg class="whisker" viewBox="-4 0 128 16" aria-hidden="true">{}</svg>').format(Markup("").join(parts))


def share_bar(value: float | None) -> Markup:
    """A horizontal bar, as long as the share."""
    bar = Markup(
        '<svg class="whisker" viewBox="0 0 120 12" aria-hidden="true"><rect class="track" width="120" height="12"/>'
        '<rect class="bar" width="{:.1f}" height="12"/></svg>'
    )
    return bar.format(120 * (value or 0))


def histogram(values: Sequence[float], bins: int = 8) -> list[tuple[str, int]]:
    """Counts of ``values`` in bins of equal width; a bin is named by where it begins.

    >>> histogram([0.0, 1.0, 1.5, 4.0], 2)
    [('0', 3), ('2', 1)]
    """
    if not values:
        return []
    low, high = min(values), max(values)
    width = (high - low) / bins or 1.0
    counts = [0] * bins
    for value in values:
        counts[min(bins - 1, int((value - low) / width))] += 1
    return [(f"{low + i * width:.0f}", count) for i, count in enumerate(counts)]


def _x(share: float) -> float:
    return LEFT + share * _INNER_WIDTH


def _y(share: float) -> float:
    return TOP + (1 - share) * _INNER_HEIGHT


def _axes(x: str, y: str, ticks: Sequence[tuple[float, str]], most: float, label: str) -> Markup:
    return _grid([(share, label.format(share * most)) for share in (0, 0.25, 0.5, 0.75, 1)]) + _axis(x, y, ticks)


def _grid(ticks: Sequence[tuple[float, str]]) -> Markup:
    parts = []
    for share, text in ticks:
        up = _y(share)
        line = Markup('<line class="grid" x1="{}" y1="{:.1f}" x2="{}" y2="{:.1f}"/>')
        value = Markup('<text class="tick" x="{}" y="{:.1f}" text-anchor="end">{}</text>')
        parts += [line.format(LEFT, up, WIDTH - RIGHT, up), value.format(LEFT - 6, up + 4, text)]
    return Markup("").join(parts)


def _axis(x: str, y: str, ticks: Sequence[tuple[float, str]]) -> Markup:
    parts = []
    for share, text in ticks:
        tick = Markup('<text class="tick" x="{:.1f}" y="{}" text-anchor="middle">{}</text>')
        parts.append(tick.format(_x(share), HEIGHT - BOTTOM + 16, text))
    across = Markup('<text class="label" x="{:.1f}" y="{}" text-anchor="middle">{}</text>')
    parts.append(across.format(_x(0.5), HEIGHT - 8, x))
    upward = Markup('<text class="label" transform="translate(12 {:.1f}) rotate(-90)" text-anchor="middle">{}</text>')
    parts.append(upward.format(_y(0.5), y))
    return Markup("").join(parts)


def _svg(name: str, description: str, parts: Sequence[Markup]) -> Markup:
    opening = Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title>')
    label = f"{name}. {description}"
    return opening.format(WIDTH, HEIGHT, label, escape(label)) + Markup("").join(parts) + Markup("</svg>")
