"""The boxes that HEIC and AVIF files are made of, and a check that libheif's binding needs.

Source: ISO/IEC 14496-12, 4.2 (boxes), 8.11.6 (item information).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER_BYTES = 8


class Box(NamedTuple):
    """One box: its kind, where its content starts and where it ends. A box that is cut short ends behind its file."""

    kind: bytes
    body: int
    end: int


def boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes between two positions. The last one is yielded even where it runs over `end`, or has no size."""
    at = start
    while at < end:
        size = int.from_bytes(data[at : at + 4], "big")
        body = at + _HEADER_BYTES
        if body > end:
            yield Box(b"", body, body)
            return
        if size == 1:  # a 64-bit size follows
            size = int.from_bytes(data[body : body + 8], "big")
            body += 8
        box_end = end if size == 0 else at + size  # size 0 runs to the end
        if box_end < body:
            yield Box(b"", body, end + 1)
            return
        yield Box(data[at + 4 : at + 8], body, box_end)
        at = box_end


def has_readable_items(data: bytes) -> bool:
    """Return whether all types and names of the items in a HEIC file are text.

    pi-heif, up to 1.4 at least, makes Python strings of them without looking whether it got one: a single wrong bit
    there ends the whole process with a segmentation fault, not with an exception.
    """
    return all(_is_text(data, item) for item in _items(data))


def _items(data: bytes) -> Iterator[Box]:
    for meta in boxes(data, 0, len(data)):
        if meta.kind != b"meta":
            continue
        for listing in boxes(data, meta.body + 4, min(meta.end, len(data))):
            if listing.kind == b"iinf":
                # Version and flags, then the count in 2 or, from version 1 on, 4 bytes.
                first = listing.body + (6 if data[listing.body : listing.body + 1] == b"\x00" else 8)
                yield from boxes(data, first, min(listing.end, len(data)))


def _is_text(data: bytes, item: Box) -> bool:
    wide = data[item.body : item.body + 1] == b"\x03"  # version 3 has item ids of 4 bytes
    try:
        # Version and flags, id, protection; then type, name and content type to the end.
        data[item.body + (10 if wide else 8) : item.end].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
