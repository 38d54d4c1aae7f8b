"""Cells that hold what others wrote: never evaluated, never longer than Excel takes, wrapped at the top.

Source: "Excel specifications and limits", Microsoft Support.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font

from jianwei.export.formula_guard import looks_like_formula

if TYPE_CHECKING:
    from openpyxl.cell import Cell as SheetCell
    from openpyxl.worksheet.worksheet import Worksheet

    from jianwei.export.columns import Cell

MAX_ROWS = 1_048_576
MAX_CELL_CHARACTERS = 32_767


def heading_cell(sheet: Worksheet, text: str) -> SheetCell:
    """Return a cell of the first row."""
    cell = WriteOnlyCell(sheet, text)
    cell.font = Font(bold=True)
    return cell


def value_cell(sheet: Worksheet, value: Cell) -> SheetCell | Cell:
    """Return a cell for a text; numbers and times are their own cells."""
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, fitting(value))
    as_text(cell, value)
    return cell


def as_text(cell: SheetCell, value: str) -> None:
    """Let a cell be text whatever it begins with."""
    # Typed as text it is never evaluated, and the quote prefix keeps it text when somebody edits the cell.
    cell.data_type = "s"
    if looks_like_formula(value):
        cell.quotePrefix = True
    cell.alignment = Alignment(vertical="top", wrap_text=True)


def fitting(text: str) -> str:
    """Return a text without what a workbook cannot hold, cut with … where it is too long."""
    text = ILLEGAL_CHARACTERS_RE.sub("", text).encode("utf-8", "replace").decode()
    return text if len(text) <= MAX_CELL_CHARACTERS else text[: MAX_CELL_CHARACTERS - 1] + "…"
