"""The small parts of a vector index: finding keys, ordering scores, and the head file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jianwei.errors import IndexCorruptError
from jianwei.indexes.vector_index_header import (
    ProbeStep,
    Section,
    VectorHeader,
    packed_header,
    parse_header,
    vector_place,
)
from jianwei.indexes.vector_index_keys import KeyPlaces
from jianwei.indexes.vector_index_options import lists_for
from jianwei.indexes.vector_index_scores import best

PLACE = vector_place(Path("nowhere"))
HEADER = VectorHeader(
    base_id=bytes(range(16)),
    dims=512,
    count=3,
    sequence=2**63,
    trained_on=3,
    steps=(ProbeStep(1.0, 64, 0.991), ProbeStep(0.1, 100, 0.99)),
    sections={"keys": Section(0, 24, 4_000_000_000)},
)

_DENSE = st.integers(0, 300)
_SPARSE = st.integers(0, 2**63 - 1)


@given(st.lists(_DENSE, unique=True, max_size=40) | st.lists(_SPARSE, unique=True, max_size=40), st.data())
def test_keys_are_found_in_their_rows_dense_or_sparse(keys: list[int], data: st.DataObject) -> None:
    asked = data.draw(st.lists(st.sampled_from([*keys, 5, 2**40]) | st.integers(-(2**63), 2**63 - 1), max_size=20))
    rows = KeyPlaces(np.array(keys, np.int64)).rows_of(np.array(asked, np.int64))
    assert rows.tolist() == [keys.index(key) if key in keys else -1 for key in asked]


_SCORES = arrays(np.float32, (2, 30), elements=st.sampled_from([-np.inf, -0.5, 0, 0.25, 1]))


@given(_SCORES, st.integers(1, 40), st.permutations(range(30)))
def test_best_sorts_by_score_then_key_and_pads(
    scores: np.ndarray[tuple[int, int], np.dtype[np.float32]], k: int, keys: list[int]
) -> None:
    found_scores, found_keys = best(scores, np.array(keys), k)
    for at in range(2):
        there = [(float(score), key) for score, key in zip(scores[at], keys, strict=True) if np.isfinite(score)]
        there.sort(key=lambda pair: (-pair[0], pair[1]))
        expected = (there + [(-np.inf, -1)] * k)[:k]
        assert list(zip(found_scores[at].tolist(), found_keys[at].tolist(), strict=True)) == expected


def test_a_head_reads_back_as_it_was_written() -> None:
    assert parse_header(PLACE, packed_header(HEADER)) == HEADER


@given(st.data())
def test_one_changed_byte_of_a_head_is_noticed(data: st.DataObject) -> None:
    packed = bytearray(packed_header(HEADER))
    at = data.draw(st.integers(0, len(packed) - 1))
    packed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(IndexCorruptError):
        parse_header(PLACE, bytes(packed))


@given(st.binary(max_size=100))
def test_random_bytes_are_no_head(data: bytes) -> None:
    with pytest.raises(IndexCorruptError):
        parse_header(PLACE, data)


@pytest.mark.parametrize(("count", "lists"), [(0, 1), (31, 1), (640, 20), (50_000, 1024), (1_000_000, 4096)])
def test_there_are_about_four_roots_of_lists_and_never_too_few_vectors_in_one(count: int, lists: int) -> None:
    assert lists_for(count) == lists
