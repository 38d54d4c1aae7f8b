"""Measure how far the vectors of smaller files are from those of the float32 ones."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from jianwei.encoders.tower import Tower, TowerPlan
from jianwei.runtime.cores import usable_cores
from jianwei.runtime.opening import choose_runtime

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwei.runtime.sessions import NamedInputs

_ROWS_AT_ONCE = 4


def embeddings(model_file: Path, inputs: NamedInputs) -> NDArray[np.float32]:
    """Return the embeddings of the rows of `inputs`, computed in float32 wherever the file allows it.

    Raises:
        ModelError: the file is not a model that the runtime can run.
    """
    cores = usable_cores()
    tower = Tower(model_file, TowerPlan(choose_runtime("auto"), streams=1, cores=cores, arithmetic="fp32"))
    count = len(next(iter(inputs.values())))
    cuts = [slice(start, start + _ROWS_AT_ONCE) for start in range(0, count, _ROWS_AT_ONCE)]
    return np.concatenate(tower.embed([partial(_cut, inputs, cut) for cut in cuts]))


def _cut(inputs: NamedInputs, cut: slice) -> NamedInputs:
    return {name: rows[cut] for name, rows in inputs.items()}


def mean_cosine(left: NDArray[np.float32], right: NDArray[np.float32]) -> float:
    """Return the mean cosine between rows of the same number."""
    products = np.einsum("nd,nd->n", left, right, dtype=np.float64)
    lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    return float(np.mean(products / np.maximum(lengths, np.finfo(np.float32).tiny)))
