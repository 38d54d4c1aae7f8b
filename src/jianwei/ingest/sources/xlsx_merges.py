"""The merged cells of a sheet: their value stands in the first row only and is meant for all of them.

Who merges the shop of ten rows into one cell means ten listings of that shop. Only merges over several rows count:
over columns, a merge is a title. openpyxl tells of merges only where it holds a whole sheet in memory, so they are read
from the sheet's XML as it streams by. Source: ECMA-376 part 1, 18.3.1.55 (mergeCell).
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import IO, TYPE_CHECKING

from jianwei.ingest.sources.xlsx_xml import column_number, matches_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Merges = Mapping[int, Sequence[tuple[int, int]]]

_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\s+ref=[\"']\$?([A-Z]{1,3})\$?(\d+):\$?[A-Z]{1,3}\$?(\d+)[\"']")
_MOST_COLUMNS = 1024
"""Merges further to the right are let be: a sheet has up to 16,384 columns, and each that is merged costs time in every
row. No table of listings is so wide."""
_LONGEST_BYTES = 80  # of what is looked for, so that none is lost between two parts


class MergedCells:
    """Fills the rows of one sheet, from the first to the last, with what is merged into them from above."""

    def __init__(self, last_rows: Merges) -> None:
        self._last_rows = last_rows
        self._running: dict[int, tuple[int, object]] = {}

    def filled(self, row: int, cells: Sequence[object]) -> list[object]:
        """Return the cells of a row (from 1) with the values of merges that began above it."""
        found = list(cells)
        for column, (last_row, value) in list(self._running.items()):
            if row > last_row:
                del self._running[column]
                continue
            found += [None] * (column + 1 - len(found))
            if found[column] is None:
                found[column] = value
        for column, last_row in self._last_rows.get(row, ()):
            if column < len(found):
                self._running[column] = (last_row, found[column])
        return found


def merges_over_rows(sheet: IO[bytes]) -> Merges:
    """Return by the row (from 1) where they begin the merges over several rows: column (from 0) and last row."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for match in matches_in(sheet, _MERGE, longest_bytes=_LONGEST_BYTES, signs=(b"mergeCell",)):
        first, last = int(match[2]), int(match[3])
        column = column_number(match[1].decode())
        if last > first and column < _MOST_COLUMNS:
            found[first].append((column, last))
    return dict(found)
