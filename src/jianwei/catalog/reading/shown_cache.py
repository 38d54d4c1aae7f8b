"""Which pictures listings show, read whole once asking the database for single ones has cost as much.

A program that asks once never reads all, and no single question waits for all: each reads a part. While listings
change the database is asked as before.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from jianwei.catalog.change_log import stored_kind
from jianwei.catalog.engine.late_statements import LateStatements
from jianwei.catalog.reading.shown_pictures import ShownPictures
from jianwei.catalog.reading.shown_reading import places_behind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwei.catalog.engine.statements import Session
    from jianwei.catalog.tables import queries
else:
    queries = LateStatements("jianwei.catalog.tables.queries")

ASKED_BEFORE = 20_000
"""Numbers asked for one by one, 5 µs each, before all are read, 0.3 µs each: as much as a third of a million take."""

READ_PER_NUMBER = 16
"""Places that a question reads ahead for each number that it asks for: about as much as it takes to ask for that."""


class ShownCache:
    """Holds what is shown at one state of the listings. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sequence = 0
        self._forget()

    def at(self, session: Session, sequence: int, count: int) -> ShownPictures | None:
        """Return what is shown; None where it is not worth reading for somebody who asks about `count` numbers.

        `session` sees the catalog at `sequence`.
        """
        with self._lock:
            if sequence < self._sequence:  # somebody still sees an older state
                return None
            if sequence > self._sequence:
                if session.rows(queries.changes_after, stored_kind("listing", None), self._sequence, 1):
                    self._forget()
                self._sequence = sequence
            if self._shown is None:
                self._asked += count
                if count and self._asked > ASKED_BEFORE:
                    self._read_on(session, READ_PER_NUMBER * count)
            return self._shown

    def _forget(self) -> None:
        self._asked = 0
        self._shown: ShownPictures | None = None
        self._parts: list[NDArray[np.int64]] = []
        self._behind = (0, 0)

    def _read_on(self, session: Session, limit: int) -> None:
        part = places_behind(session, *self._behind, limit)
        self._parts.append(part)
        if part.shape[1] < limit:
            # They come by listing and in page order: to sort a million again takes longer than a question may.
            listing_nos, picture_nos = (np.concatenate([part[row] for part in self._parts]) for row in (0, 1))
            self._shown, self._parts = ShownPictures(listing_nos, picture_nos), []
        else:
            listing_no, _, place = part[:, -1].tolist()
            self._behind = (listing_no, place)
