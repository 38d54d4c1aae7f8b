"""The connections of one catalog: a pool that only reads, one that writes, and how a transaction begins and ends.

Readers never wait: SQLite's write-ahead log and PostgreSQL's row versions let them go on with the last committed state
while a transaction is open. What else differs between the two stands behind `Backend`.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from jianwei.catalog.sqlite_backend import SqliteBackend
from jianwei.catalog.statements import Session, StatementTexts
from jianwei.errors import CatalogError, CatalogUnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from jianwei.catalog.backend import Backend, Connections


class Database:
    """One database; that in a file where a path is given."""

    def __init__(self, backend: Backend | Path, *, read_only: bool) -> None:
        self.backend: Backend = SqliteBackend(backend) if isinstance(backend, Path) else backend
        self.place = self.backend.place
        self._readers = self.backend.connections("read-only" if read_only else "read")
        self._writers = self.backend.connections("write")
        self._texts = StatementTexts(self.backend.dialect, upsert=self.backend.upsert, prepared=self.backend.prepared())
        self._closed = False

    @contextmanager
    def reading(self, *, snapshot: bool = False) -> Iterator[Session]:
        """Lend a connection for reading.

        Each statement sees the state last committed when it begins; with `snapshot` all of them see the same.

        Raises:
            CatalogError: the catalog is closed, damaged or cannot be opened.
        """
        with self._lending(self._readers) as session:
            if not snapshot:
                yield session
                return
            session.run_text(self.backend.begin_read)
            yield session
            session.run_text("COMMIT")

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Lend a connection in a transaction, which is committed on leaving and undone by an exception.

        Raises:
            StorageFullError: the disk is full.
            WriterLockedError: another program kept the file locked for a long time.
            CatalogError: the catalog is closed or damaged, or refused a statement.
        """
        with self._lending(self._writers) as session:
            session.run_text(self.backend.begin_write)
            yield session
            session.run_text("COMMIT")

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

    @contextmanager
    def _lending(self, connections: Connections) -> Iterator[Session]:
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
        cursor = self.backend.cursor(connection)
        try:
            yield Session(cursor, self._texts, self._as_catalog_error)
        except BaseException as error:
            cursor.close()
            connection.invalidate()  # closing it undoes its transaction, whatever state that is in
            translated = self._as_catalog_error(error)
            if isinstance(translated or error, CatalogUnreachableError):
                self._forget_connections()
            if translated is not None:
                raise translated from error
            raise
        cursor.close()
        connection.close()

    def _forget_connections(self) -> None:
        """Close what lies in the pools, as it was lost with the connection that told; the next call makes new ones."""
        if not self._closed:
            self._readers.dispose()
            self._writers.dispose()

    def _translated(self, error: Exception) -> Exception:
        return self._as_catalog_error(error) or error

    def _as_catalog_error(self, error: BaseException) -> CatalogError | None:
        return self.backend.as_catalog_error(error)
