"""What every subject of an opened library works with: its catalog, indexes, files and models.

The parts are made when a library is opened; what costs time to load (engines of OCR, encoders) waits until it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.library.active_models import ActiveModels
from jianwei.library.index_keeper import IndexKeeper
from jianwei.library.opening import index_folder, index_server
from jianwei.storage.opening import open_picture_files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.library.views import ListingView
    from jianwei.ports import OcrEngine
    from jianwei.records import Listing, Picture
    from jianwei.settings import Settings


class LibraryParts:
    """The parts of one library, shared by all that is done with it.

    Args:
        path: the folder, absolute.
        catalog: its open catalog, which is closed with the parts.
        settings: the settings it was opened with.
    """

    def __init__(self, path: Path, catalog: SqlCatalog, settings: Settings) -> None:
        self.path = path
        self.catalog = catalog
        self.settings = settings
        self.files = open_picture_files(path, settings.pictures_url, timeout_s=settings.pictures_timeout_s)
        self.indexes = IndexKeeper(catalog, index_folder(catalog, path, settings), index_server(settings))
        self.models = ActiveModels(path, settings)
        self._engines: dict[int | None, OcrEngine] = {}

    def ocr(self, *, threads: int | None) -> OcrEngine | None:
        """Return the OCR engine of the settings, opened once for each number of threads; None where it is off."""
        name = self.settings.ocr_engine
        if name == "off":
            return None
        if threads not in self._engines:
            from jianwei.ocr.opening import open_ocr_engine

            self._engines[threads] = open_ocr_engine(name, threads=threads)
        return self._engines[threads]

    def original_bytes(self, picture: Picture) -> bytes:
        """Return the original bytes of a picture, checked against their hash.

        Raises:
            PictureFetchError: the file is gone or has changed since it was ingested.
        """
        from jianwei.ingest.fetching import PictureFetcher
        from jianwei.library.originals import original_bytes

        with PictureFetcher(self.settings, root=None) as fetcher:
            return original_bytes(picture, self.files, fetcher)

    def view(self, listing_id: str) -> ListingView:
        """Return one listing with all its pictures and their text.

        Raises:
            NotFoundError: there is no such listing; names near ones.
        """
        listing = self.catalog.listing_by_id(listing_id)
        if listing is None:
            from jianwei.library.view_reading import no_listing

            raise no_listing(self.catalog, listing_id)
        return self.views([listing])[0]

    def views(self, listings: Sequence[Listing]) -> list[ListingView]:
        """Return listings with all their pictures and the text of these."""
        from jianwei.library.view_reading import listing_views

        return listing_views(self.catalog, listings)

    def close(self) -> None:
        """Release files and locks. Closing twice does nothing."""
        self.indexes.close()
        self.models.close()
        self.catalog.close()
