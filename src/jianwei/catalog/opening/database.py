"""The connections of one catalog: a pool that only reads, one that writes, and how a transaction begins and ends.

Readers never wait: SQLite's write-ahead log and PostgreSQL's row versions let them go on with the last committed state
while a transaction is open. What else differs between the two stands behind `Backend`.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from jianwei.catalog.engine.statements import Session, StatementTexts
from jianwei.catalog.sqlite.backend import SqliteBackend
from jianwei.errors import CatalogError, CatalogUnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from types import TracebackType

    from sqlalchemy import Connection
    from sqlalchemy.engine.interfaces import DBAPICursor

    from jianwei.catalog.engine.backend import Backend, Connections, LentConnection


class Database:
    """One database; that in a file where a path is given."""

    def __init__(self, backend: Backend | Path, *, read_only: bool) -> None:
        self.backend: Backend = SqliteBackend(backend) if isinstance(backend, Path) else backend
        self.place = self.backend.place
        self._readers = self.backend.connections("read-only" if read_only else "read")
        self._writers = self.backend.connections("write")
        self._texts = StatementTexts(self.backend.dialect, upsert=self.backend.upsert, prepared=self.backend.prepared())
        self._closed = False
        self._held = _Held()

    def reading(self, *, snapshot: bool = False) -> AbstractContextManager[Session]:
        """Lend a connection for reading, inside `at_one_moment` the one of that block.

        Each statement sees the state last committed when it begins; with `snapshot` all of them see the same.

        Raises:
            CatalogError: the catalog is closed, damaged or cannot be opened.
        """
        held = self._held.session
        if held is not None:
            return held
        return _Lent(self, self._readers, self.backend.begin_read if snapshot else "")

    def at_one_moment(self) -> AbstractContextManager[None]:
        """Open a block in which all that this thread reads is read in one transaction, and so of one state.

        Raises:
            CatalogError: the catalog is closed, damaged or cannot be opened.
        """
        return _OneMoment(self, self._held)

    def transaction(self) -> AbstractContextManager[Session]:
        """Lend a connection in a transaction, which is committed on leaving and undone by an exception.

        Raises:
            StorageFullError: the disk is full.
            WriterLockedError: another program kept the file locked for a long time.
            CatalogError: the catalog is closed or damaged, or refused a statement.
        """
        return _Lent(self, self._writers, self.backend.begin_write)

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Lend a SQLAlchemy connection in a transaction for changing the schema.

        Raises:
            StorageFullError: the disk is full.
            CatalogError: the file cannot be changed.
        """
        engine = self.backend.create_engine("migrate")
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql(self.backend.begin_write)
                yield connection
                connection.commit()
        except Exception as error:
            raise self._translated(error) from error
        finally:
            engine.dispose()

    def close(self) -> None:
        """Close the connections that nobody is using; those in use close when they come back."""
        self._closed = True
        self._readers.dispose()
        self._writers.dispose()

    def lend(self, connections: Connections) -> tuple[LentConnection, DBAPICursor]:
        """Take a connection out of a pool, with a cursor; whoever does closes both.

        Raises:
            CatalogError: the catalog is closed, or cannot be opened.
        """
        if self._closed:
            raise CatalogError(
                f"The catalog {self.place} was closed. Open it again.",
                zh=f"目录库 {self.place} 已关闭。请重新打开。",
                file=self.place,
            )
        try:
            connection = connections.raw_connection()
        except Exception as error:
            raise self._translated(error) from error
        return connection, self.backend.cursor(connection)

    def session(self, cursor: DBAPICursor) -> Session:
        """Return a session that works with a cursor."""
        return Session(cursor, self._texts, self.backend.as_catalog_error)

    def after_failure(self, error: BaseException) -> CatalogError | None:
        """Return our error for one that ended a session; None where it stays as it is."""
        translated = self.backend.as_catalog_error(error)
        if isinstance(translated or error, CatalogUnreachableError):
            self._forget_connections()
        return translated

    def _forget_connections(self) -> None:
        """Close what lies in the pools, as it was lost with the connection that told; the next call makes new ones."""
        if not self._closed:
            self._readers.dispose()
            self._writers.dispose()

    def _translated(self, error: Exception) -> Exception:
        return self.backend.as_catalog_error(error) or error


class _Held(threading.local):
    """What a thread reads through in a block of one moment."""

    session: AbstractContextManager[Session] | None = None


class _OneMoment:
    """A block in which a thread reads in one transaction; inside another such block it is a part of that."""

    __slots__ = ("_database", "_held", "_own")

    def __init__(self, database: Database, held: _Held) -> None:
        self._database = database
        self._held = held
        self._own: AbstractContextManager[Session] | None = None

    def __enter__(self) -> None:
        if self._held.session is None:
            self._own = self._database.reading(snapshot=True)
            self._held.session = nullcontext(self._own.__enter__())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._own is not None:
            self._held.session = None
            self._own.__exit__(kind, error, trace)


class _Lent:
    """A session on a connection that is lent for the length of a block.

    Where `begin` opens a transaction, leaving the block commits it, and an error undoes it. No generator makes it: a
    search opens some such blocks, and with generators they take longer than what is read.
    """

    __slots__ = ("_begin", "_connection", "_connections", "_cursor", "_database", "_session")

    def __init__(self, database: Database, connections: Connections, begin: str) -> None:
        self._database = database
        self._connections = connections
        self._begin = begin

    def __enter__(self) -> Session:
        self._connection, self._cursor = self._database.lend(self._connections)
        session = self._session = self._database.session(self._cursor)
        if self._begin:
            self._run(self._begin)
        return session

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._give_up(error)
            return
        if self._begin:
            self._run("COMMIT")
        self._cursor.close()
        self._connection.close()

    def _run(self, text: str) -> None:
        try:
            self._session.run_text(text)
        except BaseException as error:
            self._give_up(error)
            raise

    def _give_up(self, error: BaseException) -> None:
        self._cursor.close()
        self._connection.invalidate()  # closing it undoes its transaction, whatever state that is in
        translated = self._database.after_failure(error)
        if translated is not None:
            raise translated from error
