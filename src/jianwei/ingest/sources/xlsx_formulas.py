"""Finds formulas without a result: whoever reads the workbook sees an empty cell where a price was meant.

Spreadsheet programs write beside a formula what it came to; scripts write the formula alone. openpyxl gives nothing for
both an empty cell and such a one, so they are read from the sheet's XML as it streams by. Source: ECMA-376 part 1,
18.3.1.4 (c) and 18.3.1.40 (f).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import IO

from jianwei.ingest.sources.xlsx_xml import column_number, matches_in

_WITHOUT_RESULT = re.compile(
    rb"<(?:\w+:)?c\s([^<>]*)>\s*<(?:\w+:)?f\b[^<>]*?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_REFERENCE = re.compile(rb"\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")
_CAME_TO_NO_TEXT = re.compile(rb"\bt=[\"']str[\"']")
_LONGEST_BYTES = 32 * 1024  # of a cell with a formula of 8,192 characters, so that none is lost between two parts


@dataclass(frozen=True, slots=True)
class FormulasWithoutResult:
    """Those of one sheet: their columns (from 0), the first row (from 1), how many cells."""

    columns: tuple[int, ...]
    first_row: int
    cells: int


def formulas_without_result(sheet: IO[bytes], *, below: int) -> FormulasWithoutResult | None:
    """Return the formulas below a row that no program has computed, None where there are none."""
    columns: set[int] = set()
    rows: list[int] = []
    for match in matches_in(sheet, _WITHOUT_RESULT, longest_bytes=_LONGEST_BYTES, signs=(b"<f", b":f")):
        named = None if _CAME_TO_NO_TEXT.search(match[1]) else _REFERENCE.search(match[1])
        if named and int(named[2]) > below:
            columns.add(column_number(named[1].decode()))
            rows.append(int(named[2]))
    return FormulasWithoutResult(tuple(sorted(columns)), min(rows), len(rows)) if rows else None
