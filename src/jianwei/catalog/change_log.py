"""The change log: which listings and pictures changed last, numbered so that indexes can follow.

Only the newest change of each entity is kept, and a removed entity leaves its last one behind as a tombstone. The row
with the greatest number therefore never goes away, and a number is never given twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.catalog.engine.late_statements import LateStatements

if TYPE_CHECKING:
    from jianwei.catalog.engine.statements import Session
    from jianwei.catalog.tables import queries
    from jianwei.ports import ChangeKind
else:
    queries = LateStatements("jianwei.catalog.tables.queries")


def stored_kind(kind: ChangeKind, space_no: int | None = None) -> str:
    """Return the kind as it is stored: changes of vectors are numbered for each space by itself."""
    return kind if space_no is None else f"{kind}:{space_no}"


class PendingChanges:
    """The changes of one transaction, written once at its end however often an entity changed in it."""

    def __init__(self) -> None:
        self._deleted: dict[tuple[str, int], bool] = {}

    def mark(self, kind: ChangeKind, entity_no: int, *, deleted: bool = False, space_no: int | None = None) -> None:
        """Note that an entity changed, or is gone; a vector in its space."""
        self._deleted[stored_kind(kind, space_no), entity_no] = deleted

    def write(self, session: Session) -> None:
        """Give each marked entity the next number and forget the marks."""
        if not self._deleted:
            return
        from jianwei.catalog.tables.schema import changes

        newest = session.row(queries.last_sequence)
        start = 1 + ((newest[0] or 0) if newest else 0)
        rows = [
            (kind, entity_no, sequence, deleted)
            for sequence, ((kind, entity_no), deleted) in enumerate(self._deleted.items(), start)
        ]
        session.put(changes, rows)
        self._deleted.clear()
