"""Pictures that people search with, kept for some time so that a search has an address that can be shared.

They are the uploaded bytes, checked to be pictures, named by their hash. Nothing serves them as they came: what is
shown is decoded and encoded anew.
"""

from __future__ import annotations

import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from jianwei.errors import NotFoundError, PictureFetchError, QueryError
from jianwei.images.decoding import decode_picture
from jianwei.images.fingerprint import picture_sha256
from jianwei.ingest.fetching import PictureFetcher
from jianwei.records import PictureReference

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.library import Library
    from jianwei.settings import Settings

_HASH = re.compile(r"[0-9a-f]{64}")
_KEPT_S = 30 * 24 * 3600
_KEPT_BYTES = 1024 * 1024 * 1024


class QueryPictures:
    """The query pictures of one desk, in a folder of their own."""

    def __init__(self, folder: Path, library: Library, settings: Settings) -> None:
        self._folder = folder
        self._library = library
        self._settings = settings
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._remove_old()

    def add(self, data: bytes) -> str:
        """Keep an uploaded picture; return its hash.

        Raises:
            PictureDecodeError: it is not a picture we can read.
            StorageFullError: the disk is full.
        """
        decode_picture(data, max_pixels=self._settings.max_picture_pixels)
        sha256 = picture_sha256(data)
        file = self._folder / sha256
        if file.exists():
            file.touch()
        else:
            from jianwei.export.aside_file import written_aside

            with written_aside(file) as aside:
                aside.write_bytes(data)
        return sha256

    def add_from(self, url: str) -> str:
        """Fetch a picture from an http(s) URL and keep it; return its hash.

        Raises:
            PictureFetchError: it cannot be had, or the address is private.
            PictureDecodeError: it is not a picture we can read.
        """
        if not url.lower().startswith(("https://", "http://")):
            raise PictureFetchError(
                f"{url[:200]!r} is no address of a picture. It begins with https:// or http://.",
                zh=f"{url[:200]!r} 不是图片网址。网址应以 https:// 或 http:// 开头。",
                reason="not-a-url",
            )
        with PictureFetcher(self._settings, root=None) as fetcher:
            return self.add(fetcher.fetch(PictureReference(url)).data)

    def get(self, sha256: str) -> bytes:
        """Return the bytes of a query picture, or of a picture of the library.

        Raises:
            QueryError: it is not a hash.
            NotFoundError: there is no such picture, or it was removed after a month.
        """
        if not _HASH.fullmatch(sha256):
            raise QueryError(
                f"picture is {sha256[:80]!r}; it is the 64-digit hash that an upload gave, or that of a picture here.",
                zh=f"picture 为 {sha256[:80]!r}；应为上传后得到的或库中图片的 64 位哈希。",
            )
        try:
            return (self._folder / sha256).read_bytes()
        except FileNotFoundError:
            pass
        try:
            return self._library.picture_bytes(sha256)
        except NotFoundError as error:
            raise NotFoundError(
                "This query picture is not here any more: they are kept for a month. Upload it again.",
                zh="查询图片已不在：查询图片保留一个月。请重新上传。",
                sha256=sha256,
            ) from error

    def _remove_old(self) -> None:
        """Remove what was not used for a month, and the oldest beyond a gigabyte."""
        known: list[tuple[float, int, Path]] = []
        for file in self._folder.iterdir():
            with suppress(FileNotFoundError):  # another process of this server removes too
                facts = file.stat()
                known.append((facts.st_mtime, facts.st_size, file))
        total = 0
        for used_at, size_bytes, file in sorted(known, reverse=True):
            total += size_bytes
            if time.time() - used_at > _KEPT_S or total > _KEPT_BYTES:
                file.unlink(missing_ok=True)
