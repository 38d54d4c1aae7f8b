"""Pictures fall into the same families in whatever order they come, and no family chains."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pressed_ctrl_c import press_ctrl_c, pressed_from_another_thread

from jianwei.groups import near_hashes
from jianwei.groups.families import Families, find_families, update_families
from jianwei.groups.near_hashes import NEAR_BITS, pairs_between, pairs_within, rows_near

if TYPE_CHECKING:
    from numpy.typing import NDArray


def variants(seed: int, count: int, *, originals: int = 6, most_bits: int = 40) -> NDArray[np.uint8]:
    """Return (count, 32) hashes: copies of a few originals with up to `most_bits` bits turned over."""
    random = np.random.default_rng(seed)
    base = random.integers(0, 256, (originals, 32), np.uint8)
    bits = np.unpackbits(base[random.integers(0, originals, count)], axis=1)
    for row in bits:
        row[random.permutation(256)[: random.integers(0, most_bits + 1)]] ^= 1
    return np.packbits(bits, axis=1)


def distance_table(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.int64]:
    words = first[:, None].view(np.uint64) ^ second[None].view(np.uint64)
    return np.asarray(np.bitwise_count(words).sum(axis=2), np.int64)


def by_hand(hashes: NDArray[np.uint8]) -> Families:
    """Follow the definition, one row after the other, over the table of all distances."""
    table = distance_table(hashes, hashes)
    pivots, distances = np.arange(len(hashes), dtype=np.int32), np.zeros(len(hashes), np.uint8)
    chosen: list[int] = []
    for row in range(len(hashes)):
        near = [(int(table[row, pivot]), pivot) for pivot in chosen if table[row, pivot] <= NEAR_BITS]
        if near:
            distances[row], pivots[row] = min(near)
        else:
            chosen.append(row)
    return Families(pivots, distances)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 120))
def test_no_near_pair_is_missed_and_none_comes_twice(seed: int, count: int) -> None:
    hashes = variants(seed, count)
    table = distance_table(hashes, hashes)
    first, second = np.nonzero(np.triu(table <= NEAR_BITS, k=1))
    found = pairs_within(hashes)
    assert list(zip(found.first, found.second, strict=True)) == list(zip(first, second, strict=True))
    assert found.distances.tolist() == table[first, second].tolist()


def test_no_near_pair_is_missed_by_bands() -> None:
    hashes = variants(3, 1500, originals=90, most_bits=80)
    table = distance_table(hashes, hashes)
    found = pairs_within(hashes)
    first, second = np.nonzero(np.triu(table <= NEAR_BITS, k=1))
    assert len(found) > 500
    assert list(zip(found.first, found.second, strict=True)) == list(zip(first, second, strict=True))
    assert found.distances.tolist() == table[first, second].tolist()
    between = pairs_between(hashes, hashes)
    expected = np.nonzero(table <= NEAR_BITS)
    assert (between.first.tolist(), between.second.tolist()) == (expected[0].tolist(), expected[1].tolist())


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 30), st.integers(0, 60))
def test_near_pairs_of_two_tables_are_those_of_a_search_by_hand(seed: int, asked: int, count: int) -> None:
    hashes = variants(seed, asked + count)
    queries, rest = hashes[:asked], hashes[asked:]
    table = distance_table(queries, rest)
    found = pairs_between(queries, rest)
    expected = np.nonzero(table <= NEAR_BITS)
    assert (found.first.tolist(), found.second.tolist()) == (expected[0].tolist(), expected[1].tolist())
    for row, query in enumerate(queries):
        near, distances = rows_near(query, rest)
        assert near.tolist() == found.second[found.first == row].tolist()
        assert distances.tolist() == found.distances[found.first == row].tolist()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 120))
def test_families_follow_the_definition(seed: int, count: int) -> None:
    hashes = variants(seed, count)
    found, expected = find_families(hashes), by_hand(hashes)
    assert found.pivots.tolist() == expected.pivots.tolist()
    assert found.distances.tolist() == expected.distances.tolist()


def test_families_follow_the_definition_beyond_the_first_batch() -> None:
    hashes = variants(5, 1800, originals=250)
    found, expected = find_families(hashes), by_hand(hashes)
    assert found.pivots.tolist() == expected.pivots.tolist()
    assert found.distances.tolist() == expected.distances.tolist()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 100), st.data())
def test_pictures_that_come_and_go_leave_the_families_of_one_go(seed: int, count: int, data: st.DataObject) -> None:
    hashes = variants(seed, count)
    there = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)), bool)
    kept = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)), bool)
    before = np.flatnonzero(there)
    old = find_families(hashes[before])
    after = np.flatnonzero(kept)
    pivot_of = dict(zip(before.tolist(), before[old.pivots].tolist(), strict=True))
    place = {row: place for place, row in enumerate(after.tolist())}
    pivots = np.array([place.get(pivot_of.get(row, -1), -1) for row in after.tolist()], np.int32)
    found, expected = update_families(hashes[after], pivots), find_families(hashes[after])
    assert found.pivots.tolist() == expected.pivots.tolist()
    assert found.distances.tolist() == expected.distances.tolist()


def test_a_row_of_slight_variants_is_not_one_family() -> None:
    bits = np.zeros((40, 256), np.uint8)
    for step in range(40):
        bits[step, : 6 * step] = 1  # each differs from the next by 6 bits, the ends by 234
    hashes = np.packbits(bits, axis=1)
    families = find_families(hashes)
    assert families.distances.max() <= NEAR_BITS
    assert len(set(families.pivots.tolist())) > 3


def test_pairs_that_do_not_agree_stay_apart() -> None:
    hashes = np.zeros((4, 32), np.uint8)

    def agrees(first: NDArray[np.int32], second: NDArray[np.int32]) -> NDArray[np.bool_]:
        return np.asarray(first % 2 == second % 2, bool)

    assert find_families(hashes, agrees).pivots.tolist() == [0, 1, 0, 1]
    unknown = np.full(4, -1, np.int32)
    assert update_families(hashes, unknown, agrees).pivots.tolist() == [0, 1, 0, 1]


@pressed_from_another_thread
def test_ctrl_c_ends_the_search_for_near_pairs_before_the_next_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = np.random.default_rng(0).integers(0, 256, (3000, 32), np.uint8)
    verify, chunks = near_hashes._verified, []

    def verified(*arguments: Any) -> near_hashes.NearPairs:
        chunks.append(1)
        if len(chunks) == 1:
            press_ctrl_c()
        time.sleep(0.02)
        return verify(*arguments)

    monkeypatch.setattr(near_hashes, "_verified", verified)
    with pytest.raises(KeyboardInterrupt):
        pairs_within(hashes)
    assert len(chunks) < 16 * 17 / 2  # of all bands and what is near their keys
