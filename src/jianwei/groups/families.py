"""Picture families: which pictures are one picture, so that the answer does not depend on the order they came in.

Each picture has a rank that only its content decides. In the order of ranks, a picture that is near no *pivot*
becomes one; any other joins the nearest pivot of a better rank, ties to the better one. Nothing chains: every member is
near its pivot, however long a row of slight variants is, and pivots are never near each other.

Ranks that are random (a SHA-256 is) make this the pivot algorithm of correlation clustering, and one picture more or
less changes few families. So the lot can be brought up to date without beginning again, and comes out the same.

Source: N. Ailon, M. Charikar, A. Newman, "Aggregating inconsistent information: ranking and clustering", JACM 2008
(the algorithm); G. Blelloch, J. Fineman, J. Shun, "Greedy sequential maximal independent set and matching are parallel
on average", SPAA 2012 (growing prefixes); K. Censor-Hillel, E. Haramaty, Z. Karnin, "Optimal dynamic distributed MIS",
PODC 2016 (few changes). We differ in that a member joins the nearest of the pivots before it, not the first.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.groups.near_hashes import NearPairs, pairs_between, pairs_within, rows_near

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    Agrees = Callable[[NDArray[np.int32], NDArray[np.int32]], NDArray[np.bool_]]
    """Tells of pairs (rows, rows) with near hashes whether they may be one picture: (n,) booleans, symmetric."""

_FIRST_PREFIX = 1024
_UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Families:
    """(n,) rows of the pivot of each picture, its own row for a pivot, and (n,) distances to it."""

    pivots: NDArray[np.int32]
    distances: NDArray[np.uint8]


def all_agree(first: NDArray[np.int32], _: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Let every pair of near hashes be one picture."""
    return np.ones(len(first), bool)


def find_families(hashes: NDArray[np.uint8], agrees: Agrees = all_agree) -> Families:
    """Return the families of (n, 32) hashes that stand in the order of their ranks, best first."""
    families = Families(np.full(len(hashes), _UNKNOWN, np.int32), np.zeros(len(hashes), np.uint8))
    pivots = np.empty(0, np.int32)
    start, size = 0, _FIRST_PREFIX
    while start < len(hashes):
        rows = np.arange(start, min(start + size, len(hashes)), dtype=np.int32)
        pivots = np.concatenate((pivots, _settle(rows, pivots, hashes, families, agrees)))
        start, size = start + size, start + size  # as many again: what most families gather round is found early
    return families


def _settle(
    rows: NDArray[np.int32], pivots: NDArray[np.int32], hashes: NDArray[np.uint8], families: Families, agrees: Agrees
) -> NDArray[np.int32]:
    """Settle the next rows and return those that became pivots."""
    found = pairs_between(hashes[rows], hashes[pivots])
    _join(_agreed(NearPairs(rows[found.first], pivots[found.second], found.distances), agrees), families)
    open_rows = rows[families.pivots[rows] == _UNKNOWN]
    own = pairs_within(hashes[open_rows])
    pairs = _agreed(NearPairs(open_rows[own.first], open_rows[own.second], own.distances), agrees)
    fresh = _independent(open_rows, pairs)
    families.pivots[fresh] = fresh
    of_fresh = pairs.where(families.pivots[pairs.first] == pairs.first)
    # A row that is covered by an earlier pivot may yet be nearer to one of those that its own batch brings.
    covered = np.setdiff1d(rows, open_rows, assume_unique=True)
    near = pairs_between(hashes[covered], hashes[fresh])
    nearer = NearPairs(covered[near.first], fresh[near.second], near.distances)
    _join(NearPairs(of_fresh.second, of_fresh.first, of_fresh.distances), families)
    _join(_agreed(nearer.where(nearer.second < nearer.first), agrees), families)
    return fresh


def _independent(rows: NDArray[np.int32], pairs: NearPairs) -> NDArray[np.int32]:
    """Return the rows that are near none of the returned rows before them; `pairs` have first < second, sorted."""
    covered: set[int] = set()
    starts = np.searchsorted(pairs.first, rows, side="left")
    ends = np.searchsorted(pairs.first, rows, side="right")
    chosen = []
    for row, start, end in zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True):
        if row not in covered:
            chosen.append(row)
            covered.update(pairs.second[start:end].tolist())
    return np.array(chosen, np.int32)


def _join(pairs: NearPairs, families: Families) -> None:
    """Let each first row join the nearest of its second rows, where that is nearer than what it has."""
    order = np.lexsort((pairs.second, pairs.distances, pairs.first))
    rows, first = np.unique(pairs.first[order], return_index=True)
    best = order[first]
    pivots, distances = pairs.second[best], pairs.distances[best]
    nearer = (families.pivots[rows] == _UNKNOWN) | (distances < families.distances[rows])
    nearer &= families.pivots[rows] != rows
    families.pivots[rows[nearer]] = pivots[nearer]
    families.distances[rows[nearer]] = distances[nearer]


