"""Average precision of one ranking or of several, and between which bounds it lies when other families are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DRAWINGS = 1000  # of families
_MOST_COUNTS = 1_000_000
"""Numbers of one step over several drawings, 8 MB an array."""


def average_precision(wanted: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Return the mean precision at each wanted item, by falling score; ties count against it. 0 without any."""
    return float(_of_drawings(wanted, scores, np.ones((1, len(wanted)), np.int64))[0])


def mean_average_precision(wanted: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Return the mean over (repeats, n) scores of the same items."""
    return float(np.mean([average_precision(wanted, row) for row in scores]))


def precision_interval(
    wanted: NDArray[np.bool_], scores: NDArray[np.float64], family_of: NDArray[np.int64]
) -> tuple[float, float]:
    """Return the bounds of the 95 % interval of the mean average precision, by drawing families anew.

    Families are numbered from 0; one that is drawn several times counts as often, with all its listings.

    Source: the bootstrap of clusters: Davison and Hinkley, "Bootstrap Methods and their Application" (1997), 3.8.
    """
    families = int(family_of.max()) + 1
    chance = np.random.default_rng(0)
    at_once = max(1, _MOST_COUNTS // max(families, len(wanted)))
    found = []
    for first in range(0, _DRAWINGS, at_once):
        drawn = chance.integers(0, families, (min(at_once, _DRAWINGS - first), families))
        counts = np.stack([np.bincount(draw, minlength=families) for draw in drawn])[:, family_of]
        with_any = counts[:, wanted].any(axis=1)
        found.append(np.mean([_of_drawings(wanted, row, counts[with_any]) for row in scores], axis=0))
    low, high = np.percentile(np.concatenate(found), [2.5, 97.5])
    return float(low), float(high)


def _of_drawings(
    wanted: NDArray[np.bool_], scores: NDArray[np.float64], counts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the average precision of each of (drawings, n) counts: how often each item is drawn.

    Items are sorted once: however often each is drawn, those of a drawing stand in that order.
    """
    order = np.lexsort((wanted, -scores))
    hits, times = wanted[order], counts[:, order]
    above = np.cumsum(times, axis=1) - times
    times, above_hits = times[:, hits], np.cumsum(times * hits, axis=1)[:, hits]
    above_hits -= times
    above = above[:, hits]
    sums = np.zeros(len(counts))
    for nth in range(1, int(times.max(initial=0)) + 1):  # an item that is drawn twice stands in two places
        sums += ((above_hits + nth) / (above + nth) * (times >= nth)).sum(axis=1)
    return np.asarray(sums / np.maximum(times.sum(axis=1), 1))
