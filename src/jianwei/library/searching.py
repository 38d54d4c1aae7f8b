"""Searching a library: joins the catalog, the indexes, the models and the families of pictures to one service.

Reading query pictures, which brings decoding and OCR, is loaded with the first picture that is asked for.
"""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from jianwei.catalog.groups.family_reading import FamilyReader
from jianwei.catalog.recent_listings import RecentListings
from jianwei.library.calibration_file import read_calibration
from jianwei.library.channels import channels_off
from jianwei.library.same_pictures import SamePictures
from jianwei.library.search_spaces import search_spaces
from jianwei.search.service import Known, SearchIndexes, SearchService

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.library.parts import LibraryParts
    from jianwei.library.query_reading import QueryReader
    from jianwei.search.query_picture import QueryPicture
    from jianwei.search.regions import Region
    from jianwei.search.request import AskedPicture, SearchRequest


class LibrarySearch:
    """The search of one library. Safe to use from several threads."""

    def __init__(self, parts: LibraryParts) -> None:
        self._parts = parts
        self._families = FamilyReader(parts.catalog)
        self._listings = RecentListings(parts.catalog)

    def service(self) -> SearchService:
        """Return what answers a request, over indexes that are complete up to this moment.

        Raises:
            WriterLockedError: an index has to be rebuilt, and another process is writing.
            ModelError: the choice of models is damaged.
            SettingsError: the file with the curves of relevance is damaged.
        """
        parts = self._parts
        spaces, silent = search_spaces(parts.models, parts.indexes, parts.catalog)
        newest = parts.catalog.sequence()
        return SearchService(
            parts.catalog,
            SearchIndexes(
                parts.indexes.text.ready(newest),
                lambda: parts.indexes.hashes.ready(newest),
                lambda: parts.indexes.features.ready(newest),
            ),
            read_picture=self._read,
            spaces=spaces,
            channels_off=channels_off(parts.settings, spaces=[space.name for space in spaces], silent=silent),
            calibration=read_calibration(parts.path),
            silent=tuple(silent.values()),
            known=Known(
                SamePictures(parts.catalog, partial(self._families.pivots_of, newest=newest)).of,
                partial(self._listings.of, newest=newest),
            ),
        )

    def encode_ahead(self, request: SearchRequest) -> None:
        """Encode the words of a request before it is answered; nothing where no model is active.

        Raises:
            QueryError: the words cannot be used.
        """
        if self._parts.models.names():
            self.service().encode_ahead(request)

    @staticmethod
    def asked_picture(picture: str | Path | bytes, region: Region | None) -> AskedPicture:
        """Return a picture to ask for, read from its file where a path is given.

        Raises:
            PictureFetchError: the file cannot be read.
        """
        from jianwei.library.query_reading import asked_picture

        return asked_picture(picture, region)

    @cached_property
    def _reader(self) -> QueryReader:
        from jianwei.library.query_reading import QueryReader

        parts = self._parts
        return QueryReader(parts.catalog, parts.settings, open_ocr=lambda: parts.ocr(threads=1))

    def _read(self, picture: AskedPicture) -> QueryPicture:
        return self._reader.read(picture)
