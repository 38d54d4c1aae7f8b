"""Make the pictures that are copies of another one, as they turn up at other sellers, and the broken one.

All of them are made from the finished WebP bytes, as a copying seller would.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

if TYPE_CHECKING:
    from collections.abc import Callable

_ORIENTATION_TAG = 0x0112
_TURN_CLOCKWISE = 6  # EXIF: the top of the scene is at the right of the stored picture


def encode(picture: Image.Image, quality: int, *, turned: bool = False) -> bytes:
    """Return the picture as lossy WebP; the same pixels always give the same bytes.

    A `turned` picture is stored on its side, as phones do, with the EXIF tag that turns it back.
    """
    exif = Image.Exif()
    if turned:
        exif[_ORIENTATION_TAG] = _TURN_CLOCKWISE
        picture = picture.transpose(Image.Transpose.ROTATE_90)
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=quality, method=6, exif=exif.tobytes() if turned else b"")
    return buffer.getvalue()


def derive(data: bytes, how: str) -> bytes:
    """Return the bytes of a copy of the WebP file `data`, made in the given way (see `catalogue.Copy`)."""
    return _WAYS[how](data)


def _open(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def _recompress(data: bytes) -> bytes:
    picture = _open(data)
    return encode(picture.resize((round(picture.width * 0.7), round(picture.height * 0.7))), 40)


def _crop(data: bytes) -> bytes:
    picture = _open(data)
    across, down = round(picture.width * 0.06), round(picture.height * 0.06)  # 6 % at each edge, 12 % of each side
    return encode(picture.crop((across, down, picture.width - across, picture.height - down)), 72)


def _mirror(data: bytes) -> bytes:
    return encode(ImageOps.mirror(_open(data)), 72)


def _truncate(data: bytes) -> bytes:
    return data[: len(data) * 2 // 5]


_WAYS: dict[str, Callable[[bytes], bytes]] = {
    "recompress": _recompress,
    "crop": _crop,
    "mirror": _mirror,
    "truncate": _truncate,
}
