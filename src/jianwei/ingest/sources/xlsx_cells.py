"""Yields the values of a sheet's cells row by row, percentages as they are shown.

A cell that shows `50%` holds 0.5: as a number it would be a price of half a yuan.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet
    from openpyxl.worksheet.worksheet import Worksheet

_BUILT_IN_PERCENT = frozenset({9, 10})
"""Numbers of the formats `0%` and `0.00%`. Source: ECMA-376 part 1, 18.8.30 (numFmt)."""
_FIRST_OWN_FORMAT = 164
_LITERAL = re.compile(r'"[^"]*"|\\.')


def all_rows(sheet: ReadOnlyWorksheet) -> Iterator[tuple[object, ...]]:
    """Yield the values of all rows, whatever size the sheet states: some programs state `A1` for everything."""
    sheet.reset_dimensions()
    # A read-only sheet has the methods of a sheet that are used here; the stubs tell them apart.
    rows = cast("Worksheet", sheet)
    if not _shows_percentages(sheet.parent):  # cells with formats take a third longer to read
        yield from rows.iter_rows(values_only=True)
        return
    for cells in rows.iter_rows():
        yield tuple([_as_shown(cast("ReadOnlyCell | EmptyCell", cell)) for cell in cells])


def _shows_percentages(workbook: Any) -> bool:  # noqa: ANN401  # the stubs know nothing of its formats
    own = {_FIRST_OWN_FORMAT + n for n, code in enumerate(workbook._number_formats) if _is_percent(code)}  # noqa: SLF001  # nothing public tells it
    return any(style.numFmtId in own | _BUILT_IN_PERCENT for style in workbook._cell_styles)  # noqa: SLF001


def _as_shown(cell: ReadOnlyCell | EmptyCell) -> object:
    value = cell.value
    if isinstance(value, (int, float)) and not isinstance(value, bool) and _is_percent(cell.number_format or ""):
        return f"{value * 100:.10g}%"
    return value


def _is_percent(code: str) -> bool:
    return "%" in _LITERAL.sub("", code)
