"""The rows of one table in the order of its key, page by page: statements, and rows that both databases give alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, ColumnElement, and_, bindparam, delete, func, select, tuple_

from jianwei.catalog.tables.queries import NO_OFFSET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Delete, Select, Table

    from jianwei.catalog.engine.statements import Row, Session


class TableRows:
    """One table. Keys are compared in the same order by SQLite and PostgreSQL, whose text is ordered by code points."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._columns = list(table.primary_key)
        names = [column.name for column in table.columns]
        self._key_places = [names.index(column.name) for column in self._columns]
        self._flags = [place for place, column in enumerate(table.columns) if isinstance(column.type, Boolean)]

    def key(self, row: Row) -> Row:
        """Return the key of a row."""
        return tuple(row[place] for place in self._key_places)

    def count(self, session: Session) -> int:
        """Count the rows."""
        ((count,),) = session.rows(self._count)
        return int(count)

    def greatest_number(self, session: Session) -> int | None:
        """Return the greatest number of a table that numbers its rows by itself; None for others, and without rows."""
        if self.table.autoincrement_column is None:
            return None
        ((number,),) = session.rows(self._greatest)
        return None if number is None else int(number)

    def page(self, session: Session, after: Row | None, limit: int) -> list[Row]:
        """Return the next rows beyond a key, from the beginning for None."""
        if after is None:
            return self._alike(session.rows(self._first, limit))
        return self._alike(session.rows(self._next, *after, limit))

    def span(self, session: Session, after: Row | None, until: Row | None) -> list[Row]:
        """Return the rows beyond one key up to another, which is included; None leaves a side open."""
        build = {
            (False, False): self._every,
            (True, False): self._beyond,
            (False, True): self._up_to,
            (True, True): self._between,
        }[after is not None, until is not None]
        return self._alike(session.rows(build, *(after or ()), *(until or ())))

    def walk(self, reading: Callable[[], AbstractContextManager[Session]], limit: int) -> Iterator[list[Row]]:
        """Yield all rows, a page in each session."""
        after: Row | None = None
        while True:
            with reading() as session:
                rows = self.page(session, after, limit)
            if not rows:
                return
            yield rows
            after = self.key(rows[-1])

    def remove(self, session: Session, keys: list[Row]) -> None:
        """Delete the rows of keys."""
        session.run_many(self._delete, keys)

    def _alike(self, rows: list[Row]) -> list[Row]:
        """Return the rows with truth values that are truth values: SQLite has numbers for them."""
        if not self._flags:
            return rows
        changed = []
        for row in rows:
            values = list(row)
            for place in self._flags:
                values[place] = None if values[place] is None else bool(values[place])
            changed.append(tuple(values))
        return changed

    def _count(self) -> Select[Any]:
        return select(func.count()).select_from(self.table)

    def _greatest(self) -> Select[Any]:
        return select(func.max(self.table.autoincrement_column))

    def _first(self) -> Select[Any]:
        return self._every().limit(bindparam("limit")).offset(NO_OFFSET)

    def _next(self) -> Select[Any]:
        return self._beyond().limit(bindparam("limit")).offset(NO_OFFSET)

    def _every(self) -> Select[Any]:
        return select(self.table).order_by(*self._columns)

    def _beyond(self) -> Select[Any]:
        return self._every().where(self._keys() > self._bound("after"))

    def _up_to(self) -> Select[Any]:
        return self._every().where(self._keys() <= self._bound("until"))

    def _between(self) -> Select[Any]:
        return self._every().where(self._keys() > self._bound("after"), self._keys() <= self._bound("until"))

    def _delete(self) -> Delete:
        equal = (column == bindparam(f"key_{column.name}", type_=column.type) for column in self._columns)
        return delete(self.table).where(and_(*equal))

    def _keys(self) -> ColumnElement[Any]:
        return tuple_(*self._columns)

    def _bound(self, name: str) -> ColumnElement[Any]:
        return tuple_(*(bindparam(f"{name}_{column.name}", type_=column.type) for column in self._columns))
