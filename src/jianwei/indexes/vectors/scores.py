"""Arithmetic on small sets of vectors: inner products one by one, and the best of them in order.

One place for it, so that a score means the same whether a search found the vector or fusion asked for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Rows turned into float32 at once: 16 MB at 512 dimensions.
_BLOCK_ROWS = 8192


_FEW_QUERIES = 4
"""Those of one question; examples to tune with come by hundreds."""


# Float32 has the bits of float16 13 places further left, and counts its exponent from 112 higher.
_SHIFT = 13
_SIGN_AND_VALUE = np.int32(-0x70002000)  # 0x8FFFE000: shifting has repeated the sign where it does not belong
_EXPONENTS_APART = np.float32(2.0**112)


def as_float32(rows: NDArray[np.float16] | NDArray[np.float32]) -> NDArray[np.float32]:
    """Return contiguous finite float16 rows as float32, the very same numbers; float32 rows as they are.

    What numpy does for each number by itself is done here with whole registers of bits, in a sixth of the time.
    """
    if rows.dtype == np.float32:
        return rows.astype(np.float32, copy=False)
    bits = rows.view(np.int16).astype(np.int32)
    bits <<= _SHIFT
    bits &= _SIGN_AND_VALUE
    floats = bits.view(np.float32)
    floats *= _EXPONENTS_APART
    return floats


def inner_products(
    queries: NDArray[np.float32], rows: NDArray[np.float16] | NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the (q, n) inner products of (q, dims) queries and (n, dims) rows, computed in float32."""
    scores = np.empty((len(queries), len(rows)), np.float32)
    for start in range(0, len(rows), _BLOCK_ROWS):
        block = as_float32(rows[start : start + _BLOCK_ROWS])
        part = scores[:, start : start + _BLOCK_ROWS]
        if len(queries) <= _FEW_QUERIES:  # the BLAS would wake its threads for this, which takes longer than the sum
            for query, own in zip(queries, part, strict=True):
                np.einsum("nd,d->n", block, query, out=own)
        else:
            np.matmul(queries, block.T, out=part)
    return scores


def best(scores: NDArray[np.float32], keys: NDArray[np.int64], k: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return (q, k) scores and keys, best first, ties by ascending key, padded with -inf and -1.

    `scores` are (q, n), `keys` (q, n) or (n,). What scores -inf counts as not there.
    """
    if keys.ndim == 1:
        keys = np.broadcast_to(keys, scores.shape)
    if scores.shape[1] > 4 * k > 0:  # keep everything that ties with the last, so that the order decides
        last = np.partition(scores, -k, axis=1)[:, -k].min()
        keep = (scores >= last).any(axis=0)
        scores, keys = scores[:, keep], keys[:, keep]
    order = np.lexsort((keys, -scores), axis=-1)[:, :k]
    found = np.full((len(scores), k), -np.inf, np.float32), np.full((len(scores), k), -1, np.int64)
    rows = np.arange(len(scores))[:, None]
    found[0][:, : order.shape[1]] = scores[rows, order]
    found[1][:, : order.shape[1]] = keys[rows, order]
    found[1][np.isneginf(found[0])] = -1
    return found
