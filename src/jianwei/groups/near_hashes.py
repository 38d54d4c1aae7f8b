"""All pairs of PDQ hashes that are near each other, without comparing all with all.

Multi-index hashing: a hash of 256 bits is cut into 16 bands of 16 bits. When two hashes differ in at most 31 bits, some
band differs in at most one (16 bands with two each would make 32). So only hashes are compared that share a band up to
one bit, and no pair is missed: a million random hashes need 2 thousand million comparisons instead of 500.

The bits are dealt to the bands in a fixed random order, since neighbouring bits of PDQ hang together and bands of
neighbours would fill some buckets and leave others empty.

Source: M. Norouzi, A. Punjani, D. J. Fleet, "Fast search in Hamming space with multi-index hashing", CVPR 2012. Instead
of looking keys up one by one, whole bands are joined after sorting, which numpy does fast.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from jianwei.runtime.interruption import InterruptionNotice, in_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    _Chunk = tuple[NDArray[np.int32], NDArray[np.int32]]

NEAR_BITS = 31
"""The greatest distance at which two hashes are of one picture. Source: ThreatExchange, PDQ reference: 31 of 256."""

_BITS = 256
_BANDS = 16
_BAND_BITS = _BITS // _BANDS
_BUCKETS = 1 << _BAND_BITS
_FLIPS = (0, *(1 << bit for bit in range(_BAND_BITS)))
_CHUNK = 1 << 20
"""Pairs compared at once: their numbers and words fit into the caches of a processor well enough, 40 MB in all."""
_UNPACKED_ROWS = 1 << 16
_SMALL_TABLE = 1 << 20
"""Up to so many pairs are simply all compared: sorting bands costs some hundredths of a second whatever their size."""
_FEW_QUERIES = 32
"""Up to so many are compared with all: a million hashes take some milliseconds, sorting their bands takes seconds."""
_ORDER_OF_BITS = np.random.default_rng(20_121_616).permutation(_BITS)
_MOST_THREADS = 8
_NO_ROWS = np.empty(0, np.int32)
_NO_DISTANCES = np.empty(0, np.uint8)


@dataclass(frozen=True, slots=True)
class NearPairs:
    """(n,) int32 rows, (n,) int32 rows and (n,) uint8 distances of pairs, each pair once, sorted by the rows."""

    first: NDArray[np.int32]
    second: NDArray[np.int32]
    distances: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.first)

    def where(self, mask: NDArray[np.bool_]) -> NearPairs:
        """Return the pairs that a (n,) mask keeps."""
        return NearPairs(self.first[mask], self.second[mask], self.distances[mask])


@dataclass(frozen=True, slots=True)
class _Words:
    """Hashes in the order of the bands: (4, n) uint64 words to compare by, (16, n) uint16 keys of the bands."""

    words: NDArray[np.uint64]
    keys: NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class _Band:
    """One band, sorted: `rows` by key, `starts` of each bucket and the end, and (4, n) `words` in that order."""

    rows: NDArray[np.int32]
    keys: NDArray[np.uint16]
    starts: NDArray[np.int32]
    words: NDArray[np.uint64]


def pairs_within(hashes: NDArray[np.uint8]) -> NearPairs:
    """Return the pairs first < second of (n, 32) hashes that differ in at most `NEAR_BITS` bits.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    if len(hashes) ** 2 <= _SMALL_TABLE:
        found = _all_compared(hashes, hashes)
        return found.where(found.first < found.second)
    words = _dealt(hashes)

    def search(interruption: InterruptionNotice, band_no: int) -> list[NearPairs]:
        band = _sorted_band(words, band_no)
        return [
            found
            for chunk in _watched(_own_candidates(band), interruption)
            if len(found := _verified(words, words, band_no, band, band, *chunk))
        ]

    found = _merged(_over_bands(search))
    first, second = np.minimum(found.first, found.second), np.maximum(found.first, found.second)
    return _in_order(NearPairs(first, second, found.distances))


def pairs_between(queries: NDArray[np.uint8], hashes: NDArray[np.uint8]) -> NearPairs:
    """Return the pairs (row of `queries`, row of `hashes`) that differ in at most `NEAR_BITS` bits.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    if len(queries) <= _FEW_QUERIES or len(queries) * len(hashes) <= _SMALL_TABLE:
        return _all_compared(queries, hashes)
    asked, words = _dealt(queries), _dealt(hashes)

    def search(interruption: InterruptionNotice, band_no: int) -> list[NearPairs]:
        ours, theirs = _sorted_band(asked, band_no), _sorted_band(words, band_no)
        return [
            found
            for chunk in _watched(_candidates(ours, theirs), interruption)
            if len(found := _verified(asked, words, band_no, ours, theirs, *chunk))
        ]

    return _in_order(_merged(_over_bands(search)))


def rows_near(query: NDArray[np.uint8], hashes: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Return the ascending rows of (n, 32) hashes near one (32,) hash, and their distances, by looking at all."""
    distances = np.bitwise_count(hashes.view(np.uint64) ^ query.view(np.uint64)).sum(axis=1, dtype=np.uint16)
    rows = np.flatnonzero(distances <= NEAR_BITS).astype(np.int32)
    return rows, distances[rows].astype(np.uint8)


def _all_compared(queries: NDArray[np.uint8], hashes: NDArray[np.uint8]) -> NearPairs:
    found = [rows_near(query, hashes) for query in queries]
    counts = [len(rows) for rows, _ in found]
    first = np.repeat(np.arange(len(queries), dtype=np.int32), counts)
    rows, distances = zip(*found, strict=True) if found else ((), ())
    return NearPairs(first, np.concatenate((_NO_ROWS, *rows)), np.concatenate((_NO_DISTANCES, *distances)))


