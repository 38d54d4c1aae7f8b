"""Batches in the log: they read back as written, and no bytes at all make the parser fail."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jianwei.indexes.hash_index_files import batch_bytes, packed_batch, parse_batches
from jianwei.indexes.hash_index_table import HashChanges

_NUMBERS = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=4)


@st.composite
def batches(draw: st.DrawFn) -> HashChanges:
    numbers = draw(_NUMBERS)
    hashes = draw(st.binary(min_size=32 * len(numbers), max_size=32 * len(numbers)))
    return HashChanges(
        np.array(numbers, np.int64),
        np.frombuffer(hashes, np.uint8).reshape(-1, 32),
        np.array(draw(_NUMBERS), np.int64),
        draw(st.integers(0, 2**64 - 1)),
    )


def same(left: HashChanges, right: HashChanges) -> bool:
    return left.sequence == right.sequence and all(
        np.array_equal(getattr(left, name), getattr(right, name)) for name in ("picture_nos", "hashes", "deleted")
    )


@given(st.lists(batches(), max_size=4))
def test_batches_read_back_as_they_were_written(written: list[HashChanges]) -> None:
    data = b"".join(map(packed_batch, written))
    read, used_bytes = parse_batches(data)
    assert used_bytes == len(data) == sum(batch_bytes(len(b.picture_nos), len(b.deleted)) for b in written)
    assert len(read) == len(written)
    assert all(map(same, read, written))


@given(st.lists(batches(), min_size=1, max_size=3), st.data())
def test_a_log_cut_anywhere_keeps_its_whole_batches(written: list[HashChanges], data: st.DataObject) -> None:
    packed = [packed_batch(batch) for batch in written]
    cut = data.draw(st.integers(0, len(b"".join(packed)) - 1))
    read, used_bytes = parse_batches(b"".join(packed)[:cut])
    whole = sum(1 for end in np.cumsum([len(part) for part in packed]) if end <= cut)
    assert len(read) == whole
    assert used_bytes == sum(len(part) for part in packed[:whole])


@given(batches(), st.data())
def test_one_flipped_bit_drops_the_batch(written: HashChanges, data: st.DataObject) -> None:
    packed = bytearray(packed_batch(written))
    bit = data.draw(st.integers(0, len(packed) * 8 - 1))
    packed[bit // 8] ^= 1 << bit % 8
    assert parse_batches(bytes(packed)) == ([], 0)


@given(st.binary(max_size=200))
def test_random_bytes_are_no_batches_but_no_error_either(data: bytes) -> None:
    read, used_bytes = parse_batches(data)
    assert used_bytes <= len(data)
    assert bool(read) == bool(used_bytes)
