"""Distances of hashes are the numbers of bits that differ."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jianwei.search.hash_distances import nearest_distances

_HASHES = st.binary(min_size=32, max_size=32)


@given(st.lists(_HASHES, max_size=6), st.lists(_HASHES, min_size=1, max_size=8))
def test_the_nearest_of_the_hashes_counts(hashes: list[bytes], asked: list[bytes]) -> None:
    def rows(texts: list[bytes]) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
        return np.frombuffer(b"".join(texts), np.uint8).reshape(-1, 32)

    wanted = [min((int.from_bytes(one) ^ int.from_bytes(other)).bit_count() for other in asked) for one in hashes]
    assert nearest_distances(rows(hashes), rows(asked)).tolist() == wanted


def test_hashes_may_differ_in_all_bits() -> None:
    assert nearest_distances(np.zeros((1, 32), np.uint8), np.full((1, 32), 255, np.uint8)).tolist() == [256]
