"""A limit of file sizes is blamed near it only, a full disk where nothing is free, and neither for other errors."""

from __future__ import annotations

import errno
import sqlite3
import sys
from typing import TYPE_CHECKING

import pytest

from jianwei.errors import StorageFullError
from jianwei.runtime import file_limit
from jianwei.runtime.file_limit import limit_met, no_room

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

if sys.platform != "win32":
    import resource

unlimited_there = pytest.mark.skipif(sys.platform == "win32", reason="no such limit there")
LIMIT_BYTES = 1 << 40


def sqlite_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("what SQLite says")
    error.sqlite_errorcode = code
    return error


@pytest.fixture
def limited() -> Iterator[None]:
    """Let files of this process have LIMIT_BYTES at most, which none of them comes near."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT_BYTES, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def sparse(file: Path, size_bytes: int) -> Path:
    with file.open("wb") as opened:
        opened.truncate(size_bytes)
    return file


@unlimited_there
@pytest.mark.usefixtures("limited")
@pytest.mark.parametrize("grown", ["catalog.sqlite", "catalog.sqlite-wal"])
def test_an_io_error_is_blamed_on_a_limit_only_near_it(tmp_path: Path, grown: str) -> None:
    file = sparse(tmp_path / "catalog.sqlite", 4096)
    error = sqlite_error(sqlite3.SQLITE_IOERR_WRITE)
    assert no_room(file, error) is None
    sparse(tmp_path / grown, LIMIT_BYTES - 4096)
    told = no_room(file, error)
    assert isinstance(told, StorageFullError)
    assert told.facts["limit_bytes"] == LIMIT_BYTES
    assert "ulimit -f" in told.message
    assert "ulimit -f" in told.message_zh
    assert no_room(file, sqlite_error(sqlite3.SQLITE_CORRUPT)) is None


@unlimited_there
@pytest.mark.usefixtures("limited")
def test_a_file_that_the_system_calls_too_large_met_the_limit(tmp_path: Path) -> None:
    told = no_room(tmp_path / "x", OSError(errno.EFBIG, "File too large"))
    assert told is not None
    assert told.facts["limit_bytes"] == LIMIT_BYTES
    assert limit_met([tmp_path / "gone", sparse(tmp_path / "small", 10)]) is None


def test_without_a_limit_none_is_met(tmp_path: Path) -> None:
    assert limit_met([sparse(tmp_path / "x", 1 << 34)]) is None
    assert no_room(tmp_path / "x", OSError(errno.EFBIG, "File too large")) is None


def test_an_io_error_on_a_disk_without_space_is_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = sqlite_error(sqlite3.SQLITE_IOERR_WRITE)
    assert no_room(tmp_path / "x", error) is None
    monkeypatch.setattr(file_limit, "_FULL_BELOW_BYTES", 2**62)
    told = no_room(tmp_path / "x", error)
    assert told is not None
    assert "The disk is full" in told.message
    assert no_room(tmp_path / "gone" / "x", error) is None
    assert no_room(tmp_path / "x", sqlite_error(sqlite3.SQLITE_BUSY)) is None


@pytest.mark.parametrize(
    ("error", "is_full"),
    [
        (sqlite_error(sqlite3.SQLITE_FULL), True),
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (OSError(errno.EACCES, "Permission denied"), False),
        (ValueError("no"), False),
    ],
)
def test_what_says_itself_that_the_disk_is_full_is_believed(tmp_path: Path, error: Exception, is_full: bool) -> None:
    assert (no_room(tmp_path / "x", error) is not None) == is_full
