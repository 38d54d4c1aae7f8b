"""Room that the desk keeps for itself inside its own files, so that who searched is still noted when the disk is full.

SQLite reuses the pages of its file that nothing stands on, and its log from the beginning once that is merged: what was
written once needs no room again. So a few thousand entries are taken when nothing else can be stored any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

_ROOM_BYTES = 5 * 1024 * 1024  # more than the 1000 pages after which SQLite merges its log and begins it anew


def make_room(connection: sqlite3.Connection) -> None:
    """Write a filler and let it go: its pages stay in the file and in the log. The connection is in autocommit mode."""
    connection.execute("BEGIN IMMEDIATE")  # another process of the same desk may be at it
    try:
        connection.execute("CREATE TABLE IF NOT EXISTS room (filler BLOB NOT NULL) STRICT")
        connection.execute("INSERT INTO room VALUES (zeroblob(?))", (_ROOM_BYTES,))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("DROP TABLE IF EXISTS room")