def update_families(hashes: NDArray[np.uint8], pivots: NDArray[np.int32], agrees: Agrees = all_agree) -> Families:
    """Return the families of (n, 32) hashes in the order of their ranks, from those that were there before.

    `pivots` holds the row of each picture's pivot before, -1 for a picture that is new or whose pivot is gone. The
    result is that of `find_families`; only what the new ones touch is looked at.
    """
    return _Update(hashes, pivots, agrees).run()


class _Update:
    """One bringing up to date: what is doubtful is settled in the order of ranks, and casts doubt on later rows.

    To settle a row only the pivots near it count: those of before, looked up for many rows at once, and those that came
    since, which told their neighbours. All neighbours of a row are looked up only where it becomes a pivot, so that a
    picture that joins a family of thousands costs no more than any other.
    """

    def __init__(self, hashes: NDArray[np.uint8], pivots: NDArray[np.int32], agrees: Agrees) -> None:
        self._hashes = hashes
        self._pivots = pivots.copy()
        self._agrees = agrees
        self._pivots_before = np.flatnonzero(pivots == np.arange(len(pivots))).astype(np.int32)
        self._members = _members(pivots)
        self._doubtful: list[int] = []
        self._queued: set[int] = set()
        self._near_before: dict[int, list[tuple[int, int]]] = {}
        self._near_since: dict[int, list[tuple[int, int]]] = {}

    def run(self) -> Families:
        fresh = np.flatnonzero(self._pivots < 0).astype(np.int32)
        self._around = self._agreed_between(fresh, np.arange(len(self._hashes), dtype=np.int32))
        self._looked_around = set(fresh.tolist())
        self._doubt(fresh.tolist())
        while self._doubtful:
            self._settle(heapq.heappop(self._doubtful))
        return Families(self._pivots, self._distances())

    def _settle(self, row: int) -> None:
        self._queued.discard(row)
        near = (*self._near_before[row], *self._near_since.get(row, ()))
        before = [(distance, other) for distance, other in near if other < row and self._pivots[other] == other]
        was = int(self._pivots[row])
        now = min(before)[1] if before else row
        if was == now:
            return
        self._pivots[row] = now
        if was == row:
            self._doubt(self._members.pop(row, ()))
        else:
            self._members.get(was, set()).discard(row)
        if now == row:
            self._promote(row)
        else:
            self._members.setdefault(now, set()).add(row)

    def _promote(self, row: int) -> None:
        self._members.setdefault(row, set())
        later = [(other, distance) for other, distance in self._neighbours(row) if other > row]
        for other, distance in later:
            self._near_since.setdefault(other, []).append((distance, row))
        self._doubt([other for other, _ in later])

    def _doubt(self, rows: Iterable[int]) -> None:
        fresh = [row for row in rows if row not in self._queued]
        unknown = np.array(sorted(row for row in fresh if row not in self._near_before), np.int32)
        self._near_before.update((row, []) for row in unknown.tolist())
        found = self._agreed_between(unknown, self._pivots_before)
        for row, other, distance in _listed(found):
            self._near_before[row].append((distance, other))
        for row in fresh:
            self._queued.add(row)
            heapq.heappush(self._doubtful, row)

    def _neighbours(self, row: int) -> list[tuple[int, int]]:
        if row in self._looked_around:
            start, end = np.searchsorted(self._around.first, [row, row + 1])
            part = slice(int(start), int(end))
            return list(zip(self._around.second[part].tolist(), self._around.distances[part].tolist(), strict=True))
        rows, distances = rows_near(self._hashes[row], self._hashes)
        pairs = NearPairs(np.full(len(rows), row, np.int32), rows, distances)
        pairs = _agreed(pairs.where(pairs.second != row), self._agrees)
        return list(zip(pairs.second.tolist(), pairs.distances.tolist(), strict=True))

    def _agreed_between(self, rows: NDArray[np.int32], others: NDArray[np.int32]) -> NearPairs:
        """Return the pairs of rows and others that are one picture, by ascending rows."""
        found = pairs_between(self._hashes[rows], self._hashes[others])
        pairs = NearPairs(rows[found.first], others[found.second], found.distances)
        return _agreed(pairs.where(pairs.first != pairs.second), self._agrees)

    def _distances(self) -> NDArray[np.uint8]:
        words = self._hashes.view(np.uint64)
        distances: NDArray[np.uint8] = np.bitwise_count(words ^ words[self._pivots]).sum(axis=1, dtype=np.uint8)
        return distances


def _listed(pairs: NearPairs) -> Iterable[tuple[int, int, int]]:
    return zip(pairs.first.tolist(), pairs.second.tolist(), pairs.distances.tolist(), strict=True)


def _members(pivots: NDArray[np.int32]) -> dict[int, set[int]]:
    rows = np.flatnonzero((pivots >= 0) & (pivots != np.arange(len(pivots))))
    members: dict[int, set[int]] = {}
    for row, pivot in zip(rows.tolist(), pivots[rows].tolist(), strict=True):
        members.setdefault(pivot, set()).add(row)
    return members


def _agreed(pairs: NearPairs, agrees: Agrees) -> NearPairs:
    return pairs.where(agrees(pairs.first, pairs.second)) if len(pairs) else pairs
