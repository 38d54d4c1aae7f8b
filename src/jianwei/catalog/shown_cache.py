"""Which pictures listings show, read whole once asking the database for single ones has cost as much.

A program that asks once never reads all. While listings change the database is asked as before.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from jianwei.catalog.change_log import stored_kind
from jianwei.catalog.late_statements import LateStatements
from jianwei.catalog.shown_pictures import ShownPictures, shown_of

if TYPE_CHECKING:
    from jianwei.catalog import queries
    from jianwei.catalog.statements import Session
else:
    queries = LateStatements("jianwei.catalog.queries")

ASKED_BEFORE = 50_000
"""Numbers asked for one by one, 5 µs each, before all are read, 0.6 µs each: as much as half a million take."""


class ShownCache:
    """Holds what is shown at one state of the listings. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sequence = 0
        self._asked = 0
        self._shown: ShownPictures | None = None

    def at(self, session: Session, sequence: int, count: int) -> ShownPictures | None:
        """Return what is shown; None where it is not worth reading for somebody who asks about `count` numbers.

        `session` sees the catalog at `sequence`.
        """
        with self._lock:
            if sequence < self._sequence:  # somebody still sees an older state
                return None
            if sequence > self._sequence:
                if session.rows(queries.changes_after, stored_kind("listing", None), self._sequence, 1):
                    self._shown, self._asked = None, 0
                self._sequence = sequence
            if self._shown is None:
                self._asked += count
                if self._asked <= ASKED_BEFORE:
                    return None
                self._shown = shown_of(session.rows(queries.all_pictures_shown))
            return self._shown
