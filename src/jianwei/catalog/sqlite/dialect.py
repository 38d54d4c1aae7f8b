"""How statements are written for SQLite, where portable SQLAlchemy Core does not do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Dialect, Select, Table
    from sqlalchemy.dialects.sqlite import Insert


def dialect() -> Dialect:
    """Return how statements are written for SQLite."""
    from sqlalchemy.dialects import sqlite

    written: Dialect = sqlite.dialect()
    return written


def upsert(target: Table) -> Insert:
    """Return an insert of whole rows that replaces the row with the same primary key."""
    from sqlalchemy.dialects.sqlite import insert

    statement = insert(target)
    keys = [column.name for column in target.primary_key]
    rest = {column.name: statement.excluded[column.name] for column in target.columns if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=rest)


def table_names() -> Select[str]:
    """(name,) of all tables."""
    from sqlalchemy import literal_column, select, table

    names: ColumnElement[str] = literal_column("name")
    return select(names).select_from(table("sqlite_master")).where(literal_column("type = 'table'"))
