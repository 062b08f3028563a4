"""Learning curves as inline SVG. Colours come from the page's style; ``data-chart`` feeds the read-out."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

WIDTH, HEIGHT = 560, 250
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 12, 34
MAX_POINTS = 400


@dataclass(frozen=True, slots=True)
class Line:
    """One curve. ``colour`` is a number of the page's palette; ``faint`` is for raw values behind their average."""

    label: str
    points: Sequence[tuple[float, float]]
    colour: int
    faint: bool = False
    dashed: bool = False


def chart(
    title: str, lines: Sequence[Line], *, note: str = "", top: float | None = None, x_label: str = "update"
) -> str:
    """A figure with axes, a legend and the curves; "" when there is nothing to draw.

    The y axis starts at 0 and ends at ``top``, or at a round number above the largest value.
    """
    lines = [replace(line, points=thinned(line.points)) for line in lines if line.points]
    if not lines:
        return ""
    xs = [x for line in lines for x, _ in line.points]
    left, right = min(xs), max(xs)
    if left == right:
        left, right = left - 0.5, right + 0.5
    highest = top if top is not None else round_up(max(y for line in lines for _, y in line.points))

    def px(x: float) -> float:
        return LEFT + (x - left) / (right - left) * (WIDTH - LEFT - RIGHT)

    def py(y: float) -> float:
        return TOP + (1 - y / highest) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{py(y):.1f}" y2="{py(y):.1f}"/>'
        f'<text class="tick" x="{LEFT - 6}" y="{py(y) + 4:.1f}" text-anchor="end">{tick_text(y)}</text>'
        for y in (highest * i / 4 for i in range(5))
    ]
    parts += [
        f'<text class="tick" x="{px(x):.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{tick_text(x)}</text>'
        for x in ticks(left, right)
    ]
    parts.append(f'<text class="tick" x="{WIDTH - RIGHT}" y="{HEIGHT - 3}" text-anchor="end">{escape(x_label)}</text>')
    for line in lines:
        path = " ".join(f"{px(x):.1f},{py(min(y, highest)):.1f}" for x, y in line.points)
        kind = f"line c{line.colour}" + (" faint" if line.faint else "") + (" dashed" if line.dashed else "")
        if len(line.points) == 1:
            x, y = line.points[0]
            parts.append(f'<circle class="dot c{line.colour}" cx="{px(x):.1f}" cy="{py(min(y, highest)):.1f}" r="3"/>')
        parts.append(f'<polyline class="{kind}" points="{path}"/>')
    named = [line for line in lines if not line.faint]
    legend = "".join(
        f'<li><i class="swatch c{line.colour}{" dashed" if line.dashed else ""}"></i>{escape(line.label)}'
        f' <b class="value" data-line="{number}"></b></li>'
        for number, line in enumerate(named)
    )
    data = {
        "lines": [[[round(x, 3), round(y, 4)] for x, y in line.points] for line in named],
        "x": [left, right],
        "box": [LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM],
        "xLabel": x_label,
    }
    last = "; ".join(f"{line.label} ends at {line.points[-1][1]:.3g}" for line in named)
    return (
        f'<figure class="chart" data-chart="{escape(json.dumps(data), quote=True)}">'
        f"<figcaption><b>{escape(title)}</b>{f' <span>{escape(note)}</span>' if note else ''}</figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(f"{title}: {last}", quote=True)}">'
        f'{"".join(parts)}<line class="cross" x1="0" x2="0" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/></svg>'
        f'<ul class="legend">{legend}</ul></figure>'
    )


def thinned(points: Sequence[tuple[float, float]], most: int = MAX_POINTS) -> list[tuple[float, float]]:
    """At most ``most`` points: means over equal runs of neighbours, the last point kept as it is."""
    if len(points) <= most:
        return list(points)
    size = math.ceil((len(points) - 1) / (most - 1))
    runs = [points[i : i + size] for i in range(0, len(points) - 1, size)]
    runs[-1] = runs[-1][: len(points) - 1 - (len(runs) - 1) * size]
    return [(r[len(r) // 2][0], sum(y for _, y in r) / len(r)) for r in runs] + [points[-1]]


def round_up(value: float) -> float:
    """The next of 1, 2, 2.5, 4, 5, 8, 10 times a power of ten: an axis end whose quarters read well."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return float(next(m * power for m in (1, 2, 2.5, 4, 5, 8, 10) if m * power >= value * (1 - 1e-9)))


def ticks(left: float, right: float, wanted: int = 6) -> list[float]:
    """Round positions inside an interval."""
    step = round_up((right - left) / wanted)
    if step < 1 and right - left >= 2:
        step = 1.0
    first = math.ceil(left / step) * step
    return [first + i * step for i in range(int((right - first) / step + 1e-9) + 1)]


def tick_text(value: float) -> str:
    if value >= 10_000:
        return f"{value / 1000:g}k" if value < 1e6 else f"{value / 1e6:g}M"
    return f"{value:.4g}"
