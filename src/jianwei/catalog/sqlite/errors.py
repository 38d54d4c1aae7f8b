"""What errors of SQLite, SQLAlchemy and the system mean for a catalog in a file."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from jianwei.catalog.sqlite.connections import BUSY_TIMEOUT_S
from jianwei.errors import CatalogError, WriterLockedError
from jianwei.runtime.file_limit import no_room

if TYPE_CHECKING:
    from pathlib import Path


def as_catalog_error(error: BaseException, file: Path) -> CatalogError | None:
    """Return our error for one of SQLite's, SQLAlchemy's or the system's; None for one that is not about storage."""
    cause = getattr(error, "orig", None)  # where SQLAlchemy wraps what the driver raised
    if isinstance(cause, BaseException):
        error = cause
    if (full := no_room(file, error)) is not None:
        return full
    if not isinstance(error, sqlite3.Error):
        return None
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the kind, the others its detail
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return _damaged(file, error)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return _busy(file)
    return _refused(file, error)


def _refused(file: Path, error: sqlite3.Error) -> CatalogError:
    return CatalogError(
        f"The catalog {file} refused an operation: {error}.",
        zh=f"目录库 {file} 拒绝了一次操作：{error}。",
        file=str(file),
        cause=str(error),
    )


def _damaged(file: Path, error: sqlite3.Error) -> CatalogError:
    return CatalogError(
        f"{file} is damaged or is not a catalog ({error}). Restore it from a backup, or move it away and ingest "
        "the sources again; the indexes beside it are rebuilt by themselves.",
        zh=f"{file} 已损坏，或者不是目录库（{error}）。"
        "请从备份恢复，或把它移走后重新导入数据源；旁边的索引会自动重建。",
        file=str(file),
        cause=str(error),
    )


def _busy(file: Path) -> WriterLockedError:
    return WriterLockedError(
        f"Another program has kept {file} locked for {BUSY_TIMEOUT_S:g} seconds, such as a database browser. "
        "Nothing was stored. Close it, then try again.",
        zh=f"另一个程序（例如数据库浏览器）锁住 {file} 已达 {BUSY_TIMEOUT_S:g} 秒，未写入任何内容。请关闭它后重试。",
        file=str(file),
    )
