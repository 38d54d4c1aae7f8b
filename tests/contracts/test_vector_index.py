"""What every `VectorIndex` promises, checked on every adapter against a search by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.milvus_place import drop_everything, new_states

from jianwei.errors import VectorError
from jianwei.indexes.milvus.choices import MilvusVectorOptions
from jianwei.indexes.milvus.vector_index import MilvusVectorIndex
from jianwei.indexes.vectors.options import VectorIndexOptions
from jianwei.indexes.vectors.vector_index import FaissVectorIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from jianwei.indexes.milvus.server import MilvusServer
    from jianwei.indexes.milvus.states import MilvusStates
    from jianwei.ports import VectorIndex

DIMS = 4

# `lists` puts as little as 8 vectors into lists, all of which are looked into: as exact as the others.
ADAPTERS: dict[str, Callable[[Path], VectorIndex]] = {
    "flat": lambda folder: FaissVectorIndex.create(folder, dims=DIMS),
    "lists": lambda folder: FaissVectorIndex.create(
        folder, dims=DIMS, options=VectorIndexOptions(flat_below=8, recall_target=1.0)
    ),
}

# Float16 keeps 11 bits: 2^-12 of a coordinate, summed over the dimensions.
TOLERANCE = 1e-3


MILVUS = ("milvus", "milvus parts")
"""`parts` sends everything in pieces of a few rows and keys."""

PARTS = MilvusVectorOptions(ids_at_once=3, rows_at_once=5, rows_kept=7)


def milvus_index(states: MilvusStates, name: str) -> MilvusVectorIndex:
    options = PARTS if name == "milvus parts" else None
    made = MilvusVectorIndex.create(states, "vectors", dims=DIMS, options=options)
    made.publish()
    return made


@pytest.fixture(params=[*sorted(ADAPTERS), *MILVUS])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorIndex]:
    name: str = request.param
    if name in ADAPTERS:
        made = ADAPTERS[name](tmp_path / "vectors")
        yield made
        made.close()
        return
    states = new_states(request.getfixturevalue("milvus"))
    in_milvus = milvus_index(states, name)
    yield in_milvus
    in_milvus.close()
    drop_everything(states)


def numbers(*values: int) -> NDArray[np.int64]:
    return np.array(values, np.int64)


def unit(*values: float) -> NDArray[np.float32]:
    """Return one row of length 1 in this direction, missing coordinates 0."""
    row = np.zeros((1, DIMS), np.float32)
    row[0, : len(values)] = values
    row /= np.linalg.norm(row)
    return row


def put(index: VectorIndex, content: dict[int, NDArray[np.float32]], *, sequence: int = 1) -> None:
    rows = np.concatenate([np.empty((0, DIMS), np.float32), *content.values()])
    index.apply(numbers(*content), rows, deleted=(), sequence=sequence)


def remove(index: VectorIndex, *keys: int, sequence: int) -> None:
    index.apply(numbers(), np.empty((0, DIMS), np.float32), deleted=keys, sequence=sequence)


def keys_of(index: VectorIndex, query: NDArray[np.float32], k: int, allowed: Sequence[int] | None = None) -> list[int]:
    only = None if allowed is None else numbers(*allowed)
    found: list[int] = index.search(query, k=k, allowed=only).keys[0].tolist()
    return found


def test_a_new_index_is_empty_and_complete_up_to_nothing(index: VectorIndex) -> None:
    assert index.sequence == 0
    hits = index.search(unit(1), k=2)
    assert hits.keys.tolist() == [[-1, -1]]
    assert np.isneginf(hits.scores).all()


def test_scores_are_inner_products_best_first(index: VectorIndex) -> None:
    put(index, {1: unit(1, 1), 2: unit(1), 3: unit(0, 1), 4: unit(-1)})
    hits = index.search(unit(1), k=4)
    assert hits.keys.tolist() == [[2, 1, 3, 4]]
    np.testing.assert_allclose(hits.scores, [[1, np.sqrt(0.5), 0, -1]], atol=TOLERANCE)
    assert hits.keys.dtype == np.int64
    assert hits.scores.dtype == np.float32


def test_what_is_missing_is_padded(index: VectorIndex) -> None:
    put(index, {5: unit(1)})
    hits = index.search(np.concatenate([unit(1), unit(0, 1)]), k=3)
    assert hits.keys.tolist() == [[5, -1, -1], [5, -1, -1]]
    assert np.isneginf(hits.scores[:, 1:]).all()


def test_ties_go_to_the_smaller_key(index: VectorIndex) -> None:
    put(index, {9: unit(1), 4: unit(1), 6: unit(1)})
    assert keys_of(index, unit(1), 3) == [4, 6, 9]


def test_no_query_and_k_zero_find_nothing(index: VectorIndex) -> None:
    put(index, {1: unit(1)})
    assert index.search(np.empty((0, DIMS), np.float32), k=3).keys.shape == (0, 3)
    assert index.search(unit(1), k=0).scores.shape == (1, 0)


def test_the_same_key_again_replaces_its_vector(index: VectorIndex) -> None:
    put(index, {1: unit(1), 2: unit(0, 1)})
    put(index, {1: unit(0, 0, 1)}, sequence=2)
    assert keys_of(index, unit(1, 0.1), 1) == [2]
    assert keys_of(index, unit(0, 0, 1), 2) == [1, 2]


def test_the_last_of_equal_keys_in_one_batch_counts(index: VectorIndex) -> None:
    index.apply(numbers(3, 3), np.concatenate([unit(1), unit(0, 1)]), deleted=(), sequence=1)
    np.testing.assert_allclose(index.search(unit(1), k=2).scores, [[0, -np.inf]], atol=TOLERANCE)


def test_deleted_keys_are_gone_and_unknown_ones_no_error(index: VectorIndex) -> None:
    put(index, {1: unit(1), 2: unit(1)})
    remove(index, 1, 77, sequence=2)
    assert keys_of(index, unit(1), 2) == [2, -1]


def test_a_key_deleted_and_inserted_in_one_batch_stays(index: VectorIndex) -> None:
    put(index, {1: unit(1)})
    index.apply(numbers(1), unit(0, 1), deleted=(1,), sequence=2)
    assert keys_of(index, unit(0, 1), 2) == [1, -1]


def test_allowed_restricts_the_search_and_not_its_result(index: VectorIndex) -> None:
    put(index, {key: unit(1, key / 100) for key in range(50)})
    assert keys_of(index, unit(1), 2, allowed=[49, 47, 48, 1000]) == [47, 48]


@pytest.mark.parametrize("k", [3, 25])
def test_many_scattered_keys_may_be_allowed(index: VectorIndex, k: int) -> None:
    put(index, {key: unit(1, key / 8) for key in range(40)})
    allowed = [key for key in range(60) if key % 3]
    expected = [key for key in allowed if key < 40][:k]
    assert keys_of(index, unit(1), k, allowed=allowed) == expected
    rest = keys_of(index, unit(-1), k, allowed=allowed)  # those that are far from all others
    assert rest == [key for key in reversed(allowed) if key < 40][:k]


def test_allowed_keys_may_repeat_and_be_unknown(index: VectorIndex) -> None:
    put(index, {1: unit(1), 2: unit(0, 1)})
    assert keys_of(index, unit(1), 3, allowed=[2, 2, 2**60, -5]) == [2, -1, -1]


def test_nothing_allowed_finds_nothing(index: VectorIndex) -> None:
    put(index, {1: unit(1)})
    assert keys_of(index, unit(1), 1, allowed=[]) == [-1]


def test_score_gives_each_query_each_key_and_minus_infinity_where_it_is_absent(index: VectorIndex) -> None:
    put(index, {key: unit(1, key) for key in range(20)})
    remove(index, 3, sequence=2)
    scores = index.score(np.concatenate([unit(1), unit(0, 1)]), numbers(4, 3, 4, 99, 0))
    away = -np.inf
    expected = [[17**-0.5, away, 17**-0.5, away, 1], [4 * 17**-0.5, away, 4 * 17**-0.5, away, 0]]
    np.testing.assert_allclose(scores, expected, atol=TOLERANCE)
    assert scores.dtype == np.float32


def test_score_equals_what_search_says(index: VectorIndex) -> None:
    put(index, {key: unit(1, key, -key) for key in range(30)})
    hits = index.search(unit(1, 2, 3, 4), k=30)
    np.testing.assert_allclose(index.score(unit(1, 2, 3, 4), hits.keys[0]), hits.scores, atol=1e-6)


def test_score_of_no_keys_is_empty(index: VectorIndex) -> None:
    assert index.score(unit(1), numbers()).shape == (1, 0)


def test_the_sequence_advances_with_and_without_changes(index: VectorIndex) -> None:
    put(index, {1: unit(1)}, sequence=5)
    assert index.sequence == 5
    remove(index, sequence=8)
    assert index.sequence == 8


def test_keys_may_be_large(index: VectorIndex) -> None:
    put(index, {2**62: unit(1), 0: unit(0, 1)})
    assert keys_of(index, unit(1), 2) == [2**62, 0]


def test_closing_twice_does_nothing(index: VectorIndex) -> None:
    index.close()
    index.close()


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (np.full((1, DIMS), np.nan), "NaN"),
        (np.array([[np.inf, 0, 0, 0]]), "inf"),
        (np.zeros((1, DIMS)), "length 0"),
        (unit(1) * 1.002, "1 ± 0.001"),
        (unit(1) * 0.5, "length 0.5"),
        (np.ones((1, DIMS + 1)), "rows of 4 numbers"),
        (np.ones(DIMS), "rows of 4 numbers"),
        (np.concatenate([unit(1), unit(1)]), "2 vectors came for 1 keys"),
    ],
    ids=["nan", "infinite", "zero", "long", "short", "wide", "flat", "two"],
)
def test_a_vector_that_cannot_be_used_is_refused_and_changes_nothing(
    index: VectorIndex, row: NDArray[np.float32], what: str
) -> None:
    put(index, {1: unit(1)})
    with pytest.raises(VectorError, match=what) as refused:
        index.apply(numbers(2), row, deleted=(1,), sequence=2)
    assert refused.value.message_zh
    assert (index.sequence, keys_of(index, unit(1), 2)) == (1, [1, -1])


def test_rounding_to_float16_is_no_reason_to_refuse(index: VectorIndex) -> None:
    row = unit(0.1, 0.7, 0.3, 0.6).astype(np.float16).astype(np.float32)
    put(index, {1: row})
    assert keys_of(index, row, 1) == [1]


def test_a_negative_key_is_refused(index: VectorIndex) -> None:
    with pytest.raises(VectorError, match="-1"):
        put(index, {-1: unit(1)})


@pytest.mark.parametrize("query", [np.full((1, DIMS), np.nan), np.ones((1, DIMS - 1)), np.ones(DIMS)])
def test_a_query_that_cannot_be_used_is_refused(index: VectorIndex, query: NDArray[np.float32]) -> None:
    put(index, {1: unit(1)})
    with pytest.raises(VectorError):
        index.search(query, k=1)
    with pytest.raises(VectorError):
        index.score(query, numbers(1))


# Few distinct coordinates, so that ties, equal vectors and opposite ones are common.
_VECTORS = (
    st.lists(st.sampled_from([-1, 0, 1, 3]), min_size=DIMS, max_size=DIMS).filter(any).map(lambda row: unit(*row)[0])
)
_KEYS = st.integers(0, 40)
_BATCHES = st.lists(
    st.tuples(st.lists(st.tuples(_KEYS, _VECTORS), max_size=25), st.lists(_KEYS, max_size=5)), max_size=4
)
Batches = list[tuple[list[tuple[int, NDArray[np.float32]]], list[int]]]


@settings(deadline=None, max_examples=60)
@given(_BATCHES, st.lists(_VECTORS, min_size=1, max_size=3), st.integers(1, 50), st.none() | st.sets(_KEYS))
def test_search_equals_a_search_by_hand_after_any_changes(
    tmp_path_factory: pytest.TempPathFactory,
    batches: Batches,
    queries: list[NDArray[np.float32]],
    k: int,
    allowed: set[int] | None,
) -> None:
    for name, make_index in ADAPTERS.items():
        made = make_index(tmp_path_factory.mktemp(name))
        check_against_a_search_by_hand(made, batches, np.stack(queries), k, allowed)
        made.close()


@settings(deadline=None, max_examples=6)  # each makes two collections, tenths of a second in Milvus Lite
@given(_BATCHES, st.lists(_VECTORS, min_size=1, max_size=3), st.integers(1, 50), st.none() | st.sets(_KEYS))
def test_search_in_milvus_equals_a_search_by_hand_after_any_changes(
    milvus: MilvusServer,
    batches: Batches,
    queries: list[NDArray[np.float32]],
    k: int,
    allowed: set[int] | None,
) -> None:
    for name in MILVUS:
        states = new_states(milvus)
        check_against_a_search_by_hand(milvus_index(states, name), batches, np.stack(queries), k, allowed)
        drop_everything(states)


def check_against_a_search_by_hand(
    index: VectorIndex, batches: Batches, questions: NDArray[np.float32], k: int, allowed: set[int] | None
) -> None:
    only = None if allowed is None else numbers(*allowed)
    content: dict[int, NDArray[np.float32]] = {}
    for sequence, (puts, deleted) in enumerate(batches, start=1):
        rows = np.array([row for _, row in puts], np.float32).reshape(-1, DIMS)
        index.apply(numbers(*(key for key, _ in puts)), rows, deleted=deleted, sequence=sequence)
        content = {key: row for key, row in content.items() if key not in deleted} | dict(puts)
    hits = index.search(questions, k=k, allowed=only)
    possible = sorted(key for key in content if allowed is None or key in allowed)
    by_hand = {key: questions @ content[key] for key in possible}
    for at, (keys, scores) in enumerate(zip(hits.keys.tolist(), hits.scores, strict=True)):
        count = min(k, len(possible))
        assert keys[count:] == [-1] * (k - count)
        assert np.isneginf(scores[count:]).all()
        assert len(set(keys[:count])) == count
        # Which of equals make it into the last places is free, so scores are compared, and keys by their scores.
        best = sorted((float(by_hand[key][at]) for key in possible), reverse=True)[:count]
        np.testing.assert_allclose(scores[:count], best, atol=TOLERANCE)
        np.testing.assert_allclose(scores[:count], [by_hand[key][at] for key in keys[:count]], atol=TOLERANCE)
        assert all(
            (-left, a) < (-right, b)
            for left, right, a, b in zip(scores[:count], scores[1:count], keys, keys[1:], strict=False)
        )
    everything = index.score(questions, np.arange(41))
    assert np.array_equal(np.isfinite(everything[0]), np.isin(np.arange(41), list(content)))
    assert index.sequence == len(batches)
