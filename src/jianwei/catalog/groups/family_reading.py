"""Reading which family some pictures belong to: all that a search asks of the groups, and all that it loads of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.catalog.engine.late_statements import LateStatements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.catalog.groups import group_statements
    from jianwei.catalog.sql_catalog import SqlCatalog
else:
    group_statements = LateStatements("jianwei.catalog.groups.group_statements")

_MOST_REMEMBERED = 100_000
"""Numbers of pictures: some megabytes."""


class FamilyReader:
    """Reads the families of one catalog. Safe to use from several threads.

    Nearly all pictures have been grouped, so it is asked last which have a hash. Those without one have no family, and
    are remembered while the catalog stays as it is.
    """

    def __init__(self, catalog: SqlCatalog) -> None:
        self._catalog = catalog
        self._known: tuple[int, set[int]] = (0, set())
        """A change of the catalog, and pictures that have no hash as of it."""

    def pivots_of(self, picture_nos: Sequence[int], *, newest: int) -> dict[int, int | None]:
        """Return the pivot of each of the pictures that have a hash; None for those that have not been grouped yet.

        `newest` is the newest change of the catalog that whoever asks has seen.
        """
        until, unhashed = self._known
        if until != newest or len(unhashed) > _MOST_REMEMBERED:
            until, unhashed = self._known = (newest, set())
        asked = set(picture_nos).difference(unhashed)
        if not asked:
            return {}
        with self._catalog.reading() as session:
            found: dict[int, int | None] = dict(session.rows_for(group_statements.pivots_of, asked))
            others = asked.difference(found)
            if others:
                hashed = {number for (number,) in session.rows_for(group_statements.hashed_of, others)}
                unhashed.update(others - hashed)
                found |= dict.fromkeys(hashed)
        return found
