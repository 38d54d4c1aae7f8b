"""Where a library's catalog and indexes are: in its folder, or on servers that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.catalog.copying.copy_marks import is_half_copied
from jianwei.catalog.sql_catalog import SqlCatalog
from jianwei.errors import CatalogError, NotFoundError

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.indexes.milvus.server import MilvusServer
    from jianwei.settings import Settings

CATALOG_FILE = "catalog.sqlite"
INDEX_FOLDER = "indexes"


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
    place = settings.catalog_url or folder / CATALOG_FILE
    if not create and not (SqlCatalog.exists(place) if settings.catalog_url else (folder / CATALOG_FILE).exists()):
        where = SqlCatalog.place_of(place) if settings.catalog_url else str(folder)
        raise NotFoundError(
            f"There is no library in {where}. Make one with: jianwei ingest SOURCE --library {named}",
            zh=f"{where} 中没有库。可以这样新建：jianwei ingest 数据来源 --library {named}",
            path=where,
        )
    catalog = SqlCatalog.open(place, library_folder=folder)
    if is_half_copied(catalog):
        catalog.close()
        raise CatalogError(
            f"A copy of a library into {catalog.place} was begun and not finished. Run the same jianwei migrate again.",
            zh=f"向 {catalog.place} 复制资料库尚未完成。请再次运行同一条 jianwei migrate 命令。",
            file=catalog.place,
        )
    return catalog


def index_server(settings: Settings) -> MilvusServer | None:
    """Return the Milvus that the settings name, not yet connected; None where indexes are in the library.

    Raises:
        SettingsError: the address cannot be used.
    """
    if not settings.index_url:
        return None
    # Imported here: indexes in the library need nothing of it.
    from jianwei.indexes.milvus.address import parse_index_url
    from jianwei.indexes.milvus.server import MilvusServer

    return MilvusServer(parse_index_url(settings.index_url))


def index_folder(catalog: SqlCatalog, folder: Path, settings: Settings) -> Path:
    """Return where the indexes of a catalog are.

    Those of a database have its name: the folder may have been used with another one, whose numbers mean other things.
    """
    return folder / (f"{INDEX_FOLDER}-{catalog.identity()}" if settings.catalog_url else INDEX_FOLDER)
