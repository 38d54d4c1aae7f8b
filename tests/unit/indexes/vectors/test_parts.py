"""The small parts of a vector index: finding keys, ordering scores, and the head file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jianwei.errors import IndexCorruptError
from jianwei.indexes.lent_keys import LentKeys
from jianwei.indexes.vectors import training as vector_training
from jianwei.indexes.vectors.header import (
    ProbeStep,
    Section,
    VectorHeader,
    packed_header,
    parse_header,
    vector_place,
)
from jianwei.indexes.vectors.keys import KeyPlaces
from jianwei.indexes.vectors.options import lists_for
from jianwei.indexes.vectors.scores import as_float32, best
from jianwei.indexes.vectors.training import nearest_lists, principal_axes, projected, train

if TYPE_CHECKING:
    from numpy.typing import NDArray

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


def test_every_finite_float16_becomes_the_same_number_in_float32() -> None:
    every = np.arange(1 << 16).astype(np.uint16).view(np.float16)
    rows = every[np.isfinite(every)].reshape(-1, 2)
    floats = as_float32(rows)
    assert floats.dtype == np.float32
    assert np.array_equal(floats.view(np.int32), rows.astype(np.float32).view(np.int32))  # -0 stays -0


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


def _falling(count: int, dims: int, decay: float, seed: int) -> NDArray[np.float32]:
    """Return unit rows whose variance falls over turned axes, around a mean that is not zero."""
    random = np.random.default_rng(seed)
    turned, _ = np.linalg.qr(random.standard_normal((dims, dims)))
    rows = (random.standard_normal((count, dims)) * np.arange(1, dims + 1) ** -decay + 0.3) @ turned
    unit: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


@pytest.mark.parametrize("decay", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("kept", [0.9, 0.99])
def test_axes_are_orthogonal_and_leave_out_no_more_variance_than_they_may(decay: float, kept: float) -> None:
    rows = _falling(800, 96, decay, seed=3)
    axes = principal_axes(rows, kept)
    assert axes.shape[0] % 16 == 0
    np.testing.assert_allclose(axes @ axes.T, np.eye(len(axes)), atol=1e-5)
    left_out = (rows.astype(np.float64) ** 2).sum() - (projected(rows, axes).astype(np.float64) ** 2).sum()
    variance = ((rows - rows.mean(axis=0)) ** 2).sum()
    assert left_out <= (1.0 - kept) * variance + 1e-3
    if decay >= 1.0:
        assert len(axes) < 96
    else:
        assert len(axes) >= 64


def test_nothing_is_left_out_of_vectors_that_use_few_directions() -> None:
    random = np.random.default_rng(0)
    rows = (random.standard_normal((300, 5)) @ random.standard_normal((5, 64))).astype(np.float32)
    axes = principal_axes(rows, 0.99)
    assert axes.shape == (16, 64)
    along = projected(rows, axes)
    np.testing.assert_allclose(along @ along.T, rows @ rows.T, atol=1e-2)
    np.testing.assert_allclose(projected(rows[:1], axes)[0], along[0], atol=1e-4)


def test_equal_vectors_have_axes_too() -> None:
    axes = principal_axes(np.tile(np.eye(1, 40, dtype=np.float32), (50, 1)), 0.99)
    assert axes.shape[1] == 40
    np.testing.assert_allclose(np.abs(axes[0]), np.eye(1, 40)[0], atol=1e-6)


def test_many_centres_are_looked_for_in_groups_and_nearly_always_found(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    middles = random.standard_normal((64, 16)).astype(np.float32)
    rows = middles[random.integers(0, 64, 6000)] + 0.4 * random.standard_normal((6000, 16)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    monkeypatch.setattr(vector_training, "_GROUPED_FROM", 256)
    training = train(rows, 256)
    again = train(rows, 256)
    assert np.array_equal(training.centroids, again.centroids)
    assert np.allclose(np.linalg.norm(training.centroids, axis=1), 1.0, atol=1e-5)
    along = projected(rows, training.projection)
    grouped = nearest_lists([along[:1000], along[1000:]], training.centroids)
    monkeypatch.setattr(vector_training, "_GROUPED_FROM", 1 << 30)
    exact = nearest_lists([along], training.centroids)
    assert (grouped == exact).mean() > 0.95
    chosen, best = (np.einsum("na,na->n", along, training.centroids[lists]) for lists in (grouped, exact))
    assert (best - chosen).max() < 0.2
    assert (best - chosen).mean() < 0.002


def test_what_is_made_of_keys_is_kept_while_nobody_may_write_into_them() -> None:
    lent: LentKeys[int] = LentKeys()
    keys, others = np.array([3, 5]), np.array([3, 5])
    assert lent.made_of(keys, len) == 2
    keys[0] = 4
    assert lent.made_of(keys, lambda found: int(found[0])) == 4, "they were written into"
    keys.flags.writeable = False
    assert lent.made_of(keys, lambda found: int(found[0])) == 4
    assert lent.made_of(keys, len) == 4, "kept"
    assert lent.made_of(others, len) == 2, "equal keys are not the same keys"


def test_what_was_made_of_old_keys_is_forgotten() -> None:
    lent: LentKeys[int] = LentKeys()
    filters = [np.array([number]) for number in range(20)]
    for keys in filters:
        keys.flags.writeable = False
        lent.made_of(keys, lambda found: int(found[0]))
    assert [lent.made_of(keys, len) for keys in (filters[-1], filters[0])] == [19, 1]
