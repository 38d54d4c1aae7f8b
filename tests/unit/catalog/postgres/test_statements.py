"""Every statement of the catalog is one that PostgreSQL understands: syntax, names and types of parameters."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

import jianwei.catalog
from jianwei.catalog.engine.statements import StatementTexts
from jianwei.catalog.opening.choosing import open_backend
from jianwei.catalog.postgres.address import connect, parse_postgres_url
from jianwei.catalog.postgres.cursor import PreparedCursor
from jianwei.catalog.sql_catalog import SqlCatalog
from jianwei.catalog.tables.schema import metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import ClauseElement
    from tests.postgres_server import PostgresServer

_OTHER_KINDS = ("sqlite", "postgres", "migrations")


def statements() -> Iterator[tuple[str, Callable[..., ClauseElement]]]:
    """Yield each public function of the catalog that makes a statement, out of nothing or out of keys."""
    for module_info in pkgutil.walk_packages(jianwei.catalog.__path__, "jianwei.catalog."):
        if module_info.name.split(".")[2] in _OTHER_KINDS or module_info.ispkg:
            continue
        module = importlib.import_module(module_info.name)
        for name, found in inspect.getmembers(module, inspect.isfunction):
            if found.__module__ != module.__name__ or name.startswith("_"):
                continue
            if parameters(found) in ([], ["keys"]) and _is_statement(found):
                yield f"{module.__name__}.{name}", found


def parameters(build: Callable[..., object]) -> list[str]:
    return list(inspect.signature(build).parameters)


def _is_statement(build: Callable[..., object]) -> bool:
    returned = str(build.__annotations__.get("return", ""))
    return returned.startswith(("Select", "Insert", "Update", "Delete", "Returning"))


@pytest.fixture(scope="module")
def prepared(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepare]:
    folder: Path = tmp_path_factory.mktemp("library")
    url = postgres.url("statements")
    SqlCatalog.open(url, library_folder=folder).close()
    backend = open_backend(url)
    engine = backend.create_engine("write")
    with closing(connect(parse_postgres_url(url), "write", application="tests")) as connection:
        yield Prepare(connection, StatementTexts(lambda: engine.dialect, upsert=backend.upsert))
    engine.dispose()


class Prepare:
    """Hands statements to the server without running them."""

    def __init__(self, connection: Any, texts: StatementTexts) -> None:  # pg8000 is untyped
        self._cursor = PreparedCursor(connection, {})
        self.texts = texts

    def __call__(self, text: str) -> None:
        self._cursor._prepared(text)


def test_the_server_understands_each_statement(prepared: Prepare) -> None:
    refused = {}
    tried = 0
    for name, build in statements():
        try:
            prepared(prepared.texts.keyed_text(build, 4) if parameters(build) else prepared.texts.text(build))
        except Exception as error:  # noqa: BLE001 # all are shown at once
            refused[name] = str(error)
        tried += 1
    assert refused == {}
    assert tried > 100


def test_the_server_understands_the_upsert_of_each_table(prepared: Prepare) -> None:
    for table in metadata.tables.values():
        prepared(prepared.texts.upsert_text(table))
