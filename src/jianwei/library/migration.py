"""Moving the catalog of a library between the file in its folder and a database."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jianwei.catalog.copying.catalog_copy import copy_catalog
from jianwei.catalog.sql_catalog import SqlCatalog
from jianwei.errors import CatalogError, ConflictError
from jianwei.library.opening import CATALOG_FILE, INDEX_FOLDER, open_catalog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jianwei.catalog.copying.catalog_copy import CopiedTable
    from jianwei.settings import Settings

_DATABASES = ("postgresql://", "postgres://", "postgresql+pg8000://")

TO_FILE = "file"
"""As a target: the file in the library's folder."""


@dataclass(frozen=True, slots=True)
class Migration:
    """What was copied from where to where; both sides were found alike."""

    source: str
    target: str
    tables: tuple[CopiedTable, ...]

    @property
    def rows(self) -> int:
        """Rows that both sides have."""
        return sum(table.rows for table in self.tables)

    @property
    def written(self) -> int:
        """Rows that this run brought over."""
        return sum(table.written for table in self.tables)


def migrate_catalog(
    folder: Path, to: str, settings: Settings, *, progress: Callable[[str, int, int], None] | None = None
) -> Migration:
    """Copy the catalog of the library in a folder to a database URL or to `TO_FILE`, and check the copy.

    It is copied from where the settings say; where they name the target already, from the file. The source stays as it
    is. A copy that broke off is continued by the same call.

    Raises:
        NotFoundError: there is no library to copy.
        ConflictError: source and target are one, or the target holds something else.
        WriterLockedError: another process does long work on one of them.
        CatalogError: one of them cannot be opened, or the source was written to meanwhile.
    """
    if to != TO_FILE and not to.startswith(_DATABASES):
        raise CatalogError(
            f"A catalog cannot be copied to {to.partition('://')[0]!r}. Name a PostgreSQL database "
            f"(postgresql://user:password@host/database), or the word {TO_FILE}.",
            zh=f"无法将目录库复制到 {to.partition('://')[0]!r}。"
            f"请给出 PostgreSQL 数据库地址（postgresql://用户:密码@主机/数据库），或使用 {TO_FILE}。",
        )
    target_place: str | Path = folder / CATALOG_FILE if to == TO_FILE else to
    place = SqlCatalog.place_of(target_place)
    with closing(_source(folder, settings, place)) as source:
        if place == source.place:
            raise ConflictError(
                f"The catalog is at {place} already. Name another place: a database URL, or the word {TO_FILE} with "
                "JIANWEI_CATALOG_URL set to the database that it is copied from.",
                zh=f"目录库已经位于 {place}。请指定其他位置：数据库地址；"
                f"或将 JIANWEI_CATALOG_URL 设为来源数据库，并使用 {TO_FILE}。",
                file=place,
            )
        with closing(SqlCatalog.open(target_place, library_folder=folder)) as target:
            moved = Migration(source.place, target.place, tuple(copy_catalog(source, target, progress)))
        if to == TO_FILE and moved.written:
            # They followed a catalog that was in this place before, whose numbers may mean other things.
            shutil.rmtree(folder / INDEX_FOLDER, ignore_errors=True)
        return moved


def _source(folder: Path, settings: Settings, target: str) -> SqlCatalog:
    """Open the catalog that the settings name; the file where they name the target already."""
    url = settings.catalog_url
    if url and SqlCatalog.place_of(url) == target:
        url = ""
    return open_catalog(folder, replace(settings, catalog_url=url), create=False, named=str(folder))
