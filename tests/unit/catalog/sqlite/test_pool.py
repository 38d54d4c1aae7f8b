"""The pool of SQLite connections: the last used first, none lost, none kept after the end."""

import sqlite3
import threading
from collections.abc import Iterator

import pytest
from tests.waiting import PATIENCE_S

from jianwei.catalog.sqlite.pool import SqlitePool


@pytest.fixture
def opened() -> Iterator[list[sqlite3.Connection]]:
    connections: list[sqlite3.Connection] = []
    yield connections
    for connection in connections:
        connection.close()


def _pool(opened: list[sqlite3.Connection], kept: int = 2) -> SqlitePool:
    def connect() -> sqlite3.Connection:
        opened.append(sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None))
        return opened[-1]

    return SqlitePool(connect, kept=kept)


def _is_open(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return False
    return True


def test_a_connection_that_came_back_is_lent_again(opened: list[sqlite3.Connection]) -> None:
    pool = _pool(opened)
    pool.raw_connection().close()
    pool.raw_connection().close()

    assert len(opened) == 1


def test_more_are_lent_than_are_kept(opened: list[sqlite3.Connection]) -> None:
    pool = _pool(opened, kept=1)
    lent = [pool.raw_connection() for _ in range(3)]
    for connection in lent:
        connection.close()

    assert [_is_open(connection) for connection in opened] == [True, False, False]


def test_an_invalidated_connection_is_closed_and_not_lent_again(opened: list[sqlite3.Connection]) -> None:
    pool = _pool(opened)
    pool.raw_connection().invalidate()
    pool.raw_connection().close()

    assert [_is_open(connection) for connection in opened] == [False, True]


def test_after_the_end_idle_connections_are_closed_and_lent_ones_when_they_come_back(
    opened: list[sqlite3.Connection],
) -> None:
    pool = _pool(opened)
    lent = pool.raw_connection()
    pool.raw_connection().close()
    pool.dispose()
    assert [_is_open(connection) for connection in opened] == [True, False]

    lent.close()
    assert not _is_open(opened[0])


def test_a_forked_process_opens_its_own(opened: list[sqlite3.Connection], monkeypatch: pytest.MonkeyPatch) -> None:
    pool = _pool(opened)
    pool.raw_connection().close()
    monkeypatch.setattr("jianwei.catalog.sqlite.pool.os.getpid", lambda: -1)
    pool.raw_connection().close()

    assert [_is_open(connection) for connection in opened] == [True, True]


def test_threads_never_share_a_connection(opened: list[sqlite3.Connection]) -> None:
    pool = _pool(opened, kept=4)
    together = threading.Barrier(4)
    cursors: list[sqlite3.Cursor] = []

    def borrow() -> None:
        lent = pool.raw_connection()
        cursors.append(lent.cursor())
        together.wait(timeout=PATIENCE_S)
        lent.close()

    threads = [threading.Thread(target=borrow) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=PATIENCE_S)

    assert len({id(cursor.connection) for cursor in cursors}) == 4
