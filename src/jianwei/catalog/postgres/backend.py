"""`PostgresBackend`: a catalog in one schema of a PostgreSQL database.

Columns of text are made with the collation "C": sorted by code points as SQLite does it, the same on every server, and
untouched by an upgrade of the operating system.
"""

from __future__ import annotations

import os
import socket
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import BigInteger, ColumnElement, Text, bindparam, create_engine, func, literal_column, select, table
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.dialects.postgresql.base import PGDDLCompiler
from sqlalchemy.pool import QueuePool

from jianwei.catalog.postgres import errors as postgres_errors
from jianwei.catalog.postgres.address import connect, load_driver
from jianwei.catalog.postgres.cursor import PreparedCursor
from jianwei.catalog.postgres.lock import PostgresWriterLock
from jianwei.catalog.tables.schema import metadata

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sqlalchemy import Column, Dialect, Engine, Select, Table
    from sqlalchemy.dialects.postgresql import Insert
    from sqlalchemy.engine.interfaces import DBAPICursor
    from sqlalchemy.pool import PoolProxiedConnection

    from jianwei.catalog.engine.backend import Access
    from jianwei.catalog.engine.statements import Session
    from jianwei.catalog.postgres.address import PostgresAddress
    from jianwei.errors import CatalogError

_LOCK_TIMEOUT_S = 60
"""How long a transaction waits for its turn. The longest of ours, a batch of an ingest, takes seconds."""


class PostgresBackend:
    """The schema that an address names."""

    begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

    def __init__(self, address: PostgresAddress) -> None:
        self.address = address
        self.place = address.shown
        # A lock of the whole catalog that ends with the transaction, so that transactions of all machines follow one
        # another and a change has its number before the next one asks for its own.
        self.begin_write = (
            f"BEGIN; SET LOCAL lock_timeout = '{_LOCK_TIMEOUT_S}s'; "
            f"SELECT pg_advisory_xact_lock({lock_key(address.schema)}, 0)"
        )

    def connections(self, access: Access) -> Engine:
        """Return connections of one way of access: an engine has them."""
        return self.create_engine(access)

    def dialect(self) -> Dialect:
        """Return SQLAlchemy's dialect."""
        return self.create_engine("read").dialect

    def prepared(self) -> Mapping[str, str]:
        """Return nothing: over a network, compiling is not what takes long."""
        return {}

    def create_engine(self, access: Access) -> Engine:
        """Return an engine of one way of access."""
        load_driver()  # SQLAlchemy would import it now, and say less when it is missing
        application = f"jianwei {os.getpid()} on {socket.gethostname()}"
        engine = create_engine(
            "postgresql+pg8000://",
            creator=lambda: connect(self.address, access, application=application),
            poolclass=QueuePool,
            pool_size=8 if access in {"read", "read-only"} else 1,
            max_overflow=-1,
            pool_use_lifo=True,
            pool_reset_on_return=None,  # whoever takes a connection ends its transaction
        )
        engine.dialect.ddl_compiler = _CodePointOrder
        return engine

    def cursor(self, connection: PoolProxiedConnection) -> DBAPICursor:
        """Return a cursor that keeps its statements prepared as long as the connection lasts."""
        return cast("DBAPICursor", PreparedCursor(connection.driver_connection, connection.info))

    def upsert(self, target: Table) -> Insert:
        """Return an insert of whole rows that replaces the row with the same primary key."""
        statement = insert(target)
        keys = [column.name for column in target.primary_key]
        rest = {column.name: statement.excluded[column.name] for column in target.columns if column.name not in keys}
        return statement.on_conflict_do_update(index_elements=keys, set_=rest)

    def table_names(self) -> Select[str]:
        """(name,) of all tables of the schema."""
        names: ColumnElement[str] = literal_column("tablename")
        return select(names).select_from(table("pg_tables")).where(literal_column("schemaname = current_schema()"))

    def is_missing(self) -> bool:
        """Return False: a schema that is not there has no tables."""
        return False

    def size_bytes(self, session: Session) -> int:
        """Return how many bytes all tables of the schema take on the server, with their indexes."""
        ((size,),) = session.rows(_size_of_tables)
        return int(size)

    def last_numbers(self, session: Session) -> dict[str, int]:
        """Return how far the sequences of the numbered columns have come."""
        known: dict[str, int] = dict(session.rows(_sequences))
        given = {name: known.get(sequence) for name, sequence in _sequence_names().items()}
        return {name: number for name, number in given.items() if number}

    def set_last_numbers(self, session: Session, numbers: dict[str, int]) -> None:
        """Set the sequences, and let the planner look at what was put: it takes new tables for empty ones."""
        for name, number in numbers.items():
            session.rows(_set_sequence, _sequence_names()[name], number)
        session.run_text(f"ANALYZE {', '.join(metadata.tables)}")

    def make_place(self) -> None:
        """Make the schema, if it is not there."""
        try:
            connection = connect(self.address, "migrate", application="jianwei")
            try:
                connection.execute_simple(f"CREATE SCHEMA IF NOT EXISTS {self.address.schema}")
            finally:
                connection.close()
        except Exception as error:
            translated = self.as_catalog_error(error)
            if translated is None:
                raise
            raise translated from error

    def writer_lock(self, library_folder: Path) -> PostgresWriterLock:
        """Return the lock that long work of all machines shares."""
        return PostgresWriterLock(self.address, lock_key(self.address.schema), library_folder)

    def as_catalog_error(self, error: BaseException) -> CatalogError | None:
        """Return our error for one of the driver's or SQLAlchemy's."""
        return postgres_errors.as_catalog_error(error, self.address)


def _size_of_tables() -> Select[int]:
    size = "CAST(coalesce(sum(pg_total_relation_size(pg_class.oid)), 0) AS bigint)"
    total: ColumnElement[int] = literal_column(size)
    ours: ColumnElement[bool] = literal_column("relkind = 'r' AND relnamespace = to_regnamespace(current_schema())")
    return select(total).select_from(table("pg_class")).where(ours)


def _sequence_names() -> dict[str, str]:
    """Return the sequence of each table that gives numbers, as PostgreSQL names them."""
    numbered = ((table.name, table.autoincrement_column) for table in metadata.tables.values())
    return {name: f"{name}_{column.name}_seq" for name, column in numbered if column is not None}


def _sequences() -> Select[str, int]:
    columns: tuple[ColumnElement[str], ColumnElement[int]] = (
        literal_column("sequencename"),
        literal_column("last_value"),
    )
    given: ColumnElement[bool] = literal_column("schemaname = current_schema() AND last_value IS NOT NULL")
    return select(*columns).select_from(table("pg_sequences")).where(given)


def _set_sequence() -> Select[tuple[int]]:
    """(number,); takes a sequence and the number."""
    name = func.to_regclass(bindparam("name", type_=Text()))
    return select(func.setval(name, bindparam("number", type_=BigInteger())))


def lock_key(schema: str) -> int:
    """Return the number that our advisory locks for a schema begin with; other programs will hardly use it."""
    return int.from_bytes(sha256(f"jianwei catalog {schema}".encode()).digest()[:4], "big", signed=True)


class _CodePointOrder(PGDDLCompiler):
    def get_column_specification(self, column: Column[Any], **options: Any) -> str:  # noqa: ANN401  # SQLAlchemy's
        text: str = super().get_column_specification(column, **options)  # type: ignore[no-untyped-call]
        return text.replace(" TEXT", ' TEXT COLLATE "C"', 1) if isinstance(column.type, Text) else text
