"""Why a database file could not grow: a full disk, or a limit of file sizes, which SQLite meets as a "disk I/O error".

An I/O error has other causes too, such as a disk that fails or goes away. So a limit is blamed only where a file is
near it, and the disk only where it has no space left.
"""

from __future__ import annotations

import errno
import shutil
import sqlite3
import sys
from typing import TYPE_CHECKING

from jianwei.bilingual import Both
from jianwei.errors import StorageFullError
from jianwei.runtime.full_disk import TRY_AGAIN, disk_full, is_full

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_NEAR_LIMIT_BYTES = 8 * 1024 * 1024  # what one transaction of ours adds at once, and more
_FULL_BELOW_BYTES = 1024 * 1024
_TRANSACTION_LOST = Both(
    "Nothing of the last transaction was kept, and what was stored before is safe. ",
    "最近一次事务没有写入，此前已保存的内容不受影响。",
)


def limit_met(files: Iterable[Path]) -> int | None:
    """Return the most bytes that a file may have (`ulimit -f`, `LimitFSIZE` of systemd) where one of some is near that.

    None where none is, or where files may grow as they like. A file that is not there has no bytes.
    """
    limit = _file_size_limit_bytes()
    return limit if limit is not None and max(map(_size, files), default=0) + _NEAR_LIMIT_BYTES > limit else None


def no_room(file: Path, error: BaseException) -> StorageFullError | None:
    """Return what is told where an error means that an SQLite database could not grow; None for any other meaning.

    Args:
        file: the database; its log stands beside it.
        error: what SQLite raised, or what the system raised while a transaction was open.
    """
    if isinstance(error, OSError):
        limit = _file_size_limit_bytes() if error.errno == errno.EFBIG else None
        full = is_full(error)
    else:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the kind, the others its detail
        failed = code == sqlite3.SQLITE_IOERR
        limit = limit_met([file, file.with_name(f"{file.name}-wal")]) if failed else None
        full = is_full(error) or (failed and _has_no_space(file))
    if limit is not None:
        return _limited(file, limit)
    return disk_full(file, kept=_TRANSACTION_LOST, then=TRY_AGAIN) if full else None


def _file_size_limit_bytes() -> int | None:
    if sys.platform == "win32":
        return None
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    return None if soft == resource.RLIM_INFINITY else soft


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # a log goes away with the last connection
        return 0


def _has_no_space(file: Path) -> bool:
    try:
        return shutil.disk_usage(file.parent).free < _FULL_BELOW_BYTES
    except OSError:
        return False


def _limited(file: Path, limit: int) -> StorageFullError:
    return StorageFullError(
        f"{file} may not grow: this process may write files of {limit:,} bytes at most (ulimit -f; LimitFSIZE of "
        "systemd). Nothing of the last transaction was kept, and what was stored before is safe: raise or remove that "
        "limit, then start again.",
        zh=f"{file} 无法继续写入：本进程的单个文件上限为 {limit:,} 字节（ulimit -f；systemd 的 LimitFSIZE）。"
        "最近一次事务没有写入，此前已保存的内容不受影响：请提高或取消该限制，然后重新启动。",
        file=str(file),
        limit_bytes=limit,
    )
