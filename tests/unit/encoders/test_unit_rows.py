from __future__ import annotations

import numpy as np
import pytest

from jianwei.encoders.unit_rows import unit_rows
from jianwei.errors import ModelError


def _unit(rows: np.ndarray, dims: int = 3) -> np.ndarray:
    return unit_rows(rows, dims=dims, space="model@1", what="picture", what_zh="图片")


def test_rows_become_unit_rows() -> None:
    rows = _unit(np.array([[3, 0, 4], [0, 0.001, 0]], np.float32))
    assert np.allclose(rows, np.array([[0.6, 0, 0.8], [0, 1, 0]]))
    assert rows.dtype == np.float32


def test_unit_rows_stay_as_they_are() -> None:
    rows = np.random.default_rng(0).standard_normal((50, 3)).astype(np.float32)
    once = _unit(rows).copy()
    assert np.allclose(_unit(once.copy()), once, atol=1e-7)


def test_no_rows_are_no_rows() -> None:
    assert _unit(np.empty((0, 3), np.float32)).shape == (0, 3)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0])
def test_an_unusable_row_is_named(value: float) -> None:
    rows = np.ones((3, 3), np.float32)
    rows[1] = value
    with pytest.raises(ModelError, match="picture 2 of 3") as caught:
        _unit(rows)
    assert "图片" in caught.value.message_zh


def test_rows_of_another_length_are_refused() -> None:
    with pytest.raises(ModelError, match="vectors of 3 numbers; 512 were expected"):
        _unit(np.ones((2, 3), np.float32), dims=512)
