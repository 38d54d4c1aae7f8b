"""A full disk is known and told in one place."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest

import jianwei
from jianwei.errors import StorageFullError
from jianwei.runtime.full_disk import NOTHING, OLD_FILE_STAYS, TRY_AGAIN, disk_full, is_full


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_no_space_and_no_quota_mean_a_full_disk(number: int) -> None:
    assert is_full(OSError(number, "x"))


def test_other_refusals_do_not() -> None:
    assert not is_full(OSError(errno.EACCES, "x"))
    assert not is_full(ValueError("No space left"))


def test_sqlite_says_so_in_its_own_way() -> None:
    database = sqlite3.connect(":memory:")
    database.execute("PRAGMA max_page_count = 1")
    with pytest.raises(sqlite3.OperationalError) as caught:
        database.execute("CREATE TABLE t (x)")
    database.close()
    assert is_full(caught.value)


def test_it_is_told_with_place_what_is_kept_and_what_to_do() -> None:
    error = disk_full(Path("/a/b.csv"), kept=OLD_FILE_STAYS, then=TRY_AGAIN)
    assert isinstance(error, StorageFullError)
    assert error.message == (
        "The disk is full: /a/b.csv cannot be written. What stood there before is unchanged. "
        "Free some space, then try again."
    )
    assert error.message_zh == "磁盘已满：无法写入 /a/b.csv。原有内容保持不变。请腾出空间后重试。"
    assert disk_full("", kept=NOTHING).message == "The disk is full. Free some space, then run the same command again."


def test_nobody_else_asks_the_system_whether_the_disk_is_full() -> None:
    package = Path(jianwei.__file__).parent
    asking = {path.name for path in package.rglob("*.py") if "errno.ENOSPC" in path.read_text("utf-8")}
    assert asking == {"full_disk.py"}
