"""Room that the desk keeps for itself inside its own files, so that who searched is still noted when the disk is full.

SQLite reuses the pages of its file that nothing stands on, and its log from the beginning once that is merged: what was
written once needs no room again. So a few thousand entries are taken when nothing else can be stored any more.
"""

from __future__ import annotations

import errno
import shutil
import sqlite3
from typing import TYPE_CHECKING

from jianwei.errors import StorageFullError
from jianwei.runtime.file_limit import file_size_limit_bytes

if TYPE_CHECKING:
    from pathlib import Path

_ROOM_BYTES = 5 * 1024 * 1024  # more than the 1000 pages after which SQLite merges its log and begins it anew
_FULL_BELOW_BYTES = 1024 * 1024  # an I/O error with less space than this is a full disk
_NEAR_LIMIT_BYTES = 8 * 1024 * 1024


def make_room(connection: sqlite3.Connection) -> None:
    """Write a filler and let it go: its pages stay in the file and in the log. The connection is in autocommit mode."""
    connection.execute("BEGIN IMMEDIATE")  # another process of the same desk may be at it
    try:
        connection.execute("CREATE TABLE IF NOT EXISTS room (filler BLOB NOT NULL) STRICT")
        connection.execute("INSERT INTO room VALUES (zeroblob(?))", (_ROOM_BYTES,))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("DROP TABLE IF EXISTS room")


def no_room(file: Path, error: Exception) -> StorageFullError | None:
    """Return what is told where an error means that a database could not grow; None where it means something else."""
    refused = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    code = error.sqlite_errorcode & 0xFF if isinstance(error, sqlite3.OperationalError) else sqlite3.SQLITE_OK
    if code == sqlite3.SQLITE_IOERR or refused:
        if (limit := file_size_limit_bytes()) is not None and _largest(file) + _NEAR_LIMIT_BYTES > limit:
            return _limited(file, limit)
        refused = refused or _has_no_space(file)
    return _full(file) if refused or code == sqlite3.SQLITE_FULL else None


def _largest(file: Path) -> int:
    sizes = [item.stat().st_size for item in (file, file.with_name(f"{file.name}-wal")) if item.exists()]
    return max(sizes, default=0)


def _has_no_space(file: Path) -> bool:
    try:
        return shutil.disk_usage(file.parent).free < _FULL_BELOW_BYTES
    except OSError:
        return False


def _limited(file: Path, limit: int) -> StorageFullError:
    return StorageFullError(
        f"{file} may not grow: this process may write files of {limit:,} bytes at most "
        "(ulimit -f; LimitFSIZE of systemd). Raise or remove that limit and start again; what was stored is safe.",
        zh=f"{file} 无法继续写入：本进程的单个文件上限为 {limit:,} 字节（ulimit -f；systemd 的 LimitFSIZE）。"
        "请提高或取消该限制后重新启动；已保存的内容不受影响。",
        limit_bytes=limit,
    )


def _full(file: Path) -> StorageFullError:
    return StorageFullError(
        f"The disk is full: {file} cannot be written. Free space and try again; what was stored is safe.",
        zh=f"磁盘已满：无法写入 {file}。请腾出空间后重试；已保存的内容不受影响。",
    )