def _over_bands(search: Callable[[InterruptionNotice, int], list[NearPairs]]) -> list[NearPairs]:
    count = min(os.cpu_count() or 1, _MOST_THREADS)
    # numpy lets other threads run while it computes
    with InterruptionNotice() as interruption, ThreadPoolExecutor(count) as threads:
        bands = in_threads(threads, partial(search, interruption), range(_BANDS), interruption)
    return [found for band in bands for found in band]


def _watched(chunks: Iterator[_Chunk], interruption: InterruptionNotice) -> Iterator[_Chunk]:
    """Pass chunks on; Ctrl-C ends a band before its next one."""
    for chunk in chunks:
        interruption.check()
        yield chunk


def _dealt(hashes: NDArray[np.uint8]) -> _Words:
    dealt = np.empty((len(hashes), _BITS // 8), np.uint8)
    for start in range(0, len(hashes), _UNPACKED_ROWS):
        bits = np.unpackbits(hashes[start : start + _UNPACKED_ROWS], axis=1)
        dealt[start : start + _UNPACKED_ROWS] = np.packbits(bits[:, _ORDER_OF_BITS], axis=1)
    return _Words(
        np.ascontiguousarray(dealt.view(np.uint64).T),
        np.ascontiguousarray(dealt.view(np.uint16).T),
    )


def _sorted_band(words: _Words, band_no: int) -> _Band:
    keys = words.keys[band_no]
    rows = np.argsort(keys, kind="stable").astype(np.int32)
    starts = np.zeros(_BUCKETS + 1, np.int32)
    np.cumsum(np.bincount(keys, minlength=_BUCKETS), out=starts[1:])
    return _Band(rows, keys[rows], starts, words.words[:, rows])


def _own_candidates(band: _Band) -> Iterator[_Chunk]:
    """Yield places of candidates inside one band, each unordered pair once."""
    places = np.arange(len(band.rows), dtype=np.int32)
    yield from _expanded(places, places + 1, band.starts[band.keys.astype(np.int32) + 1])
    for flip in _FLIPS[1:]:
        lower = np.flatnonzero((band.keys & flip) == 0).astype(np.int32)  # the partner has the bit: once, not twice
        buckets = band.keys[lower].astype(np.int32) | flip
        yield from _expanded(lower, band.starts[buckets], band.starts[buckets + 1])


def _candidates(ours: _Band, theirs: _Band) -> Iterator[_Chunk]:
    places = np.arange(len(ours.rows), dtype=np.int32)
    for flip in _FLIPS:
        buckets = ours.keys.astype(np.int32) ^ flip
        yield from _expanded(places, theirs.starts[buckets], theirs.starts[buckets + 1])


def _expanded(
    places: NDArray[np.int32], begins: NDArray[np.int32], ends: NDArray[np.int32]
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32]]]:
    """Yield, in chunks, each place beside every number of its range from begin to end.

    A range longer than a chunk comes whole: buckets do not grow so long unless a library holds one picture in thousands
    of slight variants.
    """
    counts = ends - begins
    totals = np.cumsum(counts, dtype=np.int64)
    start = 0
    while start < len(places):
        done = totals[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(totals, done + _CHUNK, side="right")))
        chunk = slice(start, end)
        sizes = counts[chunk]
        total = int(totals[end - 1] - done)
        if total:
            skipped = (totals[chunk] - sizes - done).astype(np.int32)
            partners = np.arange(total, dtype=np.int32) + np.repeat(begins[chunk] - skipped, sizes)
            yield np.repeat(places[chunk], sizes), partners
        start = end


def _verified(
    asked: _Words,
    words: _Words,
    band_no: int,
    ours: _Band,
    theirs: _Band,
    places: NDArray[np.int32],
    partners: NDArray[np.int32],
) -> NearPairs:
    """Return the candidates that are near, and that no band before this one brings."""
    # Two of four words first: of 128 unrelated bits 64 differ on average, so nearly nothing is left for the others.
    half = _word_distance(ours, theirs, places, partners, (0, 1))
    kept = np.flatnonzero(half <= NEAR_BITS)
    places, partners = places[kept], partners[kept]
    distances = half[kept] + _word_distance(ours, theirs, places, partners, (2, 3))
    near = distances <= NEAR_BITS
    first, second = ours.rows[places[near]], theirs.rows[partners[near]]
    apart = np.bitwise_count(asked.keys[:band_no, first] ^ words.keys[:band_no, second])
    fresh = ~(apart <= 1).any(axis=0)
    return NearPairs(first[fresh], second[fresh], distances[near][fresh])


def _word_distance(
    ours: _Band, theirs: _Band, places: NDArray[np.int32], partners: NDArray[np.int32], word_nos: tuple[int, int]
) -> NDArray[np.uint8]:
    one, other = word_nos
    distance: NDArray[np.uint8] = np.bitwise_count(ours.words[one].take(places) ^ theirs.words[one].take(partners))
    distance += np.bitwise_count(ours.words[other].take(places) ^ theirs.words[other].take(partners))
    return distance


def _merged(parts: list[NearPairs]) -> NearPairs:
    return NearPairs(
        np.concatenate([_NO_ROWS, *(part.first for part in parts)]),
        np.concatenate([_NO_ROWS, *(part.second for part in parts)]),
        np.concatenate([_NO_DISTANCES, *(part.distances for part in parts)]),
    )


def _in_order(pairs: NearPairs) -> NearPairs:
    order = np.lexsort((pairs.second, pairs.first))
    return NearPairs(pairs.first[order], pairs.second[order], pairs.distances[order])
