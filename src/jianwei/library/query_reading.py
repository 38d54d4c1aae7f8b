"""Turns the bytes of a query picture into what can be searched for: perceptual hashes and the words on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.images.decoding import decode_picture
from jianwei.images.fingerprint import picture_sha256
from jianwei.images.perceptual_hash import pdq_dihedral, pdq_hash
from jianwei.search.query_picture import QueryPicture

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.ports import CatalogReader, OcrEngine
    from jianwei.settings import Settings


class QueryReader:
    """Reads query pictures. The OCR engine is opened only for a picture whose text the catalog does not know."""

    def __init__(self, catalog: CatalogReader, settings: Settings, *, open_ocr: Callable[[], OcrEngine | None]) -> None:
        self._catalog = catalog
        self._settings = settings
        self._open_ocr = open_ocr

    def read(self, data: bytes) -> QueryPicture:
        """Return the hashes and lines of an encoded picture.

        Raises:
            PictureDecodeError: it is not a picture we can read.
        """
        pixels = decode_picture(data, max_pixels=self._settings.max_picture_pixels).pixels
        plain, _ = pdq_hash(pixels)
        hashes = pdq_dihedral(pixels) if plain is not None else np.empty((0, 32), np.uint8)
        known = self._catalog.picture_by_sha256(picture_sha256(data))
        stored = self._catalog.ocr_lines([known.picture_no]) if known is not None else {}
        if known is not None and known.picture_no in stored:
            return QueryPicture(hashes, tuple(stored[known.picture_no]), pixels)
        ocr = self._open_ocr()
        return QueryPicture(hashes, tuple(ocr.read(pixels)) if ocr is not None else (), pixels)
