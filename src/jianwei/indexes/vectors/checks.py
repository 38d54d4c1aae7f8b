"""What is accepted into a vector index: keys of 0 or more, finite vectors of the right length, stored ones of length 1.

An encoder that answers nonsense is noticed here rather than as a search that finds nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.errors import VectorError

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNIT_TOLERANCE = 1e-3
"""How far from 1 the length of a stored vector may be; rounding to float16 stays below 0.0005."""


def checked_keys(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the keys as (n,) int64.

    Raises:
        VectorError: one is negative.
    """
    numbers = np.asarray(keys, np.int64).reshape(-1)
    if len(numbers) and numbers.min() < 0:
        key = int(numbers.min())
        raise VectorError(
            f"A vector came with the key {key}. Keys must be 0 or more.",
            zh=f"向量的键为 {key}。键必须大于或等于 0。",
            key=key,
        )
    return numbers


def checked_vectors(keys: NDArray[np.int64], vectors: NDArray[np.float32], dims: int) -> NDArray[np.float32]:
    """Return (n, dims) float32 rows, one for each key.

    Raises:
        VectorError: their number or length is wrong, or one is not finite or not of length 1.
    """
    rows = _shaped(vectors, dims)
    if len(rows) != len(keys):
        raise VectorError(
            f"{len(rows)} vectors came for {len(keys)} keys. There must be one for each.",
            zh=f"{len(keys)} 个键对应 {len(rows)} 个向量，两者必须一一对应。",
            vectors=len(rows),
            keys=len(keys),
        )
    lengths = np.sqrt(np.einsum("nd,nd->n", rows, rows, dtype=np.float64))
    wrong = np.flatnonzero(~(np.abs(lengths - 1) <= UNIT_TOLERANCE))
    if len(wrong):
        key, length = int(keys[wrong[0]]), float(lengths[wrong[0]])
        raise VectorError(
            f"The vector of key {key} has the length {length:.4g}; allowed is 1 ± {UNIT_TOLERANCE}. "
            "Normalise what the model returns; NaN or 0 means that the model failed on this input.",
            zh=f"键 {key} 的向量长度为 {length:.4g}，应为 1 ± {UNIT_TOLERANCE}。"
            "请先归一化模型输出；NaN 或 0 表示模型处理该输入失败。",
            key=key,
            length=str(length),  # JSON knows no NaN
        )
    return rows


def checked_queries(queries: NDArray[np.float32], dims: int) -> NDArray[np.float32]:
    """Return (q, dims) float32 queries in one piece of memory.

    Raises:
        VectorError: they have the wrong length, or one is not finite.
    """
    rows = _shaped(queries, dims)
    if not np.isfinite(rows).all():
        raise VectorError(
            "The query vector holds NaN or infinity: the model failed on it. Try other words or another picture.",
            zh="查询向量含有 NaN 或无穷大：模型处理该查询失败。请换一个词或图片。",
        )
    return rows


def _shaped(vectors: NDArray[np.float32], dims: int) -> NDArray[np.float32]:
    rows = np.ascontiguousarray(vectors, np.float32)
    if rows.ndim != 2 or rows.shape[1] != dims:
        shape = "×".join(map(str, rows.shape))
        raise VectorError(
            f"Vectors of the shape {shape} came; this index holds rows of {dims} numbers. "
            "Use the model that the index was made with.",
            zh=f"收到形状为 {shape} 的向量；该索引的每行应为 {dims} 维。请使用建索引时的模型。",
            shape=shape,
            dims=dims,
        )
    return rows
