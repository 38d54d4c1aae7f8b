"""What every `HashIndex` promises, checked on every adapter against a search by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jianwei.indexes.pictures.hash_index import FaissHashIndex
from jianwei.ports import HashHit, HashIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

ADAPTERS: dict[str, Callable[[Path], HashIndex]] = {"faiss": FaissHashIndex.create}


@pytest.fixture(params=sorted(ADAPTERS))
def make(request: pytest.FixtureRequest) -> Callable[[Path], HashIndex]:
    return ADAPTERS[request.param]


@pytest.fixture
def index(make: Callable[[Path], HashIndex], tmp_path: Path) -> Iterator[HashIndex]:
    made = make(tmp_path / "hashes")
    yield made
    made.close()


def numbers(*values: int) -> NDArray[np.int64]:
    return np.array(values, np.int64)


def hash_with(*bits: int) -> NDArray[np.uint8]:
    """Return the hash of 32 bytes in which exactly these bits are set."""
    unpacked = np.zeros(256, np.uint8)
    unpacked[list(bits)] = 1
    return np.packbits(unpacked)


def put(index: HashIndex, content: dict[int, NDArray[np.uint8]], *, sequence: int = 1) -> None:
    index.apply(numbers(*content), np.array(list(content.values()), np.uint8), deleted=(), sequence=sequence)


def test_a_new_index_is_empty_and_complete_up_to_nothing(index: HashIndex) -> None:
    assert index.sequence == 0
    assert index.search(hash_with()[None], max_distance=256, limit=10) == []


def test_distance_is_the_number_of_differing_bits(index: HashIndex) -> None:
    put(index, {7: hash_with(0, 100, 255)})
    assert index.search(hash_with()[None], max_distance=256, limit=1) == [HashHit(7, 3)]


def test_max_distance_is_inclusive(index: HashIndex) -> None:
    put(index, {1: hash_with(*range(31)), 2: hash_with(*range(32))})
    assert index.search(hash_with()[None], max_distance=31, limit=9) == [HashHit(1, 31)]
    assert index.search(hash_with()[None], max_distance=0, limit=9) == []


def test_the_opposite_hash_is_found_at_256(index: HashIndex) -> None:
    put(index, {1: hash_with(*range(256))})
    assert index.search(hash_with()[None], max_distance=256, limit=9) == [HashHit(1, 256)]
    assert index.search(hash_with()[None], max_distance=255, limit=9) == []


def test_nearest_come_first_and_ties_by_picture_no(index: HashIndex) -> None:
    put(index, {9: hash_with(1), 4: hash_with(2), 6: hash_with(), 5: hash_with(3)})
    found = index.search(hash_with()[None], max_distance=256, limit=3)
    assert found == [HashHit(6, 0), HashHit(4, 1), HashHit(5, 1)]


def test_several_query_hashes_give_each_picture_once_at_its_least_distance(index: HashIndex) -> None:
    put(index, {1: hash_with(0, 1), 2: hash_with(*range(8))})
    queries = np.stack([hash_with(), hash_with(0, 1), hash_with(*range(6))])
    assert index.search(queries, max_distance=60, limit=9) == [HashHit(1, 0), HashHit(2, 2)]
    assert index.search(queries, max_distance=60, limit=1) == [HashHit(1, 0)]


def test_no_query_hash_finds_nothing(index: HashIndex) -> None:
    put(index, {1: hash_with()})
    assert index.search(np.empty((0, 32), np.uint8), max_distance=256, limit=9) == []


def test_limit_zero_finds_nothing(index: HashIndex) -> None:
    put(index, {1: hash_with()})
    assert index.search(hash_with()[None], max_distance=256, limit=0) == []


def test_the_same_picture_again_replaces_its_hash(index: HashIndex) -> None:
    put(index, {1: hash_with(), 2: hash_with(5)})
    put(index, {1: hash_with(*range(99))}, sequence=2)
    assert index.search(hash_with()[None], max_distance=10, limit=9) == [HashHit(2, 1)]
    assert index.search(hash_with(*range(99))[None], max_distance=0, limit=9) == [HashHit(1, 0)]


def test_the_last_of_equal_numbers_in_one_batch_counts(index: HashIndex) -> None:
    index.apply(numbers(3, 3), np.stack([hash_with(), hash_with(8)]), deleted=(), sequence=1)
    assert index.search(hash_with()[None], max_distance=256, limit=9) == [HashHit(3, 1)]


def test_deleted_pictures_are_gone_and_unknown_ones_no_error(index: HashIndex) -> None:
    put(index, {1: hash_with(), 2: hash_with()})
    index.apply(numbers(), np.empty((0, 32), np.uint8), deleted=(1, 77), sequence=2)
    assert index.search(hash_with()[None], max_distance=256, limit=9) == [HashHit(2, 0)]


def test_a_picture_deleted_and_inserted_in_one_batch_stays(index: HashIndex) -> None:
    put(index, {1: hash_with()})
    index.apply(numbers(1), hash_with(4)[None], deleted=(1,), sequence=2)
    assert index.search(hash_with()[None], max_distance=256, limit=9) == [HashHit(1, 1)]


def test_the_sequence_advances_with_and_without_changes(index: HashIndex) -> None:
    put(index, {1: hash_with()}, sequence=5)
    assert index.sequence == 5
    index.apply(numbers(), np.empty((0, 32), np.uint8), deleted=(), sequence=8)
    assert index.sequence == 8


def test_picture_numbers_may_be_large(index: HashIndex) -> None:
    put(index, {2**62: hash_with()})
    assert index.search(hash_with()[None], max_distance=0, limit=1) == [HashHit(2**62, 0)]


def test_closing_twice_does_nothing(index: HashIndex) -> None:
    index.close()
    index.close()


# Few distinct bytes, so that ties, equal hashes and near neighbours are common.
_HASHES = arrays(np.uint8, (32,), elements=st.sampled_from([0, 1, 255]), fill=st.nothing())
_BATCHES = st.lists(
    st.tuples(st.lists(st.tuples(st.integers(0, 12), _HASHES), max_size=6), st.lists(st.integers(0, 12), max_size=3)),
    max_size=6,
)


@settings(deadline=None, max_examples=60)
@given(_BATCHES, st.lists(_HASHES, min_size=1, max_size=3), st.integers(0, 256), st.integers(1, 15))
def test_search_equals_a_search_by_hand_after_any_changes(
    tmp_path_factory: pytest.TempPathFactory,
    batches: list[tuple[list[tuple[int, NDArray[np.uint8]]], list[int]]],
    queries: list[NDArray[np.uint8]],
    max_distance: int,
    limit: int,
) -> None:
    for name, make_index in ADAPTERS.items():
        index = make_index(tmp_path_factory.mktemp(name))
        content: dict[int, NDArray[np.uint8]] = {}
        for sequence, (puts, deleted) in enumerate(batches, start=1):
            hashes = np.array([row for _, row in puts], np.uint8).reshape(-1, 32)
            index.apply(numbers(*(number for number, _ in puts)), hashes, deleted=deleted, sequence=sequence)
            content = {number: row for number, row in content.items() if number not in deleted} | dict(puts)
        near = sorted(
            (min(int(np.unpackbits(row ^ query).sum()) for query in queries), number) for number, row in content.items()
        )
        expected = [HashHit(number, distance) for distance, number in near if distance <= max_distance][:limit]
        assert index.search(np.stack(queries), max_distance=max_distance, limit=limit) == expected
        assert index.sequence == len(batches)
        index.close()


def test_hashes_of_pictures_are_given_where_there_are_any(index: HashIndex) -> None:
    put(index, {2: hash_with(1), 7: hash_with(2), 9: hash_with(3)})
    found, rows = index.hashes_of(numbers(1, 2, 9, 10))
    assert found.tolist() == [2, 9]
    assert (rows == np.stack([hash_with(1), hash_with(3)])).all()
    assert index.hashes_of(numbers())[1].shape == (0, 32)
    index.apply(numbers(2, 7), np.full((2, 32), 9, np.uint8), deleted=(1,), sequence=50)
    found, rows = index.hashes_of(numbers(1, 2, 7))
    assert (found.tolist(), rows[:, 0].tolist()) == ([2, 7], [9, 9])


@pytest.mark.parametrize("is_lent", [True, False])
def test_only_allowed_pictures_are_found_and_count(index: HashIndex, *, is_lent: bool) -> None:
    put(index, {number: hash_with(*range(number)) for number in range(1, 9)})
    allowed = numbers(0, 3, 6, 7, 99)
    allowed.flags.writeable = not is_lent  # lent keys are known again
    asked = hash_with()[None].repeat(2, axis=0)
    for _ in range(2):
        found = index.search(asked, max_distance=256, limit=2, allowed=allowed)
        assert found == [HashHit(3, 3), HashHit(6, 6)]
    put(index, {6: hash_with(*range(100)), 99: hash_with(1)}, sequence=2)
    assert index.search(asked, max_distance=50, limit=9, allowed=allowed) == [
        HashHit(99, 1),
        HashHit(3, 3),
        HashHit(7, 7),
    ]
    assert index.search(asked, max_distance=256, limit=9, allowed=numbers()) == []
