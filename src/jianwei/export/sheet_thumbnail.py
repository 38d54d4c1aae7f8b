"""Put pictures into the cells of a sheet: small enough, and in a format that every spreadsheet shows.

The library's thumbnails are WebP, which Excel does not place in a workbook. Those made for it wait in a folder, so that
memory does not grow with the sheet.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from openpyxl.drawing.image import Image as SheetImage
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

THUMBNAIL_SIDE_PX = 96
"""Large enough to recognise a product, small enough to see seven listings on one screen."""

_ROW_HEIGHT_POINTS = THUMBNAIL_SIDE_PX * 0.75 + 4  # a point is 4/3 of a pixel at 96 dpi; 4 leave a rim


class SheetThumbnails:
    """Puts pictures into the first column of a sheet, each made once.

    Args:
        folder: where they wait until the workbook is saved; removed by whoever made it.
        thumbnail: gives an encoded picture for a SHA-256, None where there is none.
    """

    def __init__(self, folder: Path, thumbnail: Callable[[str], bytes | None]) -> None:
        self._folder = folder
        self._thumbnail = thumbnail

    def place(self, sheet: Worksheet, row_no: int, sha256: str | None) -> None:
        """Make room in a row, and put the picture there; nothing where there is none."""
        sheet.row_dimensions[row_no].height = _ROW_HEIGHT_POINTS
        if sha256 is None:
            return
        file = self._folder / f"{sha256}.jpeg"
        if not file.exists():
            data = self._thumbnail(sha256)
            if data is None:
                return
            save_for_sheet(data, file)
        # As a name, not as bytes: it is read again only when the workbook is put together.
        image = SheetImage(str(file))
        image.anchor = f"A{row_no}"
        sheet.add_image(image)


def save_for_sheet(data: bytes, file: Path) -> None:
    """Write `data`, an encoded picture, as a JPEG of at most 96 × 96 px; transparency is laid over white."""
    with Image.open(BytesIO(data)) as picture:
        picture.thumbnail((THUMBNAIL_SIDE_PX, THUMBNAIL_SIDE_PX))
        rgba = picture.convert("RGBA")
    flat = Image.new("RGB", rgba.size, "white")
    flat.paste(rgba, mask=rgba.getchannel("A"))
    flat.save(file, "JPEG", quality=80)
