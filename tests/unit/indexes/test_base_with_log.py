"""Base and log are read as one state, whatever another process replaces between the two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwei.errors import IndexCorruptError
from jianwei.indexes.base_with_log import BaseWithLog
from jianwei.indexes.change_log import ChangeLog, LogEnd
from jianwei.indexes.index_place import IndexPlace
from jianwei.indexes.row_table import RowChanges, RowTable, empty_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

OLD, NEW = b"a" * 16, b"b" * 16


@pytest.fixture
def log(tmp_path: Path) -> ChangeLog[np.uint8]:
    return ChangeLog(IndexPlace(tmp_path, "test index", "测试索引"), "test.log", b"JWTSTLOG", np.uint8, 2)


def added(number: int) -> RowChanges[np.uint8]:
    return RowChanges(np.array([number]), np.array([[number, number]], np.uint8), np.array([], np.int64), number)


def files(
    log: ChangeLog[np.uint8], there: bytes, opened: Iterable[bytes | None]
) -> BaseWithLog[RowTable[np.uint8], np.uint8]:
    """Return files of an empty base `there`; each opening gives the next base of `opened`, None for one that went."""
    turns = iter(opened)

    def opening() -> tuple[bytes, RowTable[np.uint8]] | None:
        base_id = next(turns)
        return None if base_id is None else (base_id, empty_table(2, np.uint8))

    return BaseWithLog(log.place, base_id=lambda: there, opened=opening, log_of=lambda _: log)


def test_a_base_that_goes_while_it_is_opened_is_opened_again(log: ChangeLog[np.uint8]) -> None:
    end = log.append(LogEnd(NEW), added(7))
    table, read = files(log, NEW, [None, OLD, NEW]).read()  # the log no longer belongs to the old one
    assert (table.numbers.tolist(), read) == ([7], end)


def test_the_log_of_a_base_that_is_gone_is_not_read(log: ChangeLog[np.uint8]) -> None:
    log.append(LogEnd(OLD), added(7))
    table, end = files(log, NEW, [NEW]).read()
    assert (len(table), end) == (0, LogEnd(NEW))
    again, end = files(log, NEW, []).read_on(table, end)
    assert (len(again), end) == (0, LogEnd(NEW))


def test_what_was_added_since_is_read_on_and_another_base_is_read_whole(log: ChangeLog[np.uint8]) -> None:
    first = log.append(LogEnd(OLD), added(1))
    table, end = files(log, OLD, [OLD]).read()
    last = log.append(first, added(2))
    table, end = files(log, OLD, []).read_on(table, end)
    assert (table.numbers.tolist(), end) == ([1, 2], last)
    log.append(LogEnd(NEW), added(3))
    table, end = files(log, NEW, [NEW]).read_on(table, end)
    assert table.numbers.tolist() == [3]


def test_files_that_change_all_the_time_are_given_up(log: ChangeLog[np.uint8]) -> None:
    log.append(LogEnd(NEW), added(7))
    with pytest.raises(IndexCorruptError, match="faster than it can be read"):
        files(log, NEW, [OLD] * 10).read()
