"""Pictures that people search with, kept for some time so that a search has an address that can be shared.

They are the uploaded bytes, checked to be pictures, named by their hash. Nothing serves them as they came: what is
shown is decoded and encoded anew. Old ones are removed when a server starts, and by uploads: each hour, or after 64 MB.
"""

from __future__ import annotations

import os
import re
import threading
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
_LOOKED_THROUGH_EVERY_S = 3600.0
_LOOKED_THROUGH_AFTER_BYTES = 64 * 1024 * 1024
"""Each process looks through the folder after so many bytes of its own at the latest: so far it may pass a gigabyte."""


class QueryPictures:
    """The query pictures of one desk, in a folder of their own."""

    def __init__(self, folder: Path, library: Library, settings: Settings) -> None:
        self._folder = folder
        self._library = library
        self._settings = settings
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._looking_through = threading.Lock()
        self._added_bytes = 0
        self._looked_through_at = 0.0
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
        try:
            os.utime(file)
        except FileNotFoundError:
            from jianwei.export.aside_file import written_aside

            with written_aside(file) as aside:
                aside.write_bytes(data)
            self._added_bytes += len(data)  # two threads at once may count one picture only: the hour comes anyway
        self._remove_old_when_due()
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

    def _remove_old_when_due(self) -> None:
        waited_s = time.monotonic() - self._looked_through_at
        if self._added_bytes < _LOOKED_THROUGH_AFTER_BYTES and waited_s < _LOOKED_THROUGH_EVERY_S:
            return
        if self._looking_through.acquire(blocking=False):  # one of several uploads does it
            try:
                self._remove_old()
            finally:
                self._looking_through.release()

    def _remove_old(self) -> None:
        """Remove what was not uploaded for a month, and the oldest beyond a gigabyte."""
        self._added_bytes, self._looked_through_at = 0, time.monotonic()
        known: list[tuple[float, int, Path]] = []
        for file in self._folder.iterdir():
            with suppress(FileNotFoundError):  # another process of this server removes too
                facts = file.stat()
                known.append((facts.st_mtime, facts.st_size, file))
        total = 0
        for used_at, size_bytes, file in sorted(known, reverse=True):
            total += size_bytes
            is_written = _HASH.fullmatch(file.name) is not None  # else somebody may be at it
            if time.time() - used_at > _KEPT_S or (is_written and total > _KEPT_BYTES):
                file.unlink(missing_ok=True)
