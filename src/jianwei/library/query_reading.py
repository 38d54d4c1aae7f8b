"""Turns the bytes of a query picture into what can be searched for: perceptual hashes and the words on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jianwei.errors import PictureDecodeError, PictureFetchError
from jianwei.images.decoding import decode_picture
from jianwei.images.fingerprint import picture_sha256
from jianwei.images.local_features import query_features
from jianwei.images.perceptual_hash import pdq_dihedral, pdq_hash
from jianwei.runtime.recently_used import RecentlyUsed
from jianwei.search.query_picture import QueryPicture
from jianwei.search.request import AskedPicture
from jianwei.system_words import why

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.images.pixels import RgbPixels
    from jianwei.ports import CatalogReader, OcrEngine
    from jianwei.search.regions import Region
    from jianwei.settings import Settings

_MOST_REMEMBERED_BYTES = 64 * 1024 * 1024  # of pixels: a few dozen pictures of a listing


class QueryReader:
    """Reads query pictures. The OCR engine is opened only for a picture whose text the catalog does not know.

    What was read lately is remembered: people page, filter and weigh the hits of one picture. Safe to use from several
    threads.
    """

    def __init__(self, catalog: CatalogReader, settings: Settings, *, open_ocr: Callable[[], OcrEngine | None]) -> None:
        self._catalog = catalog
        self._settings = settings
        self._open_ocr = open_ocr
        self._read: RecentlyUsed[QueryPicture] = RecentlyUsed(_MOST_REMEMBERED_BYTES)

    def read(self, picture: AskedPicture) -> QueryPicture:
        """Return the hashes and lines of an encoded picture, or of the region that is asked of it.

        Raises:
            PictureDecodeError: it is not a picture we can read.
            QueryError: the region is outside the picture.
        """
        key = picture_sha256(picture.data), picture.region
        read = self._read.get(key)
        if read is None:
            read = self._read_anew(picture, key[0])
            self._read.put(key, read, 0 if read.pixels is None else read.pixels.nbytes)
        return read

    def _pixels(self, picture: AskedPicture) -> RgbPixels:
        try:
            return decode_picture(picture.data, max_pixels=self._settings.max_picture_pixels).pixels
        except PictureDecodeError as error:
            if not picture.name:  # of bytes there is one, which whoever gave them knows
                raise
            raise PictureDecodeError(
                f"The query picture {picture.name} cannot be used. {error.message}",
                zh=f"无法使用查询图片 {picture.name}。{error.message_zh}",
                reason=error.reason,
                location=picture.name,
            ) from error

    def _read_anew(self, picture: AskedPicture, sha256: str) -> QueryPicture:
        pixels = self._pixels(picture)
        if picture.region is not None:
            height_px, width_px = pixels.shape[:2]
            left, top, right, bottom = picture.region.box_px(width_px, height_px)
            pixels = np.ascontiguousarray(pixels[top:bottom, left:right])
        plain, _ = pdq_hash(pixels)
        hashes = pdq_dihedral(pixels) if plain is not None else np.empty((0, 32), np.uint8)
        features = query_features(pixels) if plain is not None else ()
        whole = picture.region is None
        known = self._catalog.picture_by_sha256(sha256) if whole else None
        stored = self._catalog.ocr_lines([known.picture_no]) if known is not None else {}
        if known is not None and known.picture_no in stored:
            return QueryPicture(hashes, tuple(stored[known.picture_no]), pixels, features)
        ocr = self._open_ocr()
        return QueryPicture(hashes, tuple(ocr.read(pixels)) if ocr is not None else (), pixels, features)


def asked_picture(picture: str | Path | bytes, region: Region | None = None) -> AskedPicture:
    """Return a picture to ask for, read from its file where a path is given.

    Raises:
        PictureFetchError: the file cannot be read.
    """
    if isinstance(picture, bytes):
        return AskedPicture(picture, region)
    path = Path(picture).expanduser()
    try:
        return AskedPicture(path.read_bytes(), region, str(path))
    except OSError as error:
        raise PictureFetchError(
            f"The query picture {path} cannot be read: {why(error).en}.",
            zh=f"无法读取查询图片 {path}：{why(error).zh}。",
            reason="not-found" if isinstance(error, FileNotFoundError) else "unreadable",
            location=str(path),
        ) from error
