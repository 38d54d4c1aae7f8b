"""Reading the sheets that a sweep writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet


def rows_of(sheet: Worksheet) -> list[dict[str, Any]]:
    """Return the rows below the heading, by the names of their columns."""
    heading, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, heading), row, strict=True)) for row in rows]
