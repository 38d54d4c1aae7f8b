"""The lock for long work on a PostgreSQL catalog: one holder on all machines, and everyone else is told which.

It is an advisory lock of a connection of its own, so it cannot outlive its holder; who that is stands in the table of
single values. A connection that broke (a restart of the server) has lost the lock: it is taken again, or refused.
"""

from __future__ import annotations

import contextlib
import json
import time
from typing import TYPE_CHECKING, Any

from jianwei.catalog.engine.writer_lock import Holder, WriterLock, this_process
from jianwei.catalog.postgres import errors as postgres_errors
from jianwei.catalog.postgres.address import connect

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.catalog.postgres.address import PostgresAddress

_POLL_S = 0.2
_LONG_WORK = 1  # the second half of the key; 0 is that of transactions
_HOLDER = "writer"  # its name in the table of single values
_READ_HOLDER = "SELECT value FROM meta WHERE name = $1"
_WRITE_HOLDER = "INSERT INTO meta VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value"


class PostgresWriterLock(WriterLock):
    """The right to do long work on the catalog at an address."""

    def __init__(self, address: PostgresAddress, key: int, folder: Path) -> None:
        super().__init__(folder)
        self.place = address.shown
        self._address = address
        self._try = f"SELECT pg_try_advisory_lock({key}, {_LONG_WORK})"
        self._connection: Any = None

    def holder(self) -> Holder:
        """Return who wrote its name into the catalog last, whether or not it still holds the lock."""
        try:
            with contextlib.closing(self._connect()) as connection:
                ((stored,),) = connection.execute_unnamed(_READ_HOLDER, (_HOLDER,)).rows
            known = json.loads(stored)
            return Holder(int(known["pid"]), str(known["host"]), str(known["command"]), str(known["since"]))
        except Exception:  # noqa: BLE001  # no table yet, no row, not ours to read: unknown
            return Holder()

    def _acquire(self, deadline: float) -> None:
        try:
            connection = self._connect()
            try:
                self._lock(connection, deadline)
                _write_holder(connection)
            except BaseException:
                connection.close()
                raise
        except Exception as error:
            raise (postgres_errors.as_catalog_error(error, self._address) or error) from error
        self._connection = connection

    def _lock(self, connection: Any, deadline: float) -> None:  # noqa: ANN401  # pg8000 is untyped
        while not connection.execute_simple(self._try).rows[0][0]:
            if time.monotonic() >= deadline:
                raise self._locked_error()
            time.sleep(_POLL_S)

    def _still_held(self) -> bool:
        try:
            self._connection.execute_simple("SELECT 1")
        except Exception:  # noqa: BLE001  # whatever it is, the connection is no good any more
            return False
        return True

    def _release(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):  # a broken connection holds nothing
                connection.close()

    def _connect(self) -> Any:  # noqa: ANN401  # pg8000 is untyped
        return connect(self._address, "write", application="jianwei long work")


def _write_holder(connection: Any) -> None:  # noqa: ANN401  # as above
    """Write this process into the table of single values; before there is one, nobody can ask."""
    if connection.execute_simple("SELECT to_regclass('meta') IS NULL").rows[0][0]:
        return
    holder = json.dumps(this_process()._asdict(), ensure_ascii=True)
    connection.execute_unnamed(_WRITE_HOLDER, (_HOLDER, holder))
