"""Tell whether bytes that failed to decode were cut short, so that the reason can say `truncated` and not `damaged`.

The difference matters to the user: what was cut short is worth fetching again. This reads the end marks and the
declared lengths of each format only; it never judges a file that decodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.images.sniffing import PictureFormat


def is_cut_short(data: bytes, picture_format: PictureFormat) -> bool:
    """Return whether a file ends before its own format says it should. TIFF tells nothing: always False."""
    check = _CHECKS.get(picture_format)
    return check is not None and check(data)


def _jpeg_cut(data: bytes) -> bool:
    # Servers pad with zeros after the end mark; that is no loss.
    return not data.rstrip(b"\x00").endswith(b"\xff\xd9")


def _png_cut(data: bytes) -> bool:
    return b"IEND" not in data


def _gif_cut(data: bytes) -> bool:
    return not data.rstrip(b"\x00").endswith(b";")


def _webp_cut(data: bytes) -> bool:
    return len(data) < 12 or int.from_bytes(data[4:8], "little") + 8 > len(data)


def _bmp_cut(data: bytes) -> bool:
    return len(data) < 54 or int.from_bytes(data[2:6], "little") > len(data)


def _boxes_cut(data: bytes) -> bool:
    """Walk the top-level boxes. Source: ISO/IEC 14496-12, 4.2: size 0 runs to the end, size 1 has a 64-bit size."""
    kinds = set()
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if len(data) - at < 8:
            return True
        if size == 0:
            return False
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size < 8 or at + size > len(data):
            return True
        kinds.add(data[at + 4 : at + 8])
        at += size
    return b"mdat" not in kinds  # the pixels, which come last in most files


_CHECKS: dict[PictureFormat, Callable[[bytes], bool]] = {
    "jpeg": _jpeg_cut,
    "png": _png_cut,
    "gif": _gif_cut,
    "webp": _webp_cut,
    "bmp": _bmp_cut,
    "heic": _boxes_cut,
    "avif": _boxes_cut,
}
