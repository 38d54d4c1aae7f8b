"""Rows of a file, taken as they stand there, or an error that says why not."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from jianwei.indexes.vectors import row_reading
from jianwei.indexes.vectors.row_reading import MappedRows, read_fully

_OPEN_FILES = Path("/proc/self/fd")

COUNT, WIDTH, HEAD = 5000, 24, 40
ROWS = np.random.default_rng(0).standard_normal((COUNT, WIDTH)).astype(np.float16)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "rows"
    path.write_bytes(b"h" * HEAD + ROWS.tobytes() + b"t" * 100)
    return path


def test_rows_come_as_they_stand_in_any_order_and_more_than_once(path: Path) -> None:
    rows = MappedRows(path, HEAD, COUNT, WIDTH)
    for places in ([4999, 0, 17, 17, 3], []):
        assert np.array_equal(rows.take(np.array(places, np.int64)), ROWS[places])


def test_long_runs_and_what_stands_apart_come_in_one_answer(path: Path) -> None:
    random = np.random.default_rng(1)
    places = np.concatenate([np.arange(0, 2000, 3), [2100, 2300], np.arange(2500, 3500), [40, 4990, 7, 4999]])
    for asked in (places, random.permutation(places), np.arange(COUNT)):
        assert np.array_equal(MappedRows(path, HEAD, COUNT, WIDTH).take(asked), ROWS[asked])


@pytest.mark.parametrize(("waits", "asks"), [(1, False), (16, True)])
def test_rows_are_asked_of_the_disk_all_at_once_where_the_first_had_to_be_waited_for(
    path: Path, monkeypatch: pytest.MonkeyPatch, *, waits: int, asks: bool
) -> None:
    counts, asked = iter([7, 7 + waits]), []

    def noted(_file: int, start: int, size_bytes: int, _advice: int) -> None:
        asked.append((start, size_bytes))

    monkeypatch.setattr(row_reading, "_waits", lambda: next(counts))
    monkeypatch.setattr(os, "posix_fadvise", noted)
    places = np.arange(0, COUNT, 50)
    assert np.array_equal(MappedRows(path, HEAD, COUNT, WIDTH).take(places), ROWS[places])
    row_bytes = 2 * WIDTH
    assert asked == [(HEAD + place * row_bytes, row_bytes) for place in places[16:].tolist() if asks]


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="the system takes no advice about files")
def test_hardly_any_row_on_the_disk_is_waited_for_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, width, count = tmp_path / "pages", 2048, 1000  # a page for each row
    wide = np.random.default_rng(2).standard_normal((count, width)).astype(np.float16)
    with path.open("wb") as file:
        file.write(wide.tobytes())
        file.flush()
        os.fsync(file.fileno())
    places = np.arange(0, count, 3)
    _, alone = cold_rows_and_waits(path, wide.shape, places, monkeypatch, asks=False)
    if alone < len(places) / 2:
        pytest.skip("the system reads this file without waiting for a disk, as in memory")
    taken, together = cold_rows_and_waits(path, wide.shape, places, monkeypatch, asks=True)
    assert together < len(places) / 4
    assert np.array_equal(taken, wide[places])


def cold_rows_and_waits(
    path: Path, shape: tuple[int, int], places: np.ndarray, monkeypatch: pytest.MonkeyPatch, *, asks: bool
) -> tuple[np.ndarray, int]:
    """Return rows of a file that is not in memory, and how often they were waited for, with asking ahead or without."""
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    rows = MappedRows(path, 0, *shape)
    with monkeypatch.context() as patch:
        if not asks:
            patch.delattr(os, "posix_fadvise")
        before = row_reading._waits()
        return rows.take(places), row_reading._waits() - before


@pytest.mark.parametrize("asked", [np.array([5]), np.arange(COUNT)], ids=["mapped", "read"])
def test_a_file_that_became_shorter_is_an_error_and_no_crash(path: Path, asked: np.ndarray) -> None:
    rows = MappedRows(path, HEAD, COUNT, WIDTH)
    os.truncate(path, HEAD + 100 * 2 * WIDTH + 6)
    with pytest.raises(OSError, match="shorter"):
        rows.take(asked)
    with pytest.raises(OSError, match="shorter"):
        MappedRows(path, HEAD, COUNT, WIDTH)


def test_reading_on_behind_the_end_is_an_error(path: Path) -> None:
    with path.open("rb") as file, pytest.raises(OSError, match="shorter"):
        read_fully(file.fileno(), memoryview(bytearray(200)), HEAD + ROWS.nbytes)


@pytest.mark.skipif(not _OPEN_FILES.exists(), reason="the system does not tell which files are open")
def test_the_file_is_let_go_with_the_rows(path: Path) -> None:
    def held() -> bool:
        return path in [file.resolve() for file in _OPEN_FILES.iterdir()]

    rows = MappedRows(path, HEAD, COUNT, WIDTH)
    assert held()
    del rows
    assert not held()
