"""`SqliteBackend`: a catalog in one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from jianwei.catalog.engine.late_statements import LateStatement
from jianwei.catalog.engine.writer_lock import WriterLock
from jianwei.catalog.sqlite import dialect
from jianwei.catalog.sqlite.connections import BEGIN_READ, BEGIN_WRITE, create_sqlite_engine, sqlite_connections
from jianwei.catalog.sqlite.errors import as_catalog_error
from jianwei.catalog.sqlite.prepared_texts import prepared_texts
from jianwei.errors import CatalogError
from jianwei.system_words import why

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sqlalchemy import Delete, Dialect, Engine, Insert, Select, Table, TableClause
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
    from sqlalchemy.engine.interfaces import DBAPICursor

    from jianwei.catalog.engine.backend import Access
    from jianwei.catalog.engine.statements import Session
    from jianwei.catalog.sqlite.pool import LentConnection, SqlitePool


class SqliteBackend:
    """The database in `file`."""

    begin_read = BEGIN_READ
    begin_write = BEGIN_WRITE
    table_names = LateStatement(dialect.__name__, "table_names")

    def __init__(self, file: Path) -> None:
        self.file = file
        self.place = str(file)

    def connections(self, access: Access) -> SqlitePool:
        """Return connections of one way of access."""
        return sqlite_connections(self.file, access)

    def create_engine(self, access: Access) -> Engine:
        """Return an engine of one way of access."""
        return create_sqlite_engine(self.file, access)

    def dialect(self) -> Dialect:
        """Return SQLAlchemy's dialect."""
        return dialect.dialect()

    def prepared(self) -> Mapping[str, str]:
        """Return the SQL that a search runs."""
        return prepared_texts()

    def cursor(self, connection: LentConnection) -> DBAPICursor:
        """Return the driver's own cursor."""
        return cast("DBAPICursor", connection.cursor())

    def upsert(self, target: Table) -> SqliteInsert:
        """Return an insert of whole rows that replaces the row with the same primary key."""
        return dialect.upsert(target)

    def is_missing(self) -> bool:
        """Tell whether the file is not there, or empty."""
        return not self.file.exists() or self.file.stat().st_size == 0

    def size_bytes(self, session: Session) -> int:  # noqa: ARG002  # the files tell
        """Return how many bytes the file and those beside it take."""
        return sum(file.stat().st_size for file in self.file.parent.glob(f"{self.file.name}*"))

    def last_numbers(self, session: Session) -> dict[str, int]:
        """Return what SQLite's own table of numbers says."""
        return {name: number for name, number in session.rows(_numbers_given) if number}

    def set_last_numbers(self, session: Session, numbers: dict[str, int]) -> None:
        """Write SQLite's own table of numbers; inserting rows has brought those that have any."""
        known = self.last_numbers(session)
        for name, number in numbers.items():
            if known.get(name, 0) < number:
                session.rows(_forget_number, name)
                session.rows(_insert_number, name, number)

    def make_place(self) -> None:
        """Make the folder of the file."""
        folder = self.file.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CatalogError(
                f"The folder {folder} cannot be made ({why(error).en}). Choose another place for the library.",
                zh=f"无法创建目录 {folder}（{why(error).zh}）。请为资料库选择其他位置。",
                file=str(folder),
            ) from error

    def writer_lock(self, library_folder: Path) -> WriterLock:
        """Return the lock in the library folder."""
        return WriterLock(library_folder)

    def as_catalog_error(self, error: BaseException) -> CatalogError | None:
        """Return our error for one of SQLite's, SQLAlchemy's or the system's."""
        return as_catalog_error(error, self.file)


def _numbers() -> TableClause:
    from sqlalchemy import column, table

    return table("sqlite_sequence", column("name"), column("seq"))


def _numbers_given() -> Select[tuple[str, int]]:
    from sqlalchemy import select

    numbers = _numbers()
    return select(numbers.c.name, numbers.c.seq)


def _forget_number() -> Delete:
    from sqlalchemy import bindparam, delete

    numbers = _numbers()
    return delete(numbers).where(numbers.c.name == bindparam("name"))


def _insert_number() -> Insert:
    from sqlalchemy import bindparam, insert

    return insert(_numbers()).values(name=bindparam("new_name"), seq=bindparam("new_seq"))
