"""Plots of the report as SVG text, which prints and scales without any library. Colours come from the page's style."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.bilingual import Both
    from jianwei.metrics.paired import Interval

_ROW_PX = 26
_LABEL_PX = 190
_PLOT_PX = 400
_VALUE_PX = 110
_BINS = 10


def interval_plot(rows: Sequence[tuple[Both, Interval, bool]]) -> str:
    """Return one line for each (name, interval in 0..1, whether it is the default): a dot at the mean, its interval.

    Both names stand there, of which the page shows one.
    """
    width, height = _LABEL_PX + _PLOT_PX + _VALUE_PX, _ROW_PX * len(rows) + 26
    parts = [f'<svg viewBox="0 0 {width} {height}" role="img">']
    for tick in range(6):
        x = _x(tick / 5)
        parts.append(f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="4" y2="{height - 22}"/>')
        parts.append(f'<text class="soft" x="{x:.1f}" y="{height - 6}" text-anchor="middle">{tick / 5:.1f}</text>')
    for row, (name, interval, is_default) in enumerate(rows):
        y = _ROW_PX * row + _ROW_PX / 2 + 3
        parts.append(f'<g class="{"default" if is_default else "other"}">')
        for language, told in (("en", name.en), ("zh", name.zh)):
            parts.append(f'<text class="{language}" lang="{language}" x="0" y="{y + 4:.1f}">{escape(told)}</text>')
        ends = f'x1="{_x(interval.low):.1f}" x2="{_x(interval.high):.1f}"'
        parts.append(f'<line class="whisker" {ends} y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<circle class="dot" cx="{_x(interval.mean):.1f}" cy="{y:.1f}" r="5"/>')
        mean = f'<text x="{width}" y="{y + 4:.1f}" text-anchor="end">{interval.mean:.3f}</text>'
        parts.append(f"{mean}</g>")
    return "".join((*parts, "</svg>"))


def share_plot(values: Sequence[float]) -> str:
    """Return how many queries reach which tenth of a metric in 0..1, as bars with their counts."""
    counts = [0] * _BINS
    for value in values:
        counts[min(int(value * _BINS), _BINS - 1)] += 1
    most = max((*counts, 1))
    width, height, bar = 620, 170, 620 / _BINS
    parts = [f'<svg viewBox="0 0 {width} {height}" role="img">']
    for place, count in enumerate(counts):
        tall = 115 * count / most
        x, y = place * bar, 135 - tall
        parts.append(
            f'<rect class="bar" x="{x + 3:.1f}" y="{y:.1f}" width="{bar - 6:.1f}" height="{tall:.1f}" rx="3"/>'
        )
        middle = x + bar / 2
        if count:
            parts.append(f'<text x="{middle:.1f}" y="{y - 4:.1f}" text-anchor="middle">{count}</text>')
        label = f"{place / _BINS:.1f}–{(place + 1) / _BINS:.1f}"
        parts.append(f'<text class="soft" x="{middle:.1f}" y="155" text-anchor="middle">{label}</text>')
    return "".join((*parts, "</svg>"))


def _x(value: float) -> float:
    return _LABEL_PX + _PLOT_PX * min(max(value, 0.0), 1.0)
