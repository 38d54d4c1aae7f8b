"""Codes of what filters let pass: when they are copied, what is kept of them, and what is found among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.indexes import vector_index_compact
from jianwei.indexes.vector_index_compact import CompactCodes, CompactedMasks
from jianwei.indexes.vector_index_mask import RowMask

if TYPE_CHECKING:
    import pytest
    from numpy.typing import NDArray

AXES = 16
RANGES = np.concatenate([np.full(AXES, -1.0), np.full(AXES, 2.0)]).astype(np.float32)


def random_codes(count: int) -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (count, AXES), np.uint8)


def copied(mask: RowMask) -> CompactCodes:
    return CompactCodes(np.flatnonzero(mask.rows), random_codes(mask.passing), RANGES)


def mask_of(passing: int) -> RowMask:
    return RowMask(np.arange(1000) < passing)


def test_the_best_codes_are_found_and_named_by_their_rows() -> None:
    rows, codes = np.arange(50) * 3, random_codes(50)
    query = np.random.default_rng(2).standard_normal((1, AXES)).astype(np.float32)
    values = RANGES[:AXES] + (codes + 0.5) / 255 * RANGES[AXES:]
    best = rows[np.argsort(-(values @ query[0]))]
    assert CompactCodes(rows, codes, RANGES).best(query, 53)[0].tolist() == [*best.tolist(), -1, -1, -1]


def test_codes_are_copied_once_as_much_has_been_looked_at() -> None:
    masks, mask = CompactedMasks(AXES), mask_of(100)
    found = [masks.of(mask, 0.5, copied) for _ in range(4)]
    assert found[:2] == [None, None]
    assert found[2] is not None
    assert found[3] is found[2]


def test_a_search_in_few_lists_needs_no_copy() -> None:
    masks, mask = CompactedMasks(AXES), mask_of(100)
    assert [masks.of(mask, 0.05, copied) for _ in range(50)] == [None] * 50


def test_only_what_fits_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_index_compact, "MOST_BYTES", 250 * AXES)
    masks, first, second, third = CompactedMasks(AXES), mask_of(100), mask_of(101), mask_of(102)
    for mask in (first, second):
        masks.of(mask, 1.0, copied)
        assert masks.of(mask, 1.0, copied) is not None
    assert masks.of(first, 1.0, copied) is not None
    assert masks.of(third, 1.0, copied) is None  # takes the room of the second, which was asked longer ago
    assert masks.of(first, 1.0, copied) is not None
    assert masks.of(second, 1.0, copied) is None
    assert [masks.of(mask_of(251), 1.0, copied) for _ in range(3)] == [None] * 3
