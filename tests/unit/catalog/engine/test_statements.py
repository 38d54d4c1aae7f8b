"""The statements: portable, without hidden parameters, and few texts for any number of keys."""

from __future__ import annotations

import inspect
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, cast

import pytest
from sqlalchemy import bindparam, literal_column, select, table
from sqlalchemy.dialects import postgresql, sqlite

from jianwei.catalog.engine.statements import Session, StatementTexts
from jianwei.catalog.sqlite.dialect import upsert
from jianwei.catalog.tables import queries
from jianwei.catalog.tables.schema import metadata
from jianwei.catalog.writing import commands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from sqlalchemy import Dialect
    from sqlalchemy.engine.interfaces import DBAPICursor
    from sqlalchemy.sql import ClauseElement

    from jianwei.catalog.engine.statements import Keys


def builders(module: ModuleType) -> list[Callable[..., ClauseElement]]:
    return [
        function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_") and function.__module__ == module.__name__
    ]


SQLITE: Dialect = sqlite.dialect()
POSTGRESQL: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call] # a class without annotations
ALL = [*builders(queries), *builders(commands)]


def build(builder: Callable[..., ClauseElement]) -> ClauseElement:
    takes_keys = "keys" in inspect.signature(builder).parameters
    return builder([bindparam("key_0"), bindparam("key_1")]) if takes_keys else builder()


@pytest.mark.parametrize("builder", ALL, ids=lambda builder: builder.__name__)
def test_a_statement_has_no_parameter_but_those_given_to_it(builder: Callable[..., ClauseElement]) -> None:
    compiled = build(builder).compile(dialect=SQLITE)
    assert all(value is None for value in compiled.params.values())


@pytest.mark.parametrize("builder", ALL, ids=lambda builder: builder.__name__)
def test_a_statement_compiles_for_postgresql(builder: Callable[..., ClauseElement]) -> None:
    assert str(build(builder).compile(dialect=POSTGRESQL))


def test_the_tables_compile_for_postgresql() -> None:
    from sqlalchemy.schema import CreateTable

    for each in metadata.sorted_tables:
        assert str(CreateTable(each).compile(dialect=POSTGRESQL))


@pytest.fixture
def cursor() -> Iterator[DBAPICursor]:
    with closing(sqlite3.connect(":memory:")) as connection, closing(connection.cursor()) as opened:
        opened.execute("CREATE TABLE numbers (number INTEGER)")
        opened.executemany("INSERT INTO numbers VALUES (?)", [(number,) for number in range(1000)])
        yield cast("DBAPICursor", opened)


def numbers_among(keys: Keys) -> ClauseElement:
    number: Any = literal_column("number")
    return select(number).select_from(table("numbers")).where(number.in_(keys))


@pytest.mark.parametrize("count", [0, 1, 2, 4, 5, 16, 17, 255, 256, 257, 600])
def test_any_number_of_keys_is_looked_up(cursor: DBAPICursor, count: int) -> None:
    session = Session(cursor, StatementTexts(lambda: SQLITE, upsert=upsert), lambda error: None)
    keys = [*range(count), *range(count), 10_000]
    assert sorted(session.rows_for(numbers_among, keys)) == [(number,) for number in range(count)]


def test_statements_are_compiled_once_for_each_size() -> None:
    texts = StatementTexts(lambda: SQLITE, upsert=upsert)
    assert texts.keyed_text(numbers_among, 4) is texts.keyed_text(numbers_among, 4)
    assert texts.keyed_text(numbers_among, 4).count("?") == 4


def test_an_error_that_is_not_about_storage_passes_unchanged(cursor: DBAPICursor) -> None:
    session = Session(cursor, StatementTexts(lambda: SQLITE, upsert=upsert), lambda error: None)
    with pytest.raises(sqlite3.OperationalError):
        session.run_text("NOT SQL")
