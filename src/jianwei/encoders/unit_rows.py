"""Turns what a model answered into unit vectors, or refuses it: the one gate in front of the catalog and indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def unit_rows(
    rows: NDArray[np.float32],
    *,
    dims: int,
    space: str,
    what: str,
    what_zh: str,
) -> NDArray[np.float32]:
    """Return `rows` divided by their lengths: (n, dims) float32, unit rows; the array given may be changed.

    `what` and `what_zh` name what was encoded, for the messages.

    Raises:
        ModelError: the rows have another length than `dims`, or hold NaN, infinity or nothing but zeros.
    """
    if rows.ndim != 2 or rows.shape[1] != dims:
        raise ModelError(
            f"{space} gave vectors of {rows.shape[-1]} numbers; {dims} were expected. Check the model.",
            zh=f"{space} 给出了 {rows.shape[-1]} 维的向量，应为 {dims} 维。请检查模型。",
            space=space,
            dims=dims,
        )
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.all(np.isfinite(lengths) & (lengths > 0)):
        number = int(np.argmin((np.isfinite(lengths) & (lengths > 0)).ravel()))
        raise ModelError(
            f"{space} gave no usable vector for {what} {number + 1} of {len(rows)} (NaN, infinity or all zeros). "
            "The model files may be damaged, or their number format too short for this model.",
            zh=f"{space} 没有为第 {number + 1}/{len(rows)} 个{what_zh}给出可用的向量（NaN、无穷大或全零）。"
            "模型文件可能已损坏，或其数值精度不适合该模型。",
            space=space,
        )
    rows /= lengths
    return rows
