"""Where a library's catalog and indexes are: in its folder, or the catalog in a database that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.catalog.sql_catalog import SqlCatalog
from jianwei.errors import NotFoundError

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.settings import Settings

_CATALOG_FILE = "catalog.sqlite"
_INDEX_FOLDER = "indexes"


def open_catalog(folder: Path, settings: Settings, *, create: bool, named: str) -> SqlCatalog:
    """Open the catalog of the library in a folder; make a new one unless `create` is False.

    Args:
        folder: the folder, absolute.
        settings: `catalog_url` names a database instead of the file in the folder.
        create: whether a new one may be made.
        named: the folder as the user wrote it.

    Raises:
        NotFoundError: there is none and none is to be made.
        CatalogError: it cannot be opened.
    """
    place = settings.catalog_url or folder / _CATALOG_FILE
    if not create and not (SqlCatalog.exists(place) if settings.catalog_url else (folder / _CATALOG_FILE).exists()):
        where = SqlCatalog.place_of(place) if settings.catalog_url else str(folder)
        raise NotFoundError(
            f"There is no library in {where}. Make one with: jianwei ingest SOURCE --library {named}",
            zh=f"{where} 中没有库。可以这样新建：jianwei ingest 数据来源 --library {named}",
            path=where,
        )
    return SqlCatalog.open(place, library_folder=folder)


def index_folder(catalog: SqlCatalog, folder: Path, settings: Settings) -> Path:
    """Return where the indexes of a catalog are.

    Those of a database have its name: the folder may have been used with another one, whose numbers mean other things.
    """
    return folder / (f"{_INDEX_FOLDER}-{catalog.identity()}" if settings.catalog_url else _INDEX_FOLDER)
