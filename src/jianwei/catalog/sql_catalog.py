"""The catalog of a library: opening it, its transactions, and the sessions that keep long work apart."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from jianwei.catalog.engine.late_statements import LateStatements
from jianwei.catalog.engine.writer_lock import WriterLock
from jianwei.catalog.opening.choosing import open_backend
from jianwei.catalog.opening.database import Database
from jianwei.catalog.opening.schema_version import create, migrate, schema_state
from jianwei.catalog.reading.sql_reader import SqlReader
from jianwei.catalog.sqlite.backend import SqliteBackend
from jianwei.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy import Connection

    from jianwei.catalog.engine.backend import Backend, LongWorkLock
    from jianwei.catalog.engine.statements import Session
    from jianwei.catalog.tables import queries
    from jianwei.catalog.writing.sql_writer import SqlWriter
else:
    queries = LateStatements("jianwei.catalog.tables.queries")

_MIGRATION_WAIT_S = 30.0
"""How long to wait for another process that is likely to be creating or migrating the same catalog."""

SESSION_WAIT_S = 3.0
"""How long a long job waits for the session of another process: a search may just be completing an index."""


class SqlCatalog(SqlReader):
    """A catalog in a relational database. Open it with `SqlCatalog.open`."""

    def __init__(self, database: Database, lock: LongWorkLock, folder_lock: LongWorkLock, *, read_only: bool) -> None:
        super().__init__(database)
        self._lock = lock
        self._folder_lock = folder_lock
        self._read_only = read_only
        self._turn = threading.Lock()
        self._writing_thread: int | None = None

    @classmethod
    def open(cls, url_or_path: str | Path, *, library_folder: Path, read_only: bool = False) -> SqlCatalog:
        """Open the catalog at a path or database URL, creating or migrating it unless `read_only`.

        Args:
            url_or_path: a file, or a URL of SQLite or PostgreSQL.
            library_folder: where the lock of the indexes is kept, and that of an SQLite catalog.
            read_only: refuse all writing and leave every file as it is.

        Raises:
            CatalogVersionError: a newer Jianwei wrote it.
            WriterLockedError: it has to be created or migrated and another process is writing.
            StorageFullError: the disk is full.
            CatalogUnreachableError: the database server does not answer.
            CatalogError: it is damaged, not a catalog, or missing while `read_only`.
        """
        backend = open_backend(url_or_path)
        lock = backend.writer_lock(library_folder)
        folder_lock = lock if isinstance(backend, SqliteBackend) else WriterLock(library_folder)
        database = Database(backend, read_only=read_only)
        try:
            if read_only:
                _refuse_unless_current(database)
            elif schema_state(database) != "current":
                _create_or_migrate(database, lock)
        except BaseException:
            database.close()
            raise
        return cls(database, lock, folder_lock, read_only=read_only)

    @staticmethod
    def place_of(url_or_path: str | Path) -> str:
        """Return where a path or URL leads, as people are told: without a password.

        Raises:
            CatalogError: the URL cannot be used.
        """
        return open_backend(url_or_path).place

    @staticmethod
    def exists(url_or_path: str | Path) -> bool:
        """Tell whether there is a catalog, of whatever version.

        Raises:
            CatalogError: the URL cannot be used, or the database does not answer or belongs to another program.
        """
        database = Database(open_backend(url_or_path), read_only=True)
        try:
            return schema_state(database) != "empty"
        finally:
            database.close()

    @property
    def backend(self) -> Backend:
        """The database that it is in."""
        return self._database.backend

    @property
    def place(self) -> str:
        """Where it is, as people are told."""
        return self._database.place

    def identity(self) -> str:
        """Return a short name that no other catalog has: of its place, and of when it was made."""
        with self.reading() as session:
            born = session.row(queries.single_value, "created_at")
        return sha256(f"{self._database.place} {born}".encode()).hexdigest()[:12]

    def size_bytes(self) -> int:
        """Return how much the catalog takes, on the disk of its server if it has one."""
        with self.reading() as session:
            return self._database.backend.size_bytes(session)

    @contextmanager
    def writing(self) -> Iterator[SqlWriter]:
        """Open a transaction; leaving it normally commits, an exception undoes it.

        Threads and processes take turns, transaction by transaction: a decision of a second does not wait for the end
        of an ingest of hours. Whoever works over many transactions holds a `writer_session` besides.

        Raises:
            WriterLockedError: another program kept the database locked for a long time.
            StorageFullError: the disk is full; nothing of the transaction is kept.
            CatalogError: the catalog is read-only, or this thread is in a transaction already.
        """
        from jianwei.catalog.writing.sql_writer import SqlWriter

        with self.transaction() as session:
            writer = SqlWriter(session)
            yield writer
            writer.finish()

    def reading(self, *, snapshot: bool = False) -> AbstractContextManager[Session]:
        """Lend a session for reading to a store of one subject; with `snapshot` all statements see the same state.

        Raises:
            CatalogError: the catalog is closed or damaged.
        """
        return self._database.reading(snapshot=snapshot)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Lend a session in a transaction to a store of one subject; leaving it commits, an exception undoes it.

        What is changed through it gets no number in the change log, so it must be nothing that an index follows.

        Raises:
            WriterLockedError: another program kept the database locked for a long time.
            StorageFullError: the disk is full; nothing of the transaction is kept.
            CatalogError: the catalog is read-only, or this thread is in a transaction already.
        """
        self._refuse_if_read_only()
        if self._writing_thread == threading.get_ident():
            raise CatalogError(
                "This thread is inside a transaction already. Use the writer that it was given.",
                zh="当前线程已处于事务之中。请使用已经取得的写入器。",
            )
        # Everything that is counted or numbered is read inside: the database lets one transaction at a time begin.
        with self._turn:
            self._lock.keep()
            self._writing_thread = threading.get_ident()
            try:
                with self._database.transaction() as session:
                    yield session
                    session.refuse_if_failed()
            finally:
                self._writing_thread = None

    @contextmanager
    def writer_session(self, *, wait_s: float = 0.0) -> Iterator[None]:
        """Keep other long work out for the length of the block: ingests, embedding, screening, filling of indexes.

        Two of those would do the same work twice. Short transactions of other processes come in between. Sessions may
        be nested, and any thread of this process may open transactions meanwhile. Another process that holds one gets
        up to `wait_s` to end it: filling an index after a search takes a moment.

        Raises:
            WriterLockedError: another process holds the writer lock; names it.
            CatalogError: the catalog is read-only.
        """
        self._refuse_if_read_only()
        with self._folder_lock.held(wait_s=wait_s), self._lock.held(wait_s=wait_s):
            yield

    @contextmanager
    def index_session(self) -> Iterator[None]:
        """Keep other processes from writing to the indexes in the library folder for the length of the block.

        With a catalog that several machines share, each machine has indexes of its own, and long work on one does not
        keep the indexes of another from following. Otherwise it is a `writer_session`.

        Raises:
            WriterLockedError: another process holds the lock of the folder; names it.
            CatalogError: the catalog is read-only.
        """
        self._refuse_if_read_only()
        with self._folder_lock.held():
            yield

    @contextmanager
    def database_session(self) -> Iterator[None]:
        """Keep other long work out of the database for the length of the block, and leave the library folder alone.

        Raises:
            WriterLockedError: another process does long work; names it.
            CatalogError: the catalog is read-only.
        """
        self._refuse_if_read_only()
        with self._lock.held():
            yield

    def close(self) -> None:
        """Release files and locks. Closing twice does nothing."""
        self._database.close()

    def _refuse_if_read_only(self) -> None:
        if self._read_only:
            raise CatalogError(
                f"The catalog {self._database.place} was opened read-only. Open it for writing to change it.",
                zh=f"目录库 {self._database.place} 以只读方式打开。如需修改，请以可写方式打开。",
                file=self._database.place,
            )


