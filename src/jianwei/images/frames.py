"""Count the frames of an animated file by walking its blocks, without decoding one pixel.

Pillow counts too, but for GIF it sets up every frame, so that a small file with a million one-pixel frames keeps a
core busy for a minute. Counting stops at `MAX_COUNTED_FRAMES`; no listing picture comes near it.
"""

from __future__ import annotations

import struct

MAX_COUNTED_FRAMES = 10_000


def gif_frames(data: bytes) -> int:
    """Return the number of image blocks of a GIF, at least 1.

    Source: GIF89a specification, sections 18-26.
    """
    at = 13 + _gif_table_bytes(data[10:11])
    frames = 0
    while at < len(data) and frames < MAX_COUNTED_FRAMES:
        introducer = data[at]
        if introducer == 0x2C:
            frames += 1
            at = _after_sub_blocks(data, at + 11 + _gif_table_bytes(data[at + 9 : at + 10]))
        elif introducer == 0x21:
            at = _after_sub_blocks(data, at + 2)
        else:  # the trailer, or something that no decoder would go on from either
            break
    return max(1, frames)


def png_frames(data: bytes) -> int:
    """Return the number of frames that a PNG announces in its `acTL` chunk, 1 without one.

    Source: PNG specification, third edition, 11.3.6.1; the chunk must come before the first `IDAT`.
    """
    at = 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        if kind == b"acTL":
            return min(max(1, int.from_bytes(data[at + 8 : at + 12], "big")), MAX_COUNTED_FRAMES)
        if kind == b"IDAT":
            break
        at += 12 + length
    return 1


def tiff_frames(data: bytes) -> int:
    """Return the number of pages (image file directories) of a TIFF or BigTIFF, at least 1.

    Source: TIFF 6.0, section 2; each directory points to the next, 0 ends the chain.
    """
    order = "<" if data[:2] == b"II" else ">"
    big = 43 in data[2:4]
    count_type, entry_bytes, pointer_type = ("Q", 20, "Q") if big else ("H", 12, "I")
    seen: set[int] = set()
    at = _unpack(order + pointer_type, data, 8 if big else 4)
    while at and at not in seen and len(seen) < MAX_COUNTED_FRAMES:
        seen.add(at)
        entries = _unpack(order + count_type, data, at)
        at = _unpack(order + pointer_type, data, at + struct.calcsize(order + count_type) + entries * entry_bytes)
    return max(1, len(seen))


def _gif_table_bytes(flags: bytes) -> int:
    """Return the size of the colour table that a packed flags byte announces."""
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _after_sub_blocks(data: bytes, at: int) -> int:
    while at < len(data) and data[at]:
        at += data[at] + 1
    return at + 1


def _unpack(layout: str, data: bytes, at: int) -> int:
    """Return one number, 0 where the file ends before it."""
    if at + struct.calcsize(layout) > len(data):
        return 0
    return int(struct.unpack_from(layout, data, at)[0])
