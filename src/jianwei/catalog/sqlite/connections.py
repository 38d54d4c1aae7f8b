"""Connections to one SQLite file, how they are set up, and how their transactions begin."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

from jianwei.catalog.sqlite.pool import SqlitePool
from jianwei.errors import CatalogError

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from jianwei.catalog.engine.backend import Access

BEGIN_READ = "BEGIN"
"""From its first statement on, the transaction sees one state of the database."""

BEGIN_WRITE = "BEGIN IMMEDIATE"
"""Takes SQLite's own write lock at once, so that a later statement cannot find it taken."""

BUSY_TIMEOUT_S = 60.0
"""How long a transaction waits for its turn. The longest of ours (an ingest, a slow disk) takes seconds."""
_CACHE_KIB: dict[Access, int] = {"read": 16_384, "read-only": 16_384, "write": 16_384, "migrate": 65_536}
# Reading through a memory map saves a system call and a copy for each page: on a file of 1 GB, look-ups of 10 listings
# or pictures took a third of the time. What lies beyond the limit is read as usual.
_MAPPED_BYTES = 1 << 30
_WAL_LIMIT_BYTES = 64 * 1024 * 1024  # the log of one large ingest is cut back to this once it is merged


def sqlite_connections(file: Path, access: Access) -> SqlitePool:
    """Return connections in autocommit mode: transactions begin with the statements above."""
    return SqlitePool(lambda: _connect(file, access), kept=8 if access in {"read", "read-only"} else 1)


def create_sqlite_engine(file: Path, access: Access) -> Engine:
    """Return an engine of SQLAlchemy whose connections are in autocommit mode too."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    return create_engine("sqlite+pysqlite://", creator=lambda: _connect(file, access), poolclass=NullPool)


def _connect(file: Path, access: Access) -> sqlite3.Connection:
    connection = sqlite3.connect(
        _uri(file, access),
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,  # the pool hands a connection to one thread at a time
        cached_statements=256,
    )
    try:
        _configure(connection, file, access)
    except BaseException:
        connection.close()
        raise
    return connection


def _configure(connection: sqlite3.Connection, file: Path, access: Access) -> None:
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB[access]}")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}")
    if access in {"read", "read-only"}:
        connection.execute("PRAGMA query_only = ON")
        return
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise CatalogError(
            f"The catalog {file} cannot use write-ahead logging here (SQLite chose {mode!r}). "
            "Keep the library on a local disk.",
            zh=f"目录库 {file} 无法在这里使用预写日志（SQLite 选择了 {mode!r}）。请把资料库放在本地磁盘上。",
            file=str(file),
        )
    # FULL: a committed transaction survives a power cut, as the indexes rely on the catalog never going back.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT_BYTES}")
    # A migration may rebuild a table; dropping the old one must not cascade.
    connection.execute(f"PRAGMA foreign_keys = {'OFF' if access == 'migrate' else 'ON'}")


def _uri(file: Path, access: Access) -> str:
    address = file.absolute().as_uri()
    if access in {"write", "migrate"}:
        return f"{address}?mode=rwc"
    if os.access(file.parent, os.W_OK):
        return f"{address}?mode={'rw' if access == 'read' else 'ro'}"
    if file.with_name(file.name + "-wal").exists():
        return f"{address}?mode=ro"
    # Readers of a write-ahead log share memory through a file beside it. Where nobody can write (a medium that is
    # read-only) there is no log and none can come.
    return f"{address}?immutable=1"
