"""Reads rows from XLSX workbooks, row by row.

Values only: formulas give what the program that saved them computed. Pictures pasted into cells are not read; put
their files or URLs into a column. openpyxl keeps the table of shared texts in memory, the rows not.
"""

from __future__ import annotations

import warnings
import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

from jianwei.errors import MappingError, SourceError
from jianwei.ingest.sources.csv_rows import unique_columns
from jianwei.ingest.sources.nearest import nearest_name
from jianwei.ingest.sources.raw import Place, RawRecord
from jianwei.ingest.sources.scalars import is_empty, plain_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openpyxl.worksheet.worksheet import Worksheet

    from jianwei.records import Failure


class XlsxRows:
    """The rows of one sheet: the one named `sheet`, else the first. `header_row` as in CSV."""

    def __init__(
        self,
        opener: Callable[[], BinaryIO],
        *,
        file: str,
        folder: str = "",
        sheet: str = "",
        header_row: int = 0,
    ) -> None:
        self._opener = opener
        self._file = file
        self._folder = folder
        self._sheet = sheet
        self._header_row = header_row

    def estimated_total(self) -> int | None:
        """Return the rows below the header as the sheet states them, None where it does not."""
        with self._worksheet() as worksheet:
            return max(0, worksheet.max_row - max(1, self._header_row)) if worksheet.max_row else None

    def rows(self) -> Iterator[RawRecord | Failure]:
        """Yield the rows below the header; empty rows are skipped."""
        columns: list[str] = []
        with self._worksheet() as worksheet:
            for number, cells in enumerate(worksheet.iter_rows(values_only=True), start=1):
                if all(is_empty(cell) for cell in cells):
                    continue
                if columns:
                    yield RawRecord(
                        dict(zip(columns, cells, strict=False)), Place(self._file, number), folder=self._folder
                    )
                elif number >= self._header_row:
                    columns = unique_columns([plain_text(cell) for cell in _without_empty_end(cells)])

    @contextmanager
    def _worksheet(self) -> Iterator[Worksheet]:
        from openpyxl import load_workbook

        with self._opener() as file:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # about styles and extensions, which have no bearing on values
                    workbook = load_workbook(file, read_only=True, data_only=True)
            except (zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError) as error:
                raise SourceError(
                    f"{self._file} cannot be read as XLSX ({error}). "
                    "Open it in a spreadsheet program and save it anew.",
                    zh=f"无法按 XLSX 读取 {self._file}（{error}）。请用表格软件打开后重新保存。",
                    file=self._file,
                ) from error
            try:
                # A read-only sheet has the methods of a sheet that are used here; the stubs tell them apart.
                yield cast("Worksheet", workbook[self._chosen(workbook.sheetnames)])
            finally:
                workbook.close()

    def _chosen(self, names: list[str]) -> str:
        if not self._sheet or self._sheet in names:
            return self._sheet or names[0]
        nearest = nearest_name(self._sheet, names)
        raise MappingError(
            f"{self._file} has no sheet {self._sheet!r}. Its sheets: {', '.join(names)}. Nearest: {nearest!r}.",
            zh=f"{self._file} 中没有工作表 {self._sheet!r}。已有：{'、'.join(names)}。最接近的是 {nearest!r}。",
            sheet=self._sheet,
        )


def _without_empty_end(cells: tuple[object, ...]) -> tuple[object, ...]:
    end = len(cells)
    while end and is_empty(cells[end - 1]):
        end -= 1
    return cells[:end]
