"""Tell whether bytes that failed to decode were cut short, so that the reason can say `truncated` and not `damaged`.

The difference matters to the user: what was cut short is worth fetching again. This reads the end marks and the
declared lengths of each format only; it never judges a file that decodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.images.boxes import boxes

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
    found = list(boxes(data, 0, len(data)))
    kinds = {box.kind for box in found}
    return b"mdat" not in kinds or found[-1].end > len(data)  # the pixels, which come last in most files


_CHECKS: dict[PictureFormat, Callable[[bytes], bool]] = {
    "jpeg": _jpeg_cut,
    "png": _png_cut,
    "gif": _gif_cut,
    "webp": _webp_cut,
    "bmp": _bmp_cut,
    "heic": _boxes_cut,
    "avif": _boxes_cut,
}
