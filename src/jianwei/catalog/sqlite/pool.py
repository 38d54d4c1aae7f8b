"""Open connections to one SQLite file, kept for the next who asks.

SQLAlchemy has such a pool too. This one is here because a search from the command line reads through statements whose
SQL is prepared (`prepared_texts`), and then needs nothing else of SQLAlchemy, which takes a third of a second to load.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable


class LentConnection:
    """One connection, lent to one thread until `close` or `invalidate`."""

    __slots__ = ("_connection", "_generation", "_pool")

    def __init__(self, connection: sqlite3.Connection, pool: SqlitePool, generation: int) -> None:
        self._connection = connection
        self._pool = pool
        self._generation = generation

    def cursor(self) -> sqlite3.Cursor:
        """Return a cursor of the driver."""
        return self._connection.cursor()

    def close(self) -> None:
        """Give the connection back, which has no transaction open."""
        self._pool.take_back(self._connection, self._generation)

    def invalidate(self) -> None:
        """Close the connection for good, which undoes its transaction."""
        self._connection.close()


class SqlitePool:
    """Lends connections, at most `kept` of which stay open while nobody uses them. Safe to use from several threads.

    The one that was used last is lent first: it has the warmest page cache. A process that was forked opens its own:
    SQLite forbids to use a connection in two processes.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection], *, kept: int) -> None:
        self._connect = connect
        self._kept = kept
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._inherited: list[sqlite3.Connection] = []
        self._generation = 0
        self._owner = os.getpid()

    def raw_connection(self) -> LentConnection:
        """Lend a connection, opening one where none is idle.

        Raises:
            sqlite3.Error: the file cannot be opened.
        """
        with self._lock:
            if self._owner != os.getpid():
                self._inherited, self._idle = self._idle, []  # kept, so that nothing closes them in this process
                self._owner = os.getpid()
            idle = self._idle.pop() if self._idle else None
            generation = self._generation
        return LentConnection(idle or self._connect(), self, generation)

    def dispose(self) -> None:
        """Close the idle connections; those that are lent close when they come back."""
        with self._lock:
            idle, self._idle = self._idle, []
            self._generation += 1
        for connection in idle:
            connection.close()

    def take_back(self, connection: sqlite3.Connection, generation: int) -> None:
        """Keep a connection that was lent in a generation for the next who asks, or close it."""
        with self._lock:
            stays = generation == self._generation and len(self._idle) < self._kept
            if stays:
                self._idle.append(connection)
        if not stays:
            connection.close()
