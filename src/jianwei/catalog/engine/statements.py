"""Statements built with SQLAlchemy Core, compiled once, and run on the database driver itself.

Executing through Core costs several times what SQLite needs for one of our short statements (measured: 95 µs against
21 µs for a look-up of 16 keys), and a search has 3 ms in all. So Core writes the SQL, once for each database, and a
`Session` hands it to the driver. Parameters and rows are plain positional tuples, in the order of the table's columns.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any, TypeAlias

from jianwei.catalog.engine.late_statements import LateStatement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import BindParameter, ClauseElement, Dialect, Table
    from sqlalchemy.engine.interfaces import DBAPICursor

    from jianwei.errors import CatalogError

Row: TypeAlias = tuple[Any, ...]
Keys: TypeAlias = "Sequence[BindParameter[Any]]"
Statement: TypeAlias = "Callable[[], ClauseElement]"
KeyedStatement: TypeAlias = "Callable[[Keys], ClauseElement]"

KEY_COUNTS = (1, 4, 16, 32, 64, 128, 256)
"""How many keys an IN list may have. The last key is repeated up to the next of these, so that few texts serve all.
A key more costs 0.4 µs, a page of 20 hits asks for 20 keys two or three times."""

PAIR_COUNTS = (4, 16, 32, 64, 128, 256)
"""The same of keys that come in pairs; what is missing up to the next of these is NULL, which equals nothing."""


class StatementTexts:
    """The SQL texts of one database, compiled when they are first needed. Safe to share between threads.

    `dialect` is asked for when something has to be compiled; `prepared` holds texts that need not be, by label.
    """

    def __init__(
        self,
        dialect: Callable[[], Dialect],
        *,
        upsert: Callable[[Table], ClauseElement],
        prepared: Mapping[str, str] | None = None,
    ) -> None:
        self._dialect = dialect
        self._upsert = upsert
        self._prepared = prepared or {}
        self._texts: dict[object, str] = {}

    def text(self, build: Statement) -> str:
        """Return the SQL of a statement."""
        found = self._texts.get(build)
        if found is None:
            label = build.label if isinstance(build, LateStatement) else ""
            found = self._texts[build] = self._prepared.get(label) or self._compiled(build())
        return found

    def keyed_text(self, build: KeyedStatement, key_count: int) -> str:
        """Return the SQL of a statement over `key_count` keys."""
        name = (build, key_count)
        found = self._texts.get(name)
        if found is None:
            label = keyed_label(build, key_count) if isinstance(build, LateStatement) else ""
            found = self._texts[name] = self._prepared.get(label) or self._compiled(build(_keys(key_count)))
        return found

    def upsert_text(self, table: Table) -> str:
        """Return the SQL that inserts or replaces whole rows of a table."""
        found = self._texts.get(table)
        if found is None:
            found = self._texts[table] = self._compiled(self._upsert(table))
        return found

    def _compiled(self, statement: ClauseElement) -> str:
        return str(statement.compile(dialect=self._dialect()))


def keyed_label(build: LateStatement, key_count: int) -> str:
    """Return what a statement over so many keys is called among the prepared texts."""
    return f"{build.label} {key_count}"


def _keys(count: int) -> Keys:
    from sqlalchemy import bindparam

    return [bindparam(f"key_{number}") for number in range(count)]


class Session:
    """One driver connection at work.

    A failed statement may have cost the whole transaction, so after one nothing more can be run.

    Args:
        cursor: the open cursor to run on; its owner closes it.
        texts: the SQL texts of its database.
        as_catalog_error: turns the driver's errors into ours, None for those that are not about storage.
    """

    def __init__(
        self,
        cursor: DBAPICursor,
        texts: StatementTexts,
        as_catalog_error: Callable[[BaseException], CatalogError | None],
    ) -> None:
        self._cursor = cursor
        self._texts = texts
        self._as_catalog_error = as_catalog_error
        self._failure: CatalogError | None = None

    def rows(self, build: Statement, *parameters: object) -> list[Row]:
        """Run one statement and return its rows; none for a statement that returns none."""
        return self._run(self._texts.text(build), parameters)

    def row(self, build: Statement, *parameters: object) -> Row | None:
        """Run one statement and return its first row."""
        found = self._run(self._texts.text(build), parameters)
        return found[0] if found else None

    def rows_for(self, build: KeyedStatement, keys: Iterable[int] | Iterable[str], *parameters: object) -> list[Row]:
        """Run a statement over distinct keys, in runs of at most 256, and return all rows, in the order of the runs.

        `parameters` stand behind the keys.
        """
        distinct = list(dict.fromkeys(keys))
        found: list[Row] = []
        for start in range(0, len(distinct), KEY_COUNTS[-1]):
            chunk = distinct[start : start + KEY_COUNTS[-1]]
            key_count = KEY_COUNTS[bisect_left(KEY_COUNTS, len(chunk))]
            padding = [chunk[-1]] * (key_count - len(chunk))
            found += self._run(self._texts.keyed_text(build, key_count), [*chunk, *padding, *parameters])
        return found

    def rows_for_pairs(self, build: KeyedStatement, pairs: Iterable[tuple[int, int]]) -> list[Row]:
        """Run a statement whose keys are distinct pairs, the first and the second by turns, and return all rows."""
        distinct = list(dict.fromkeys(pairs))
        most = PAIR_COUNTS[-1] // 2
        found: list[Row] = []
        for start in range(0, len(distinct), most):
            keys: list[int | None] = [number for pair in distinct[start : start + most] for number in pair]
            key_count = PAIR_COUNTS[bisect_left(PAIR_COUNTS, len(keys))]
            keys += [None] * (key_count - len(keys))
            found += self._run(self._texts.keyed_text(build, key_count), keys)
        return found

    def put(self, table: Table, rows: Sequence[Row]) -> None:
        """Insert or replace whole rows, by primary key; no two of the rows may have the same."""
        self._run_many(self._texts.upsert_text(table), rows)

    def run_many(self, build: Statement, rows: Sequence[Row]) -> None:
        """Run one statement once for each row of parameters."""
        self._run_many(self._texts.text(build), rows)

    def run_text(self, text: str) -> None:
        """Run SQL that no statement object stands for, such as BEGIN."""
        self._run(text, ())

    def refuse_if_failed(self) -> None:
        """Raise the error of an earlier statement again.

        Raises:
            CatalogError: a statement failed, so the transaction cannot be kept.
        """
        if self._failure is not None:
            raise self._failure

    def _run(self, text: str, parameters: Sequence[object]) -> list[Row]:
        if self._failure is not None:
            raise self._failure
        try:
            self._cursor.execute(text, parameters)
            return list(self._cursor.fetchall()) if self._cursor.description else []
        except Exception as error:
            raise self._fail(error) from error

    def _run_many(self, text: str, rows: Sequence[Row]) -> None:
        self.refuse_if_failed()
        try:
            self._cursor.executemany(text, rows)
        except Exception as error:
            raise self._fail(error) from error

    def _fail(self, error: Exception) -> Exception:
        failure = self._as_catalog_error(error)
        if failure is None:
            return error
        self._failure = failure
        return failure
