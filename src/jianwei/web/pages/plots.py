"""Plots as numbers for inline SVG: where each bar stands and how long it is. No script, no style, no library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.web.facets import Share


@dataclass(frozen=True, slots=True)
class Bar:
    """One value. `share` is its part of the greatest one, 0..100, at least 1 where there is something.

    `part` of the `count` is set apart, and `part_share` is what it has of the greatest one.
    """

    label: str
    count: int
    share: float
    part: int = 0
    part_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Columns:
    """Upright bars over a time; `peak` is the greatest count."""

    bars: tuple[Bar, ...]
    peak: int


def bars(counts: Sequence[tuple[str, int]]) -> tuple[Bar, ...]:
    """Return one bar for each value, against the greatest."""
    peak = max((count for _, count in counts), default=0)
    return tuple(Bar(label, count, _share(count, peak)) for label, count in counts)


def split_bars(shares: Sequence[Share]) -> tuple[Bar, ...]:
    """Return one bar for each value, against the greatest, with what is suspected set apart."""
    peak = max((share.listings for share in shares), default=0)
    return tuple(
        Bar(
            share.value,
            share.listings,
            _share(share.listings, peak),
            share.suspected,
            _share(share.suspected, peak),
        )
        for share in shares
    )


def columns(shares: Sequence[Share]) -> Columns:
    """Return one column for each day, with what is suspected set apart."""
    return Columns(split_bars(shares), max((share.listings for share in shares), default=0))


def _share(count: int, peak: int) -> float:
    return max(1.0, round(100.0 * count / peak, 1)) if count else 0.0
