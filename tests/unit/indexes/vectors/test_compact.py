"""Lists of what filters let pass: when they are copied, what is kept of them, and what stands in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import faiss
import numpy as np

from jianwei.indexes.vectors import compact
from jianwei.indexes.vectors.compact import CompactedMasks, lists_in_memory
from jianwei.indexes.vectors.mask import RowMask

if TYPE_CHECKING:
    import pytest

AXES = 16


def copied(mask: RowMask) -> object:
    return [mask]


def mask_of(passing: int) -> RowMask:
    return RowMask(np.arange(1000) < passing)


def test_lists_hold_the_rows_and_codes_that_are_given() -> None:
    rows, counts = np.array([3, 4, 9, 20, 21]), np.array([0, 2, 0, 3, 0])
    codes = np.random.default_rng(1).integers(0, 256, (5, AXES), np.uint8)
    lists = lists_in_memory(rows, codes, counts)
    assert [lists.list_size(number) for number in range(5)] == counts.tolist()
    for number, first, end in ((1, 0, 2), (3, 2, 5)):
        assert faiss.rev_swig_ptr(lists.get_ids(number), end - first).tolist() == rows[first:end].tolist()
        held = faiss.rev_swig_ptr(lists.get_codes(number), (end - first) * AXES)
        assert np.array_equal(held.reshape(-1, AXES), codes[first:end])


def test_lists_are_copied_once_as_much_has_been_looked_at() -> None:
    masks, mask = CompactedMasks(AXES), mask_of(100)
    found = [masks.of(mask, 0.5, copied) for _ in range(4)]
    assert found[:2] == [None, None]
    assert found[2] == [mask]
    assert found[3] is found[2]


def test_another_mask_with_the_same_rows_is_another_filter() -> None:
    masks = CompactedMasks(AXES)
    assert [masks.of(mask_of(100), 1.0, copied) for _ in range(4)] == [None] * 4


def test_only_what_fits_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compact, "MOST_BYTES", 250 * AXES)
    masks, first, second, third = CompactedMasks(AXES), mask_of(100), mask_of(101), mask_of(102)
    for mask in (first, second):
        masks.of(mask, 1.0, copied)
        assert masks.of(mask, 1.0, copied) is not None
    assert masks.of(first, 1.0, copied) is not None
    assert masks.of(third, 1.0, copied) is None  # takes the room of the second, which was asked longer ago
    assert masks.of(first, 1.0, copied) is not None
    assert masks.of(second, 1.0, copied) is None
    large = mask_of(251)
    assert [masks.of(large, 1.0, copied) for _ in range(3)] == [None] * 3
