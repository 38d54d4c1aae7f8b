"""Notices listings that come twice in one source: the same again is dropped, different content is a failure.

Keeps 16 bytes of digest and a number per listing, not the listings.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal

import orjson

from jianwei.ingest.sources.raw import Place, record_failure

if TYPE_CHECKING:
    from jianwei.records import Failure, ListingRecord

Seen = Literal["new", "same"]


class SeenListings:
    """The listings of a source that were seen so far."""

    def __init__(self) -> None:
        self._files: list[str] = []
        self._places: dict[bytes, tuple[int, int, bytes]] = {}  # id digest → file number, line, content digest

    def judge(self, listing: ListingRecord, place: Place) -> Seen | Failure:
        """Return `new`, `same` for one that came with identical content, or the failure naming both places."""
        key = _digest(listing.listing_id.encode("utf-8", "surrogatepass"))
        content = _content_digest(listing)
        known = self._places.get(key)
        if known is None:
            if not self._files or self._files[-1] != place.file:
                self._files.append(place.file)
            self._places[key] = (len(self._files) - 1, place.line, content)
            return "new"
        file_number, line, known_content = known
        if known_content == content:
            return "same"
        first = Place(self._files[file_number], line)
        return record_failure(
            place,
            "duplicate-id",
            english=f"the listing {listing.listing_id!r} came already in {first} with other content. "
            "Keep one, or make ids differ with `id` in a mapping.",
            chinese=f"商品 {listing.listing_id!r} 已在 {first} 出现过，且内容不同。"
            "请只保留一条，或在映射文件中用 `id` 区分。",
        )


def _content_digest(listing: ListingRecord) -> bytes:
    pictures = [
        (reference.role, _digest(reference.data).hex() if reference.data is not None else reference.location)
        for reference in listing.pictures
    ]
    content = (dict(listing.source), pictures)
    return _digest(orjson.dumps(content, option=orjson.OPT_SORT_KEYS, default=str))


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
