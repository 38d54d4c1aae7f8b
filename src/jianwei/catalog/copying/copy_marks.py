"""The marks that copying leaves among the single values of a catalog: that a copy is under way, and that it is done.

Apart from `copying` because every opening of a library looks at them, and few ever copy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.catalog.engine.late_statements import LateStatements

if TYPE_CHECKING:
    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.catalog.tables import queries
else:
    queries = LateStatements("jianwei.catalog.tables.queries")

COPYING = "copying_from"
"""The single value that tells of a copy under way; a catalog that has it is not whole."""
COPIED = "copied_from"


def is_half_copied(catalog: SqlCatalog) -> bool:
    """Tell whether a copy into this catalog was begun and not finished."""
    return copy_mark(catalog, COPYING) is not None


def copy_mark(catalog: SqlCatalog, name: str) -> str | None:
    """Return a mark: the identity of the catalog that is or was copied; None without one."""
    with catalog.reading() as session:
        row = session.row(queries.single_value, name)
    return None if row is None else str(row[0])
