"""Notices listings that come twice in one source: the same again is dropped, different content is a failure.

Keeps 40 to 50 bytes a listing, not the listings: a source of a million is remembered in 45 MB, where a dict of
digests takes 300.
"""

from __future__ import annotations

import hashlib
import struct
from array import array
from typing import TYPE_CHECKING, Literal

import orjson

from jianwei.ingest.sources.raw import Place, record_failure

if TYPE_CHECKING:
    from jianwei.records import Failure, ListingRecord

Seen = Literal["new", "same"]


_ENTRY = struct.Struct("<16s8sII")
"""Digests of id and content, number of the file, line. Two contents of one id are told apart by 8 bytes, ids by 16."""
_SLOT_OF_ENTRY = struct.Struct(f"<Q{_ENTRY.size - 8}x")
_FIRST_SLOTS = 1 << 12


class SeenListings:
    """The listings of a source that were seen so far."""

    def __init__(self) -> None:
        self._files: list[str] = []
        self._entries = bytearray()
        # A hash table with open addressing: each slot holds the number of an entry from 1, 0 where it is free.
        self._slots = array("I", bytes(_FIRST_SLOTS * array("I").itemsize))

    def judge(self, listing: ListingRecord, place: Place) -> Seen | Failure:
        """Return `new`, `same` for one that came with identical content, or the failure naming both places."""
        key = _digest(listing.listing_id.encode("utf-8", "surrogatepass"), 16)
        content = _content_digest(listing)
        slot = self._slot_of(key)
        number = self._slots[slot]
        if not number:
            self._add(slot, key, content, place)
            return "new"
        _, known_content, file_number, line = _ENTRY.unpack_from(self._entries, (number - 1) * _ENTRY.size)
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

    def _slot_of(self, key: bytes) -> int:
        """Return the slot of an id: its own, or the free one where it belongs."""
        slots, entries = self._slots, self._entries
        last = len(slots) - 1
        slot = int.from_bytes(key[:8], "little") & last
        while number := slots[slot]:
            start = (number - 1) * _ENTRY.size
            if entries[start : start + len(key)] == key:
                break
            slot = (slot + 1) & last
        return slot

    def _add(self, slot: int, key: bytes, content: bytes, place: Place) -> None:
        if not self._files or self._files[-1] != place.file:
            self._files.append(place.file)
        self._entries += _ENTRY.pack(key, content, len(self._files) - 1, place.line)
        count = len(self._entries) // _ENTRY.size
        self._slots[slot] = count
        if 3 * count > 2 * len(self._slots):
            self._double()

    def _double(self) -> None:
        size = 2 * len(self._slots)
        self._slots = slots = array("I", bytes(size * self._slots.itemsize))
        for number, (wanted,) in enumerate(_SLOT_OF_ENTRY.iter_unpack(self._entries), start=1):
            slot = wanted & (size - 1)
            while slots[slot]:
                slot = (slot + 1) & (size - 1)
            slots[slot] = number


def _content_digest(listing: ListingRecord) -> bytes:
    pictures = [
        (reference.role, _digest(reference.data, 16).hex() if reference.data is not None else reference.location)
        for reference in listing.pictures
    ]
    content = (dict(listing.source), pictures)
    return _digest(orjson.dumps(content, option=orjson.OPT_SORT_KEYS, default=str), 8)


def _digest(data: bytes, size_bytes: int) -> bytes:
    return hashlib.blake2b(data, digest_size=size_bytes).digest()
