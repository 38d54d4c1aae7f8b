"""What tests of several rooms are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jianwei.catalog.sql_catalog import SqlCatalog


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[SqlCatalog]:
    """An empty catalog in a file; rooms that need something in it make their own."""
    from jianwei.catalog.sql_catalog import SqlCatalog

    opened = SqlCatalog.open(tmp_path / "catalog.sqlite", library_folder=tmp_path)
    yield opened
    opened.close()
