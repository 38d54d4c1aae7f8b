"""Looks for characters only in the columns of a line that may hold one.

Most columns lie between characters or beside the line, where the network is sure of the blank. The score of the blank
alone costs a product of 120 numbers for each column, those of all 18,710 classes an eighth of what reading costs. Left
out: what the columns say (`ctc`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from jianwei.ocr.ctc import Reading, decode_open_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.ocr.headstand import HeadstandSign
    from jianwei.runtime.sessions import Batch, LastLayer

_SURELY_BLANK = 25.0
"""From this score of the blank on no character has a higher one: measured, see `docs/ocr.md`."""
_ROWS_STEP = 32
"""A runtime prepares itself anew for each number of rows, so they are filled up to few numbers."""


def read_open_columns(
    features: Batch, layer: LastLayer, alphabet: Sequence[str], headstand: HeadstandSign | None = None
) -> list[Reading]:
    """Return the best reading of each of n lines from the (n, columns, features) that go into the last layer.

    `headstand` tells which of them stand on their head, where it is given.

    Raises:
        ModelError: the layer could not be run.
    """
    open_columns = features @ layer.weights[:, 0] + layer.bias[0] < _SURELY_BLANK
    rows = features[open_columns]
    padded = np.zeros((max(1, -(-len(rows) // _ROWS_STEP)) * _ROWS_STEP, features.shape[2]), np.float32)
    padded[: len(rows)] = rows
    readings = layer.run(padded, lambda logits: decode_open_columns(logits, open_columns, alphabet))
    if headstand is None:
        return readings
    chances = headstand.chances(features, open_columns)
    return [replace(reading, headstand=chance) for reading, chance in zip(readings, chances, strict=True)]