def _refuse_unless_current(database: Database) -> None:
    state = schema_state(database)
    if state == "empty":
        raise CatalogError(
            f"There is no catalog at {database.place}. Check the path, or ingest something into it first.",
            zh=f"{database.place} 处没有目录库。请检查路径，或先导入数据。",
            file=database.place,
        )
    if state == "old":
        raise CatalogError(
            f"The catalog {database.place} was written by an older Jianwei. Open it for writing once to bring it up "
            "to date.",
            zh=f"目录库 {database.place} 由旧版见微写入。请以可写方式打开一次，完成升级。",
            file=database.place,
        )


def _create_or_migrate(database: Database, lock: LongWorkLock) -> None:
    with lock.held(wait_s=_MIGRATION_WAIT_S):
        state = schema_state(database)  # again: whoever held the lock may have done it
        if state == "current":
            return
        database.backend.make_place()
        with database.migrating() as connection:
            if state == "empty":
                create(connection)
                _write_birth(connection)
            else:
                migrate(connection)


def _write_birth(connection: Connection) -> None:
    from importlib.metadata import version  # loads half of the standard library

    from jianwei.catalog.tables.schema import meta

    now = datetime.now(UTC).isoformat(timespec="microseconds")
    rows = [{"name": "created_at", "value": now}, {"name": "created_by", "value": f"jianwei {version('jianwei')}"}]
    connection.execute(meta.insert(), rows)
