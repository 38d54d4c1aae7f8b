"""The one SQLite file of a desk: a connection for each thread, one transaction at a time.

Readers never wait (write-ahead log). A commit is not synced to the disk by itself (`synchronous = NORMAL`): a power cut
may lose the last moments, never the consistency. Syncing each would make every search wait for the disk, since each
writes one line of the audit log.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jianwei.desk.changes import Changes
from jianwei.desk.room import make_room
from jianwei.desk.schema import SCRIPTS
from jianwei.errors import CatalogError, CatalogVersionError
from jianwei.runtime.file_limit import no_room

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DESK_FOLDER = "desk"
DESK_FILE = "desk.sqlite"
CHANGES_FILE = "changes"
UPLOADS_FOLDER = "uploads"
"""Beside the database: a folder for each upload, named by the job that takes it in."""
_BUSY_MS = 10_000  # another process of the same desk (a command) may hold a short transaction


class DeskDatabase:
    """The database of a desk, made where there is none. Safe to use from several threads; to be closed by its owner."""

    def __init__(self, library_folder: Path) -> None:
        self.folder = library_folder / DESK_FOLDER
        self.file = self.folder / DESK_FILE
        self._local = threading.local()
        self._turn = threading.Lock()
        self._guard = threading.Lock()
        self._connections: list[sqlite3.Connection] = []
        with self._translated():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.changes = Changes(self.folder / CHANGES_FILE)
        self._migrate()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend this thread's connection; each statement sees the state last committed."""
        with self._translated():
            yield self._connection()

    @contextmanager
    def writing(self, *, silently: bool = False) -> Iterator[sqlite3.Connection]:
        """Lend this thread's connection in a transaction: kept as a whole, or undone by an exception.

        All processes of the desk are told of it (`changes`), unless `silently`: for what nobody remembers, such as
        entries of the audit log.

        Raises:
            StorageFullError: the disk is full; nothing of the transaction is kept.
            CatalogError: the file is damaged or held by another program for more than ten seconds.
        """
        with self._turn, self._translated():
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            if not silently:
                self.changes.note()

    def keep_room(self) -> None:
        """Take some room on the disk now, for what has to be written when it is full.

        Raises:
            StorageFullError: it is full already.
        """
        with self._turn, self._translated():
            make_room(self._connection())

    def check_writing(self) -> None:
        """Write what changes nothing.

        Raises:
            StorageFullError: the disk is full, and the room that was kept is used up.
            CatalogError: the file is damaged or held by another program.
        """
        with self.writing(silently=True) as connection:
            connection.execute(f"PRAGMA user_version = {len(SCRIPTS)}")

    def close(self) -> None:
        """Close all connections. Closing twice does nothing."""
        with self._guard:
            for connection in self._connections:
                connection.close()
            self._connections.clear()
        self._local = threading.local()
        self.changes.close()

    def _connection(self) -> sqlite3.Connection:
        known: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if known is None:
            known = sqlite3.connect(self.file, timeout=_BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
            known.row_factory = sqlite3.Row
            known.execute("PRAGMA journal_mode = WAL")
            known.execute("PRAGMA synchronous = NORMAL")
            known.execute("PRAGMA foreign_keys = ON")
            self._local.connection = known
            with self._guard:
                self._connections.append(known)
        return known

    def _migrate(self) -> None:
        with self.reading() as connection:
            version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(SCRIPTS):
            raise CatalogVersionError(
                f"{self.file} was written by a newer Jianwei (schema {version}, this one knows {len(SCRIPTS)}). "
                "Update Jianwei.",
                zh=f"{self.file} 由更新版本的见微写成（结构版本 {version}，本版支持到 {len(SCRIPTS)}）。请升级见微。",
                version=version,
            )
        if version == len(SCRIPTS):
            return
        with self.writing() as connection:
            # Asked again inside the transaction: another process may have done it meanwhile.
            done: int = connection.execute("PRAGMA user_version").fetchone()[0]
            for script in SCRIPTS[done:]:
                for statement in _statements(script):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(SCRIPTS)}")
        os.chmod(self.file, 0o600)  # noqa: PTH101  # it holds who works here; others on the machine need not read it

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.DatabaseError, OSError) as error:
            raise (no_room(self.file, error) or self._unusable(error)) from error

    def _unusable(self, error: Exception) -> CatalogError:
        return CatalogError(
            f"The desk's database {self.file} cannot be used: {error}. Restore it from a backup, or move it away to "
            "start with new accounts; the library itself is not in it.",
            zh=f"无法使用工作台数据库 {self.file}：{error}。请用备份恢复，或将其移走后重新建立账号；库本身不在其中。",
            file=str(self.file),
        )


def _statements(script: str) -> Iterator[str]:
    """Cut a script at semicolons that end a statement, because executescript would commit the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
