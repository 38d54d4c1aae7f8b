"""The adapters that the contract suite of the catalog runs on; add one here and every test runs on it too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jianwei.catalog.opening.choosing import open_backend
from jianwei.catalog.sql_catalog import SqlCatalog
from jianwei.catalog.tables.schema import metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jianwei.ports import Catalog

_KEPT = {"meta"}
"""What a new catalog has rows in."""


def open_sqlite(folder: Path, _: pytest.FixtureRequest) -> Catalog:
    return SqlCatalog.open(folder / "catalog.sqlite", library_folder=folder)


def open_postgres(folder: Path, request: pytest.FixtureRequest) -> Catalog:
    """Return the one catalog of the server, emptied: making all tables anew takes ten times as long."""
    url = request.getfixturevalue("postgres").url("contract")
    catalog = SqlCatalog.open(url, library_folder=folder)
    engine = open_backend(url).create_engine("write")
    with engine.begin() as connection:
        names = ", ".join(name for name in metadata.tables if name not in _KEPT)
        connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
    engine.dispose()
    return catalog


ADAPTERS: dict[str, Callable[[Path, pytest.FixtureRequest], Catalog]] = {
    "sqlite": open_sqlite,
    "postgresql": open_postgres,
}


@pytest.fixture(params=sorted(ADAPTERS))
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalog]:
    opened = ADAPTERS[request.param](tmp_path, request)
    yield opened
    opened.close()
