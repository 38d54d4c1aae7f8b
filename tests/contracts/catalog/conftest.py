"""The adapters that the contract suite of the catalog runs on; add one here and every test runs on it too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jianwei.catalog.sql_catalog import SqlCatalog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jianwei.ports import Catalog


def open_sqlite(folder: Path) -> Catalog:
    return SqlCatalog.open(folder / "catalog.sqlite", library_folder=folder)


ADAPTERS: dict[str, Callable[[Path], Catalog]] = {"sqlite": open_sqlite}


@pytest.fixture(params=sorted(ADAPTERS))
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalog]:
    opened = ADAPTERS[request.param](tmp_path)
    yield opened
    opened.close()
