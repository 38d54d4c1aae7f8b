"""Copying a whole catalog into another database, such as a file into PostgreSQL or back.

Rows go table by table in the order of their keys, a batch in each transaction. A batch is compared before it is
written, so that a copy which broke off is continued by starting it again, and rows that were changed or deleted in
between follow. In the end both sides are read once more and compared by count and SHA-256.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from jianwei.catalog.copying.copy_marks import COPIED, COPYING, copy_mark
from jianwei.catalog.copying.table_rows import TableRows
from jianwei.catalog.tables.queries import forget_value
from jianwei.catalog.tables.schema import meta, metadata
from jianwei.errors import CatalogError, ConflictError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jianwei.catalog.engine.statements import Row
    from jianwei.catalog.sql_catalog import SqlCatalog

    Progress = Callable[[str, int, int], None]

_OWN = frozenset({"writer", COPYING, COPIED})
"""Single values that belong to one database and not to the catalog."""
_BATCH_ROWS = 500  # raw records may take 100 KB each


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """One table after the copy: its rows on both sides, of which `written` differed before."""

    name: str
    rows: int
    written: int
    sha256: str


def copy_catalog(source: SqlCatalog, target: SqlCatalog, progress: Progress | None = None) -> list[CopiedTable]:
    """Make the target hold what the source holds, and check that it does; `progress` gets table, rows done, rows.

    A copy that was finished before is only checked: what was done with it since then is never undone.

    Raises:
        ConflictError: the target holds something else, or was changed after it had been copied.
        WriterLockedError: another process does long work on one of them.
        CatalogError: something was written to the source meanwhile; running it again brings the rest.
    """
    tables = [TableRows(table) for table in metadata.sorted_tables if table is not meta]
    name = source.identity()
    with source.database_session(), target.database_session():
        finished = copy_mark(target, COPIED) == name
        written: dict[str, int] = {}
        if not finished:
            _begin(target, tables, name)
            for rows in reversed(tables):
                _remove_what_went(source, target, rows)
            for rows in tables:
                written[rows.table.name] = _copy(source, target, rows, progress)
            _finish_numbers(source, target, tables)
        found = _compared(source, target, tables, written, finished=finished)
        if not finished:
            with target.transaction() as session:
                session.put(meta, [(COPIED, name)])
                session.rows(forget_value, COPYING)
    return found


def _begin(target: SqlCatalog, tables: list[TableRows], name: str) -> None:
    begun = copy_mark(target, COPYING)
    if begun is None:
        with target.reading() as session:
            full = next((rows.table.name for rows in tables if rows.count(session)), None)
        if full is not None:
            raise ConflictError(
                f"There is a library at {target.place} already (table {full} has rows). Choose an empty place, or "
                "remove it first.",
                zh=f"{target.place} 处已有资料库（表 {full} 中有数据）。请选择空的位置，或先将其删除。",
                file=target.place,
            )
        with target.transaction() as session:
            session.put(meta, [(COPYING, name)])
    elif begun != name:
        raise ConflictError(
            f"A copy of another library into {target.place} was begun. Finish that one, or choose an empty place.",
            zh=f"{target.place} 处有另一个资料库尚未完成的复制。请先完成它，或选择空的位置。",
            file=target.place,
        )


def _remove_what_went(source: SqlCatalog, target: SqlCatalog, rows: TableRows) -> None:
    """Delete rows that an earlier, broken off copy brought and that the source has no more."""
    after: Row | None = None
    for there in rows.walk(target.reading, _BATCH_ROWS):
        last = rows.key(there[-1])
        with source.reading() as session:
            known = {rows.key(row) for row in rows.span(session, after, last)}
        after = last
        gone = [key for key in map(rows.key, there) if key not in known]
        if gone:
            with target.transaction() as session:
                rows.remove(session, gone)


def _copy(source: SqlCatalog, target: SqlCatalog, rows: TableRows, progress: Progress | None) -> int:
    written = done = 0
    after: Row | None = None
    with source.reading() as session:
        total = rows.count(session)
    for here in rows.walk(source.reading, _BATCH_ROWS):
        last = rows.key(here[-1])
        with target.reading() as session:
            there = set(rows.span(session, after, last))
        fresh = [row for row in here if row not in there]
        if fresh:
            with target.transaction() as session:
                session.put(rows.table, fresh)
        after, written, done = last, written + len(fresh), done + len(here)
        if progress is not None:
            progress(rows.table.name, done, max(done, total))
    return written


def _finish_numbers(source: SqlCatalog, target: SqlCatalog, tables: list[TableRows]) -> None:
    """Bring over the single values and the greatest numbers ever given, so that none is given again."""
    with source.reading() as session:
        values = [row for row in TableRows(meta).span(session, None, None) if row[0] not in _OWN]
        numbers = source.backend.last_numbers(session)
        for rows in tables:
            if (greatest := rows.greatest_number(session)) is not None:
                numbers[rows.table.name] = max(numbers.get(rows.table.name, 0), greatest)
    with target.transaction() as session:
        session.put(meta, values)
        target.backend.set_last_numbers(session, numbers)


def _compared(
    source: SqlCatalog, target: SqlCatalog, tables: list[TableRows], written: dict[str, int], *, finished: bool
) -> list[CopiedTable]:
    found = []
    for rows in tables:
        count, digest = _digest(rows.walk(source.reading, _BATCH_ROWS))
        if (count, digest) != _digest(rows.walk(target.reading, _BATCH_ROWS)):
            raise _differs(target, rows.table.name, finished=finished)
        found.append(CopiedTable(rows.table.name, count, written.get(rows.table.name, 0), digest))
    return found


def _digest(pages: Iterator[list[Row]]) -> tuple[int, str]:
    digest, count = sha256(), 0
    for page in pages:
        count += len(page)
        for row in page:
            digest.update(repr(row).encode("utf-8", "surrogatepass"))
    return count, digest.hexdigest()


def _differs(target: SqlCatalog, table: str, *, finished: bool) -> CatalogError | ConflictError:
    if finished:
        return ConflictError(
            f"{target.place} was copied before, and one of the two has been changed since (table {table}). Nothing was "
            "done. To copy anew, choose an empty place.",
            zh=f"{target.place} 此前已复制完成，此后其中一方有改动（表 {table}）。"
            "未做任何操作。如需重新复制，请选择空的位置。",
            file=target.place,
            table=table,
        )
    return CatalogError(
        f"The table {table} was written to while it was copied to {target.place}. Run the same command again: only "
        "what is new is brought over.",
        zh=f"复制到 {target.place} 期间，表 {table} 有新的写入。请再次运行同一条命令，只会补上新的部分。",
        file=target.place,
        table=table,
    )
