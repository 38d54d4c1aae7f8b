"""What a kind of database has to bring: connections, transactions, upserts, what its errors mean, who may write.

`Database` and the stores above it are the same for all; `SqliteBackend` and `PostgresBackend` fulfil this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy import ClauseElement, Dialect, Engine, Table
    from sqlalchemy.engine.interfaces import DBAPICursor

    from jianwei.catalog.engine.statements import Session, Statement
    from jianwei.errors import CatalogError

Access = Literal["read", "read-only", "write", "migrate"]
"""`read` may tidy up behind itself when it closes last, `read-only` leaves everything as it is."""


class LentConnection(Protocol):
    """A connection of the driver that one thread has for a while."""

    def cursor(self) -> Any:  # noqa: ANN401  # drivers have classes of their own
        """Return a cursor of the driver."""
        ...

    def close(self) -> None:
        """Give it back."""
        ...

    def invalidate(self) -> None:
        """Close it for good, whatever state its transaction is in."""
        ...


class Connections(Protocol):
    """Connections of one way of access, kept open for the next who asks."""

    def raw_connection(self) -> LentConnection:
        """Lend one."""
        ...

    def dispose(self) -> None:
        """Close those that nobody uses; those in use close when they come back."""
        ...


class LongWorkLock(Protocol):
    """The right to do long work, held by one process at a time. Counted within the process."""

    def held(self, *, wait_s: float = 0.0) -> AbstractContextManager[None]:
        """Hold it for the length of the block, waiting up to `wait_s` for another process.

        Raises:
            WriterLockedError: another process holds it; names it.
        """
        ...

    def keep(self) -> None:
        """Take it again if it is held and was lost; nothing otherwise.

        Raises:
            WriterLockedError: another process has taken it meanwhile; names it.
        """
        ...


class Backend(Protocol):
    """One database of one kind."""

    @property
    def place(self) -> str:
        """Where it is, as people are told: without a password."""
        ...

    @property
    def begin_read(self) -> str:
        """SQL that opens a transaction which sees one state."""
        ...

    @property
    def begin_write(self) -> str:
        """SQL that opens a transaction when it is its turn: those of all processes follow one another."""
        ...

    def connections(self, access: Access) -> Connections:
        """Return connections that commit by themselves outside of the transactions above; nothing is opened yet."""
        ...

    def create_engine(self, access: Access) -> Engine:
        """Return an engine of SQLAlchemy with such connections, for what changes the schema."""
        ...

    def dialect(self) -> Dialect:
        """Return how statements are written for it."""
        ...

    def prepared(self) -> Mapping[str, str]:
        """Return the SQL of statements that need not be compiled, by label."""
        ...

    def cursor(self, connection: Any) -> DBAPICursor:  # noqa: ANN401  # one that its own `connections` lent
        """Return a cursor for positional parameters; rows are tuples."""
        ...

    def upsert(self, target: Table) -> ClauseElement:
        """Return an insert of whole rows that replaces the row with the same primary key."""
        ...

    @property
    def table_names(self) -> Statement:
        """(name,) of all tables."""
        ...

    def is_missing(self) -> bool:
        """Tell whether there is nothing at all where it should be."""
        ...

    def size_bytes(self, session: Session) -> int:
        """Return how many bytes it takes where it is stored."""
        ...

    def last_numbers(self, session: Session) -> dict[str, int]:
        """Return the greatest number ever given in each table that gives numbers and has given one."""
        ...

    def set_last_numbers(self, session: Session, numbers: dict[str, int]) -> None:
        """Give greater numbers than these from now on, after many rows were put; the session is in a transaction."""
        ...

    def make_place(self) -> None:
        """Make the place that tables can be made in.

        Raises:
            CatalogError: it cannot be made.
        """
        ...

    def writer_lock(self, library_folder: Path) -> LongWorkLock:
        """Return the lock that long work on this database holds."""
        ...

    def as_catalog_error(self, error: BaseException) -> CatalogError | None:
        """Return our error for one of the driver's, SQLAlchemy's or the system's; None for any other."""
        ...
