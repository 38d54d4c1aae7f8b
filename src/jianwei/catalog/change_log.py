"""The change log: which listings and pictures changed last, numbered so that indexes can follow.

Only the newest change of each entity is kept, and a removed entity leaves its last one behind as a tombstone. The row
with the greatest number therefore never goes away, and a number is never given twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.catalog.queries import last_sequence
from jianwei.catalog.schema import changes

if TYPE_CHECKING:
    from jianwei.catalog.statements import Session
    from jianwei.ports import ChangeKind


class PendingChanges:
    """The changes of one transaction, written once at its end however often an entity changed in it."""

    def __init__(self) -> None:
        self._deleted: dict[tuple[ChangeKind, int], bool] = {}

    def mark(self, kind: ChangeKind, entity_no: int, *, deleted: bool = False) -> None:
        """Note that an entity changed, or is gone."""
        self._deleted[kind, entity_no] = deleted

    def write(self, session: Session) -> None:
        """Give each marked entity the next number and forget the marks."""
        if not self._deleted:
            return
        newest = session.row(last_sequence)
        start = 1 + ((newest[0] or 0) if newest else 0)
        rows = [
            (kind, entity_no, sequence, deleted)
            for sequence, ((kind, entity_no), deleted) in enumerate(self._deleted.items(), start)
        ]
        session.put(changes, rows)
        self._deleted.clear()
