"""Curves as one SVG file that stands alone: for documents, where the report's pages cannot be embedded."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, LEFT, TOP, BOTTOM, LEGEND = 920, 420, 56, 20, 44, 350
COLOURS = ("#0b7285", "#c2255c", "#e67700", "#2b8a3e", "#5f3dc4", "#495057", "#1864ab", "#a61e4d")
DASHES = ("", "6 3", "2 3")

Curve = tuple[str, Sequence[tuple[float, float]]]
"""A label and its points, x rising."""


def picture(curves: Sequence[Curve], *, x_label: str = "episodes", y_label: str = "pass@1", top: float = 1.0) -> str:
    """The curves over common axes, y from 0 to ``top``, with a legend in the order of their last values."""
    right = max(x for _, points in curves for x, _ in points)
    width, height = WIDTH - LEFT - LEGEND, HEIGHT - TOP - BOTTOM

    def at(x: float, y: float) -> str:
        return f"{LEFT + x / right * width:.1f},{TOP + (1 - y / top) * height:.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for tenth in range(0, 11, 2):
        x, y = at(0, top * tenth / 10).split(",")
        parts.append(f'<path d="M{x},{y}H{LEFT + width}" stroke="#dee2e6"/>')
        parts.append(
            f'<text x="{LEFT - 8}" y="{float(y) + 4}" text-anchor="end" fill="#495057">{top * tenth / 10:g}</text>'
        )
    for quarter in range(5):
        x, y = at(right * quarter / 4, 0).split(",")
        parts.append(
            f'<text x="{x}" y="{float(y) + 18}" text-anchor="middle" fill="#495057">{right * quarter / 4:,.0f}</text>'
        )
    parts.append(f'<text x="{LEFT + width / 2}" y="{HEIGHT - 6}" text-anchor="middle">{escape(x_label)}</text>')
    parts.append(
        f'<text x="14" y="{TOP + height / 2}" transform="rotate(-90 14 {TOP + height / 2})">{escape(y_label)}</text>'
    )
    ordered = sorted(enumerate(curves), key=lambda one: -one[1][1][-1][1])
    for place, (number, (label, points)) in enumerate(ordered):
        style = f'stroke="{COLOURS[number % len(COLOURS)]}" stroke-dasharray="{DASHES[number // len(COLOURS) % len(DASHES)]}"'
        path = " ".join(at(x, y) for x, y in points)
        line = TOP + 12 + 20 * place
        parts.append(f'<polyline points="{path}" fill="none" stroke-width="2" {style}/>')
        parts.append(f'<path d="M{LEFT + width + 16},{line}h26" stroke-width="2" {style}/>')
        parts.append(f'<text x="{LEFT + width + 48}" y="{line + 4}">{escape(label)} ({points[-1][1]:.2f})</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
