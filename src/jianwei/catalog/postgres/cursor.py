"""A cursor for PostgreSQL that prepares each statement once for each connection.

The cursor of pg8000 parses, describes and runs a statement in three round trips, every time, and sends many rows one by
one. This one runs a prepared statement in one round trip and many rows in statements of up to 256.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.catalog.engine.statements import Row

_ROW_COUNTS = (256, 64, 16, 4, 1)
"""How many rows one INSERT may have, so that few statements serve all."""
_MOST_PARAMETERS = 32_767  # the protocol counts them in 16 bits
_INSERT = re.compile(r"(INSERT INTO .*? VALUES )(\(.*?\))( ON CONFLICT .*)?", re.DOTALL)


class Prepared(NamedTuple):
    """A statement as the server knows it on one connection."""

    name: bytes
    columns: Any
    input_functions: Any
    text: str


class PreparedCursor:
    """Runs statements on one pg8000 connection.

    Args:
        connection: the pg8000 connection.
        statements: what was prepared on it before; more is added.
    """

    def __init__(self, connection: Any, statements: dict[str, Prepared]) -> None:  # noqa: ANN401  # pg8000 is untyped
        from pg8000.converters import make_params

        self._connection = connection
        self._statements = statements
        self._make_params = make_params
        self._columns: Any = None
        self._rows: list[list[Any]] = []

    @property
    def description(self) -> Any:  # noqa: ANN401  # as the DB-API has it
        """Something for a statement that returns rows, None or nothing for one that does not."""
        return self._columns

    def execute(self, text: str, parameters: Sequence[object] = ()) -> None:
        """Run one statement; without parameters several, parted by semicolons."""
        if parameters:
            prepared = self._prepared(text)
            values = self._make_params(self._connection.py_types, parameters)
            context = self._connection.execute_named(
                prepared.name, values, prepared.columns, prepared.input_functions, prepared.text
            )
        else:
            context = self._connection.execute_simple(text.replace("%%", "%"))
        self._columns, self._rows = context.columns, context.rows or []

    def executemany(self, text: str, rows: Sequence[Row]) -> None:
        """Run one statement for each row; rows of an upsert differ in their key."""
        found = _INSERT.fullmatch(text)
        start = 0
        while start < len(rows):
            count = _row_count(len(rows) - start, len(rows[start])) if found else 1
            statement = text if found is None or count == 1 else _with_rows(found, count)
            self.execute(statement, [value for row in rows[start : start + count] for value in row])
            start += count

    def fetchall(self) -> list[Row]:
        """Return the rows of the last statement."""
        return [tuple(row) for row in self._rows]

    def close(self) -> None:
        """Forget the rows."""
        self._rows = []

    def _prepared(self, text: str) -> Prepared:
        found = self._statements.get(text)
        if found is None:
            numbered = _numbered(text)
            name, columns, functions = self._connection.prepare_statement(numbered, ())
            found = Prepared(name, columns, functions, numbered)
            self._statements[text] = found
        return found


def _row_count(rows: int, columns: int) -> int:
    return next(count for count in _ROW_COUNTS if count <= rows and count * columns <= _MOST_PARAMETERS)


def _with_rows(insert: re.Match[str], count: int) -> str:
    head, values, rest = insert.groups()
    return f"{head}{', '.join([values] * count)}{rest or ''}"


def _numbered(text: str) -> str:
    """Return the statement with $1, $2 … in place of %s."""
    first, *others = text.split("%s")
    parts = [first, *(f"${number}{other}" for number, other in enumerate(others, 1))]
    return "".join(parts).replace("%%", "%")
