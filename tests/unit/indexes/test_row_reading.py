"""Rows of a file that stand apart, read as they stand there, or an error that says why not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwei.indexes import row_reading
from jianwei.indexes.row_reading import read_fully, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

COUNT, WIDTH, HEAD = 500, 24, 40
ROWS = np.random.default_rng(0).standard_normal((COUNT, WIDTH)).astype(np.float16)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[int]:
    path = tmp_path / "rows"
    path.write_bytes(b"h" * HEAD + ROWS.tobytes())
    handle = os.open(path, os.O_RDONLY)
    yield handle
    os.close(handle)


def offsets(places: NDArray[np.int64]) -> NDArray[np.int64]:
    return HEAD + places * (2 * WIDTH)


@pytest.mark.parametrize("has_call", [True, False], ids=["call of the system", "without it"])
def test_rows_come_as_they_stand_in_any_order_and_more_than_once(
    file: int, monkeypatch: pytest.MonkeyPatch, *, has_call: bool
) -> None:
    if not has_call:
        monkeypatch.setattr(row_reading, "_system_pread", lambda: None)
    places = np.array([499, 0, 17, 17, 3])
    rows = np.empty((5, WIDTH), np.float16)
    read_rows(file, rows, offsets(places))
    assert np.array_equal(rows, ROWS[places])
    read_rows(file, rows[:0], offsets(places[:0]))


def test_a_file_that_became_shorter_is_an_error_and_no_crash(file: int, tmp_path: Path) -> None:
    os.truncate(tmp_path / "rows", HEAD + 100 * 2 * WIDTH + 6)
    rows = np.empty((2, WIDTH), np.float16)
    read_rows(file, rows, offsets(np.array([0, 99])))
    for gone in (100, 400):  # half of the first is there
        with pytest.raises(OSError, match="shorter"):
            read_rows(file, rows, offsets(np.array([5, gone])))
    with pytest.raises(OSError, match="shorter"):
        read_fully(file, memoryview(bytearray(2 * WIDTH)), HEAD + 99 * 2 * WIDTH + 10)


def test_a_closed_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "closed"
    path.write_bytes(bytes(100))
    handle = os.open(path, os.O_RDONLY)
    os.close(handle)
    with pytest.raises(OSError, match="descriptor"):
        read_rows(handle, np.empty((1, WIDTH), np.float16), np.zeros(1, np.int64))
