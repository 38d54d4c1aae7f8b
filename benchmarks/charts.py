"""Log-log line charts as SVG text, for the growth curves of docs/benchmarks.md: no library, readable in a diff."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WIDTH, _HEIGHT = 360, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 34, 30, 34
_COLOURS = ("#b3261e", "#1f5fa8", "#2e7d32", "#8a5a00", "#6a3d9a")


def panels(charts: Sequence[tuple[str, Mapping[str, Sequence[tuple[float, float]]]]]) -> str:
    """Return one picture of several charts, two in a row: (title, {name: [(x, y), …]}) each; all above 0 is drawn."""
    names = list(dict.fromkeys(name for _, lines in charts for name in lines))
    colours = dict(zip(names, _COLOURS, strict=False))
    rows = math.ceil(len(charts) / 2)
    width, height = 2 * _WIDTH, rows * _HEIGHT + 30
    view = f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {view}>',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for place, name in enumerate(names):
        x = 20 + place * 140
        parts.append(f'<line x1="{x}" x2="{x + 22}" y1="15" y2="15" stroke="{colours[name]}" stroke-width="3"/>')
        parts.append(f'<text x="{x + 28}" y="19">{escape(name)}</text>')
    for place, (title, lines) in enumerate(charts):
        x, y = place % 2 * _WIDTH, place // 2 * _HEIGHT + 30
        parts.append(f'<g transform="translate({x} {y})">{_chart(title, lines, colours)}</g>')
    return "".join((*parts, "</svg>\n"))


def _chart(title: str, lines: Mapping[str, Sequence[tuple[float, float]]], colours: Mapping[str, str]) -> str:
    points = [point for line in lines.values() for point in line if min(point) > 0]
    parts = [f'<text x="{_LEFT}" y="18" font-size="13" font-weight="bold">{escape(title)}</text>']
    if not points:
        return "".join((*parts, f'<text x="{_LEFT}" y="60">nothing measured</text>'))
    low_x, high_x = _decades([x for x, _ in points])
    low_y, high_y = _decades([y for _, y in points])

    def x_of(value: float) -> float:
        return _LEFT + (math.log10(value) - low_x) / (high_x - low_x) * (_WIDTH - _LEFT - _RIGHT)

    def y_of(value: float) -> float:
        return _HEIGHT - _BOTTOM - (math.log10(value) - low_y) / (high_y - low_y) * (_HEIGHT - _TOP - _BOTTOM)

    for decade in range(low_x, high_x + 1):
        x = x_of(10.0**decade)
        parts.append(f'<line x1="{x:.0f}" x2="{x:.0f}" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}" stroke="#e2e2e2"/>')
        parts.append(f'<text x="{x:.0f}" y="{_HEIGHT - 16}" text-anchor="middle">{_named(decade)}</text>')
    for decade in range(low_y, high_y + 1):
        y = y_of(10.0**decade)
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.0f}" y2="{y:.0f}" stroke="#e2e2e2"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.0f}" text-anchor="end">{_named(decade)}</text>')
    for name, line in lines.items():
        drawn = [(x_of(x), y_of(y)) for x, y in line if x > 0 and y > 0]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in drawn)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colours[name]}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colours[name]}"/>' for x, y in drawn]
    return "".join(parts)


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _named(decade: int) -> str:
    return f"{10**decade:,}" if decade >= 0 else f"{10.0**decade:g}"
