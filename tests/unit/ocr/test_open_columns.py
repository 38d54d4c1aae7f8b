"""Columns that are surely blank are not looked at, all others are, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jianwei.ocr.open_columns import read_open_columns

if TYPE_CHECKING:
    from collections.abc import Callable

CLASSES = 4
ALPHABET = ("补", "肾", "A")
SURE, DOUBTFUL = 30.0, 20.0


class CountingLayer:
    """Gives each feature to the class of its number; counts the rows it was asked for."""

    weights = np.eye(CLASSES, dtype=np.float32)
    bias = np.zeros(CLASSES, np.float32)

    def __init__(self) -> None:
        self.rows = 0

    def run(self, batch: np.ndarray, consume: Callable[[np.ndarray], object]) -> object:
        self.rows = len(batch)
        return consume(batch @ self.weights + self.bias)


def _column(number: int, blank: float) -> list[float]:
    features = [0.0] * CLASSES
    features[0] = blank
    if number:
        features[number] = 22.0
    return features


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([SURE, DOUBTFUL])), min_size=1, max_size=60))
def test_what_the_open_columns_say_is_read_and_the_others_are_blank(columns: list[tuple[int, float]]) -> None:
    features = np.array([[_column(number, blank) for number, blank in columns]], np.float32)
    layer = CountingLayer()
    reading = read_open_columns(features, layer, ALPHABET)[0]  # type: ignore[arg-type]  # generic run
    said = [number if blank == DOUBTFUL else 0 for number, blank in columns]
    first = [number for number, before in zip(said, [0, *said], strict=False) if number and number != before]
    assert reading.text == "".join(ALPHABET[number - 1] for number in first)
    open_columns = sum(blank == DOUBTFUL for _, blank in columns)
    assert layer.rows % 32 == 0
    assert open_columns <= layer.rows < open_columns + 33


def test_several_lines_keep_what_is_theirs() -> None:
    lines = [
        [_column(1, DOUBTFUL), _column(0, SURE)],
        [_column(0, SURE), _column(0, DOUBTFUL)],
        [_column(2, DOUBTFUL)] * 2,
    ]
    readings = read_open_columns(np.array(lines, np.float32), CountingLayer(), ALPHABET)  # type: ignore[arg-type]
    assert [reading.text for reading in readings] == ["补", "", "肾"]
