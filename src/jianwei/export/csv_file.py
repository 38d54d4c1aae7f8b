"""Write listings as CSV that Excel opens with a double click: UTF-8 with a byte order mark, one row per listing.

Headings are the stable column names, so that a program reads the same file.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from jianwei.export.columns import columns_for
from jianwei.export.formula_guard import as_plain_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from jianwei.export.columns import Cell, ExportRow
    from jianwei.export.options import ExportOptions


def write_csv(path: Path, rows: Iterable[ExportRow], options: ExportOptions) -> int:
    """Write the rows with `columns.COLUMNS` as columns; return how many there were."""
    columns = columns_for(with_hits=options.with_hits)
    count = 0
    # newline="" leaves line ends to the csv module; Excel wants its \r\n between rows and bare \n inside cells.
    with path.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column.name for column in columns])
        for row in rows:
            writer.writerow([_cell(column.value(row)) for column in columns])
            count += 1
    return count


def _cell(value: Cell) -> Cell:
    return as_plain_text(value.replace("\x00", "")) if isinstance(value, str) else value
