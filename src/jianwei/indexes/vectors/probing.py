"""How many lists a search looks into, and how that is found from exact searches.

Vectors near a list's centre stand in that list. A search ranks the lists by their centres and looks into the first
few, its probes. Of a true neighbour only the rank of its list matters: looking into that many lists finds it. So the
exact neighbours of some sample queries, and the ranks of the lists that hold them, tell at once which share every
number of probes would find; no search has to be tried.

What is found in the lists is ordered by codes, which are not quite the vectors: a true neighbour is lost where more
than the candidates read lie before it. The more vectors there are, the nearer they lie, and the more candidates it
takes; how many is measured by searching.

A filter that lets a tenth of the vectors pass spreads the ten nearest over as many lists as the hundred nearest take
without it. So the number is measured for a few shares, and what lies between is interpolated. Asking for more than
ten is the same thing seen from the other side, and handled so.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from jianwei.indexes.vectors.header import ProbeStep

SHARES = (1.0, 0.3, 0.1, 0.03, 0.01)
"""The shares of vectors passing a filter that are measured."""

NEIGHBOURS = 10
"""Recall is measured on this many nearest neighbours."""


def probes_for(steps: Sequence[ProbeStep], share: float) -> int:
    """Return how many lists to look into when `share` of the vectors may be found; straight between logarithms.

    Below the smallest measured share, the number of vectors looked at stays what it was there. For `k` neighbours,
    k over `NEIGHBOURS`, ask for that share of the share.
    """
    smallest = min(steps, key=lambda step: step.share)
    if share < smallest.share:
        return math.ceil(smallest.probes * smallest.share / max(share, 1e-9))
    ascending = sorted(steps, key=lambda step: step.share)
    logarithm = np.interp(
        math.log(share), [math.log(step.share) for step in ascending], [math.log(step.probes) for step in ascending]
    )
    return math.ceil(math.exp(float(logarithm)) - 1e-6)  # what was measured stays itself


def spare_for(steps: Sequence[ProbeStep]) -> int:
    """Return how many more candidates than wanted are read: as many as the share that needs most of them."""
    return max(step.spare for step in steps)


def exact_neighbours(
    blocks: Iterable[tuple[int, NDArray[np.float32]]],
    queries: NDArray[np.float32],
    own_rows: NDArray[np.int64],
    masks: Sequence[NDArray[np.bool_]],
) -> list[NDArray[np.int64]]:
    """Return for each mask the (q, `NEIGHBOURS`) rows nearest to the queries among those it lets pass, -1 for none.

    `blocks` give the first row number and the rows of each part of the whole. `own_rows` (q,) are the rows that the
    queries were taken from: a vector is not its own neighbour.
    """
    best = [
        (np.full((len(queries), NEIGHBOURS), -np.inf, np.float32), np.full((len(queries), NEIGHBOURS), -1, np.int64))
        for _ in masks
    ]
    for start, block in blocks:
        scores = queries @ block.T
        rows = np.arange(start, start + len(block))
        inside = np.flatnonzero((own_rows >= start) & (own_rows < start + len(block)))
        scores[inside, own_rows[inside] - start] = -np.inf
        for at, mask in enumerate(masks):
            passing = mask[rows]
            best[at] = _better(best[at], scores[:, passing], rows[passing])
    return [np.where(np.isneginf(scores), -1, rows) for scores, rows in best]


def _better(
    best: tuple[NDArray[np.float32], NDArray[np.int64]], scores: NDArray[np.float32], rows: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    # After the first blocks hardly any vector is among the best of any query: only such are sorted in.
    better = (scores > best[0].min(axis=1, keepdims=True)).any(axis=0)
    if not better.all():
        scores, rows = scores[:, better], rows[better]
    all_scores = np.concatenate([best[0], scores], axis=1)
    all_rows = np.concatenate([best[1], np.broadcast_to(rows, scores.shape)], axis=1)
    top = np.argpartition(all_scores, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS:]
    return np.take_along_axis(all_scores, top, 1), np.take_along_axis(all_rows, top, 1)


def neighbour_ranks(
    centre_scores: NDArray[np.float32], neighbour_lists: NDArray[np.int64], usable_lists: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return how many lists are looked into before that of each neighbour; one line for all that are there.

    `centre_scores` (q, lists) rank the lists for each query; `neighbour_lists` (q, m) are the lists of its true
    neighbours, -1 for none; only `usable_lists` count, because a search skips the others.
    """
    scores = np.where(usable_lists, centre_scores, -np.inf)
    order = np.argsort(-scores, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(order.shape[1])[None], axis=1)
    return np.take_along_axis(ranks, np.maximum(neighbour_lists, 0), axis=1)[neighbour_lists >= 0]


def needed_probes(ranks: NDArray[np.int64], target: float) -> int:
    """Return the least number of probes that finds the `target` share of the neighbours; 1 where there are none."""
    if not len(ranks):
        return 1
    return int(np.sort(ranks)[math.ceil(target * len(ranks)) - 1]) + 1


def recall(found: NDArray[np.int64], nearest: NDArray[np.int64]) -> float:
    """Return the share of the (q, m) true neighbours, -1 for none, that are among the (q, k) found; 1 without any."""
    hits = (nearest[:, :, None] == found[:, None, :]).any(axis=2)
    there = nearest >= 0
    return float(hits[there].mean()) if there.any() else 1.0


def recall_error(found: NDArray[np.int64], nearest: NDArray[np.int64]) -> float:
    """Return the standard error of `recall` over queries: how far it may be from that of other queries; 0 below two.

    Queries without neighbours do not count. With fewer misses than queries it is rather too small than too large, so
    at least one miss more is assumed.
    """
    counted = (nearest >= 0).sum(axis=1)
    hits = ((nearest[:, :, None] == found[:, None, :]).any(axis=2) & (nearest >= 0)).sum(axis=1)
    shares = hits[counted > 0] / counted[counted > 0]
    if len(shares) < 2:
        return 0.0
    return float(max(shares.std(ddof=1) / math.sqrt(len(shares)), 1.0 / (NEIGHBOURS * len(shares))))
