"""Tells from what the recognition network saw of a line whether it stands on its head.

A reading without confidence says no more than that something is wrong: nineteen of twenty such lines are tiny print or
texture that stands upright, and reading all of them once more upside down is a tenth of all reading. What goes into the
network's last layer says which: a weighted sum of its mean over the columns that may hold a character tells letters on
their head from upright ones. The weights are learnt (`benchmarks/ocr_headstand.py`) and good for one network only. Left
out: what follows from it (`orientation`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwei.runtime.sessions import Batch

WEIGHTS_FILE = Path(__file__).with_name("headstand.json")


@dataclass(frozen=True, slots=True)
class HeadstandSign:
    """What of the features of a line speaks for its standing on its head: (features,) weights and a bias."""

    weights: NDArray[np.float32]
    bias: float

    def chances(self, features: Batch, open_columns: NDArray[np.bool_]) -> list[float | None]:
        """Return for each of n lines how likely it stands on its head, 0..1; None where no column is open.

        `features` are (n, columns, features), `open_columns` (n, columns).
        """
        sums = features @ self.weights
        return [
            float(1 / (1 + np.exp(-(line[is_open].mean() + self.bias)))) if is_open.any() else None
            for line, is_open in zip(sums, open_columns, strict=True)
        ]


def find_headstand_sign(models_sha256: str, file: Path = WEIGHTS_FILE) -> HeadstandSign | None:
    """Return the sign learnt for the models of this digest, None where it was learnt for others."""
    learnt = json.loads(file.read_text(encoding="ascii"))
    if learnt["models_sha256"] != models_sha256:
        return None
    return HeadstandSign(np.array(learnt["weights"], np.float32), float(learnt["bias"]))
