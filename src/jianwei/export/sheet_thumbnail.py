"""Make a picture small enough for a spreadsheet cell, in a format that every spreadsheet shows.

The library's thumbnails are WebP, which Excel does not place in a workbook.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

THUMBNAIL_SIDE_PX = 96
"""Large enough to recognise a product, small enough to see seven listings on one screen."""


def save_for_sheet(data: bytes, file: Path) -> None:
    """Write `data`, an encoded picture, as a JPEG of at most 96 × 96 px; transparency is laid over white."""
    with Image.open(BytesIO(data)) as picture:
        picture.thumbnail((THUMBNAIL_SIDE_PX, THUMBNAIL_SIDE_PX))
        rgba = picture.convert("RGBA")
    flat = Image.new("RGB", rgba.size, "white")
    flat.paste(rgba, mask=rgba.getchannel("A"))
    flat.save(file, "JPEG", quality=80)
