"""Batches in the log: they read back as written, and no bytes at all make the parser fail."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jianwei.indexes.change_log import ChangeLog
from jianwei.indexes.index_place import IndexPlace
from jianwei.indexes.row_table import RowChanges, Value

LOG = ChangeLog(IndexPlace(Path("nowhere"), "index", "索引"), "rows.log", b"JWTESTLG", np.uint8, 32)

_NUMBERS = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=4)


@st.composite
def batches(draw: st.DrawFn) -> RowChanges[np.uint8]:
    numbers = draw(_NUMBERS)
    hashes = draw(st.binary(min_size=32 * len(numbers), max_size=32 * len(numbers)))
    return RowChanges(
        np.array(numbers, np.int64),
        np.frombuffer(hashes, np.uint8).reshape(-1, 32),
        np.array(draw(_NUMBERS), np.int64),
        draw(st.integers(0, 2**64 - 1)),
    )


def same(left: RowChanges[Value], right: RowChanges[Value]) -> bool:
    return left.sequence == right.sequence and all(
        np.array_equal(getattr(left, name), getattr(right, name)) for name in ("numbers", "rows", "deleted")
    )


@given(st.lists(batches(), max_size=4))
def test_batches_read_back_as_they_were_written(written: list[RowChanges[np.uint8]]) -> None:
    data = b"".join(map(LOG.packed, written))
    read, used_bytes = LOG.parse(data)
    assert used_bytes == len(data) == sum(LOG.batch_bytes(len(b.numbers), len(b.deleted)) for b in written)
    assert len(read) == len(written)
    assert all(map(same, read, written))


@given(st.lists(batches(), min_size=1, max_size=3), st.data())
def test_a_log_cut_anywhere_keeps_its_whole_batches(written: list[RowChanges[np.uint8]], data: st.DataObject) -> None:
    packed = [LOG.packed(batch) for batch in written]
    cut = data.draw(st.integers(0, len(b"".join(packed)) - 1))
    read, used_bytes = LOG.parse(b"".join(packed)[:cut])
    whole = sum(1 for end in np.cumsum([len(part) for part in packed]) if end <= cut)
    assert len(read) == whole
    assert used_bytes == sum(len(part) for part in packed[:whole])


@given(batches(), st.data())
def test_one_flipped_bit_drops_the_batch(written: RowChanges[np.uint8], data: st.DataObject) -> None:
    packed = bytearray(LOG.packed(written))
    bit = data.draw(st.integers(0, len(packed) * 8 - 1))
    packed[bit // 8] ^= 1 << bit % 8
    assert LOG.parse(bytes(packed)) == ([], 0)


@given(st.binary(max_size=200))
def test_random_bytes_are_no_batches_but_no_error_either(data: bytes) -> None:
    read, used_bytes = LOG.parse(data)
    assert used_bytes <= len(data)
    assert bool(read) == bool(used_bytes)


def test_vectors_read_back_as_they_were_written() -> None:
    log = ChangeLog(LOG.place, "vectors.log", b"JWTESTLG", np.float16, 3)
    rows = np.array([[1, -0.5, 0.25], [0, 65504, 6e-8]], np.float16)
    written = RowChanges(np.array([4, 2], np.int64), rows, np.array([9], np.int64), 7)
    packed = log.packed(written)
    (read,), used_bytes = log.parse(packed)
    assert used_bytes == len(packed) == log.batch_bytes(2, 1)
    assert same(read, written)
    assert read.rows.dtype == np.float16
