"""Reading which family some pictures belong to: all that a search asks of the groups, and all that it loads of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.catalog.late_statements import LateStatements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.catalog import group_statements
    from jianwei.catalog.sql_catalog import SqlCatalog
else:
    group_statements = LateStatements("jianwei.catalog.group_statements")


def pivots_of(catalog: SqlCatalog, picture_nos: Sequence[int]) -> dict[int, int | None]:
    """Return the pivot of each of the pictures that have a hash; None for those that have not been grouped yet."""
    with catalog.reading() as session:
        rows = session.rows_for(group_statements.pivots_of, [int(number) for number in picture_nos])
    return dict(rows)
