from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from PIL import Image
from tests.unit.export.answers import a_row, picture_bytes

from jianwei.errors import SettingsError
from jianwei.export import xlsx_file
from jianwei.export.options import ExportOptions
from jianwei.export.sheet_cells import MAX_CELL_CHARACTERS
from jianwei.export.xlsx_file import write_xlsx

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

    from jianwei.export.columns import ExportRow


def _sheet(path: Path, rows: list[ExportRow], options: ExportOptions) -> Worksheet:
    write_xlsx(path / "a.xlsx", rows, options)
    return load_workbook(path / "a.xlsx").worksheets[0]


def _images(sheet: Worksheet) -> list[Any]:
    return list(sheet._images)  # type: ignore[attr-defined]  # the stubs leave out what reading fills


def _column(sheet: Worksheet, heading: str) -> int:
    return next(cell.column for cell in sheet[1] if cell.value == heading)


def test_the_thumbnail_of_the_first_picture_stands_in_the_first_column_of_its_row(tmp_path: Path) -> None:
    options = ExportOptions(thumbnail=lambda sha256: picture_bytes() if sha256.startswith("ab") else None)
    sheet = _sheet(tmp_path, [a_row(), a_row()], options)

    anchors = [(image.anchor._from.row, image.anchor._from.col) for image in _images(sheet)]
    assert anchors == [(1, 0), (2, 0)]
    with Image.open(BytesIO(_images(sheet)[0]._data())) as picture:
        assert picture.format == "JPEG"
        assert picture.size == (96, 60)
    assert sheet.cell(1, 1).value == "Picture"


def test_a_thumbnail_that_cannot_be_had_leaves_its_cell_empty(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, [a_row()], ExportOptions(thumbnail=lambda _: None))

    assert _images(sheet) == []
    assert sheet.cell(2, 1).value is None
    assert sheet.cell(2, 2).value == "jd:100012"


def test_a_transparent_thumbnail_is_laid_over_white(tmp_path: Path) -> None:
    buffer = BytesIO()
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(buffer, "PNG")
    sheet = _sheet(tmp_path, [a_row()], ExportOptions(thumbnail=lambda _: buffer.getvalue()))

    with Image.open(BytesIO(_images(sheet)[0]._data())) as picture:
        assert picture.getpixel((20, 20)) == (255, 255, 255)


def test_no_thumbnail_files_stay_behind(tmp_path: Path) -> None:
    _sheet(tmp_path, [a_row()], ExportOptions(thumbnail=lambda _: picture_bytes()))

    assert [path.name for path in tmp_path.iterdir()] == ["a.xlsx"]


def test_the_heading_is_frozen_and_columns_have_widths(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, [a_row()], ExportOptions())

    assert sheet.freeze_panes == "A2"
    title = get_column_letter(_column(sheet, "Title"))
    assert sheet.column_dimensions[title].width == 48


def test_headings_speak_the_language_asked_for(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, [a_row()], ExportOptions(language="zh", with_hits=True))

    assert [cell.value for cell in sheet[1]][:5] == ["名次", "得分", "命中词", "商品编号", "平台"]


def test_a_title_that_is_a_formula_is_text_and_stays_verbatim(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, [a_row(title="=1+1")], ExportOptions())

    cell = sheet.cell(2, _column(sheet, "Title"))
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)


def test_a_price_is_a_number(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, [a_row(price=12.5)], ExportOptions())

    assert sheet.cell(2, _column(sheet, "Price")).value == 12.5


def test_text_longer_than_a_cell_takes_is_cut_visibly(tmp_path: Path) -> None:
    sheet = _sheet(tmp_path, [a_row(title="字" * (MAX_CELL_CHARACTERS + 10))], ExportOptions())

    value = str(sheet.cell(2, _column(sheet, "Title")).value)
    assert len(value) == MAX_CELL_CHARACTERS
    assert value.endswith("字…")


def test_more_rows_than_a_sheet_takes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_file, "MAX_ROWS", 3)

    assert write_xlsx(tmp_path / "two.xlsx", [a_row()] * 2, ExportOptions()) == 2
    with pytest.raises(SettingsError, match="takes 2 listings"):
        write_xlsx(tmp_path / "three.xlsx", [a_row()] * 3, ExportOptions())
