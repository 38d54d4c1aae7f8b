"""The one way to the bytes of a picture, whatever kind of place its reference names.

Chooses the reader by the kind of location and keeps what is worth keeping between pictures (open archives,
connections). Leaves out decoding and deciding what must be read again.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jianwei.errors import PictureFetchError
from jianwei.ingest.fetching.archives import ArchiveShelf
from jianwei.ingest.fetching.data_uris import decode_data_uri
from jianwei.ingest.fetching.local_files import check_inside, file_state, read_file, translated_os_errors
from jianwei.ingest.fetching.locations import kind_of, normal_member, split_member
from jianwei.ingest.fetching.refusals import refusal

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from jianwei.ingest.fetching.urls import UrlReader
    from jianwei.records import PictureReference
    from jianwei.settings import Settings


@dataclass(frozen=True, slots=True)
class FetchedPicture:
    """The bytes of one picture and the state of its local file.

    For an archive member the state is its unpacked size and the archive's time; 0 and 0 for what has none.
    """

    data: bytes = field(repr=False)
    location: str
    size_bytes: int
    mtime_ns: int


class PictureFetcher:
    """Reads the bytes that references name; safe to use from several threads, to be closed by its owner.

    Files and archives must lie inside `root`, links followed; None allows any place.
    """

    def __init__(self, settings: Settings, root: Path | None) -> None:
        self._settings = settings
        self._root = root
        self._shelf = ArchiveShelf()
        self._url_reader: UrlReader | None = None
        self._url_lock = threading.Lock()
        self._fetch_by_kind = {
            "file": self._fetch_file,
            "member": self._fetch_member,
            "data": self._fetch_data_uri,
            "url": self._fetch_url,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def fetch(self, reference: PictureReference) -> FetchedPicture:
        """Return the bytes of a picture, 1 to `max_picture_bytes` of them.

        Raises:
            PictureFetchError: they cannot be had; `reason` is one of `refusals.REASONS` or `http-<status>`.
        """
        if reference.data is not None:
            return self._carried(reference.location, reference.data)
        return self._fetch_by_kind[kind_of(reference.location)](reference.location)

    def state(self, reference: PictureReference) -> tuple[int, int] | None:
        """Return (size_bytes, mtime_ns) as `fetch` would, without reading the picture.

        (0, 0) for URLs, data URIs and carried bytes; None where there is nothing to read.
        """
        kind = kind_of(reference.location)
        if reference.data is not None or kind in ("data", "url"):
            return 0, 0
        return self._member_state(reference.location) if kind == "member" else file_state(Path(reference.location))

    def check(self, reference: PictureReference) -> None:
        """Refuse what `fetch` would refuse, as far as that shows without reading files and asking servers.

        Raises:
            PictureFetchError: as `fetch` does.
        """
        location = reference.location
        kind = kind_of(location)
        if reference.data is not None or kind == "data":
            self.fetch(reference)
        elif kind != "url":
            place = Path(location if kind == "file" else split_member(location)[0])
            seen = self.state(reference)
            if seen is None or not 0 < seen[0] <= self._settings.max_picture_bytes or not os.access(place, os.R_OK):
                self.fetch(reference)
            elif self._root is not None:
                check_inside(place, self._root)

    def close(self) -> None:
        """Close archives and connections. Closing twice does nothing."""
        self._shelf.close()
        with self._url_lock:
            if self._url_reader is not None:
                self._url_reader.close()
                self._url_reader = None

    def _carried(self, location: str, data: bytes) -> FetchedPicture:
        limit = self._settings.max_picture_bytes
        if not data:
            raise refusal("empty", location)
        if len(data) > limit:
            raise refusal("too-large", location, limit)
        return FetchedPicture(data, location, 0, 0)

    def _fetch_file(self, location: str) -> FetchedPicture:
        path = Path(location)
        if self._root is not None:
            check_inside(path, self._root)
        data, state = read_file(path, limit_bytes=self._settings.max_picture_bytes)
        return FetchedPicture(data, location, state.st_size, state.st_mtime_ns)

    def _fetch_member(self, location: str) -> FetchedPicture:
        archive_path, member = split_member(location)
        name = normal_member(member)
        if name is None:
            raise refusal("outside-source", location, archive_path)
        if self._root is not None:
            check_inside(Path(archive_path), self._root)
        with self._shelf.borrow(archive_path) as (archive, mtime_ns), translated_os_errors(location):
            data = archive.read(name, limit_bytes=self._settings.max_picture_bytes)
        if not data:
            raise refusal("empty", location)
        return FetchedPicture(data, location, len(data), mtime_ns)

    def _fetch_data_uri(self, location: str) -> FetchedPicture:
        return FetchedPicture(decode_data_uri(location, limit_bytes=self._settings.max_picture_bytes), location, 0, 0)

    def _fetch_url(self, location: str) -> FetchedPicture:
        return FetchedPicture(self._urls().read(location), location, 0, 0)

    def _member_state(self, location: str) -> tuple[int, int] | None:
        archive_path, member = split_member(location)
        try:
            with self._shelf.borrow(archive_path) as (archive, mtime_ns):
                size_bytes = archive.size_bytes(normal_member(member) or "")
        except PictureFetchError:
            return None
        return None if size_bytes is None else (size_bytes, mtime_ns)

    def _urls(self) -> UrlReader:
        with self._url_lock:
            if self._url_reader is None:
                from jianwei.ingest.fetching.urls import UrlReader

                self._url_reader = UrlReader(
                    timeout_s=self._settings.url_timeout_s,
                    max_bytes=self._settings.max_picture_bytes,
                    allow_private=self._settings.allow_private_urls,
                    proxy=self._settings.url_proxy,
                )
            return self._url_reader
