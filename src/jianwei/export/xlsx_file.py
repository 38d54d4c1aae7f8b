"""Write listings as an Excel workbook that a reviewer reads at once: thumbnail first, frozen heading, sensible widths.

Rows are streamed to disk and thumbnails wait in a folder beside, so that memory does not grow with the library.
Excel's own limits are kept: 1,048,576 rows, 32,767 characters in a cell.

Source: "Excel specifications and limits", Microsoft Support.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, cast

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from jianwei.errors import SettingsError
from jianwei.export.columns import columns_for, main_picture_sha256
from jianwei.export.sheet_cells import MAX_ROWS, heading_cell, value_cell
from jianwei.export.sheet_thumbnail import THUMBNAIL_SIDE_PX, SheetThumbnails

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openpyxl.worksheet._write_only import WriteOnlyWorksheet
    from openpyxl.worksheet.worksheet import Worksheet

    from jianwei.export.columns import Column, ExportRow
    from jianwei.export.options import ExportOptions

_PICTURE_COLUMN_WIDTH = THUMBNAIL_SIDE_PX / 7 + 1  # a character of the standard font is about 7 pixels wide
_HEADING_PICTURE = {"en": "Picture", "zh": "缩略图"}
_SHEET_NAME = {"en": "Listings", "zh": "商品"}


def write_xlsx(path: Path, rows: Iterable[ExportRow], options: ExportOptions) -> int:
    """Write the rows, each with the thumbnail of its first picture where there is one; return how many there were.

    Raises:
        SettingsError: there are more rows than a sheet takes.
    """
    book = Workbook(write_only=True)
    # A streamed sheet is a class of its own that borrows the methods of Worksheet; the type stubs do not say so.
    sheet = cast("Worksheet", book.create_sheet(_SHEET_NAME[options.language]))
    with tempfile.TemporaryDirectory(prefix=".thumbnails-", dir=path.parent) as folder:
        try:
            count = _write_rows(sheet, rows, options, Path(folder))
        except BaseException:
            cast("WriteOnlyWorksheet", sheet).close()  # it streams into a file of its own until it is closed
            raise
        book.save(path)
    return count


def _write_rows(sheet: Worksheet, rows: Iterable[ExportRow], options: ExportOptions, folder: Path) -> int:
    columns = columns_for(with_hits=options.with_hits)
    thumbnails = None if options.thumbnail is None else SheetThumbnails(folder, options.thumbnail)
    has_pictures = thumbnails is not None
    _lay_out(sheet, columns, has_pictures=has_pictures)
    headings = [_HEADING_PICTURE[options.language]] if has_pictures else []
    headings += [column.heading(options.language) for column in columns]
    sheet.append([heading_cell(sheet, heading) for heading in headings])
    count = 0
    for count, row in enumerate(rows, start=1):
        row_no = count + 1
        if row_no > MAX_ROWS:
            raise _too_many_rows()
        if thumbnails is not None:
            thumbnails.place(sheet, row_no, main_picture_sha256(row))
        cells = [value_cell(sheet, column.value(row)) for column in columns]
        sheet.append([None, *cells] if has_pictures else cells)
    return count


def _lay_out(sheet: Worksheet, columns: tuple[Column, ...], *, has_pictures: bool) -> None:
    # All of it must be set before the first row: a streamed sheet writes its head then.
    sheet.freeze_panes = "A2"
    widths = [_PICTURE_COLUMN_WIDTH] if has_pictures else []
    widths += [column.width for column in columns]
    for index, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = width


def _too_many_rows() -> SettingsError:
    return SettingsError(
        f"An Excel sheet takes {MAX_ROWS - 1:,} listings and there are more. Narrow the export with filters, or "
        "write .csv or .jsonl.",
        zh=f"一张 Excel 工作表最多容纳 {MAX_ROWS - 1:,} 条商品，现有数量超出。请用筛选条件缩小范围，或导出为 "
        ".csv 或 .jsonl。",
        allowed=MAX_ROWS - 1,
    )
