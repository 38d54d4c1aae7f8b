"""Reads rows from XLSX workbooks, row by row.

Formulas give what the program that saved them computed, pictures pasted into a row belong to its listing (see
`xlsx_pictures.py`). openpyxl keeps the table of shared texts in memory, rows and pictures not.
"""

from __future__ import annotations

import warnings
import zipfile
import zlib
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

from jianwei.errors import MappingError, SourceError
from jianwei.ingest.sources.csv_rows import unique_columns
from jianwei.ingest.sources.nearest import nearest_name
from jianwei.ingest.sources.raw import Place, RawRecord, record_failure
from jianwei.ingest.sources.scalars import is_empty, plain_text
from jianwei.ingest.sources.xlsx_pictures import SheetPictures
from jianwei.records import PictureReference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openpyxl.worksheet.worksheet import Worksheet

    from jianwei.records import Failure


_DAMAGED = (zipfile.BadZipFile, zlib.error, LookupError, ValueError, OSError, SyntaxError)
"""What the parts of a damaged workbook raise; broken XML is a SyntaxError."""


class XlsxRows:
    """The rows of one sheet: the one named `sheet`, else the first. `header_row` as in CSV."""

    def __init__(
        self,
        opener: Callable[[], BinaryIO],
        *,
        file: str,
        location: str = "",
        folder: str = "",
        sheet: str = "",
        header_row: int = 0,
    ) -> None:
        self._opener = opener
        self._file = file
        self._location = location or file
        self._folder = folder
        self._sheet = sheet
        self._header_row = header_row

    def estimated_total(self) -> int | None:
        """Return the rows below the header as the sheet states them, None where it does not."""
        with self._worksheet() as worksheet:
            return max(0, worksheet.max_row - max(1, self._header_row)) if worksheet.max_row else None

    def other_sheets(self) -> list[str]:
        """Return the names of the sheets that are not read, in their order."""
        with self._worksheet() as worksheet:
            names = [] if worksheet.parent is None else worksheet.parent.sheetnames
            return [name for name in names if name != worksheet.title]

    def rows(self) -> Iterator[RawRecord | Failure]:
        """Yield the rows below the header, before each the failures of its pictures; empty rows are skipped."""
        columns: list[str] = []
        with self._worksheet() as worksheet, self._pictures(worksheet.title) as pictures:
            for number, cells in enumerate(worksheet.iter_rows(values_only=True), start=1):
                values, members = pictures.take(number, cells)
                if not columns:
                    if number >= self._header_row and not all(map(is_empty, cells)):
                        columns = unique_columns([plain_text(cell) for cell in _without_empty_end(cells)])
                elif members or not all(map(is_empty, values)):
                    yield from self._record(
                        Place(self._file, number), dict(zip(columns, values, strict=False)), members, pictures
                    )

    def _record(
        self, place: Place, values: dict[str, object], members: list[str], pictures: SheetPictures
    ) -> Iterator[RawRecord | Failure]:
        references = []
        for member in members:
            try:
                references.append(PictureReference(f"{self._location}#{member}", data=pictures.read(member)))
            except (KeyError, ValueError, zipfile.BadZipFile, zlib.error, OSError) as error:
                yield record_failure(
                    place,
                    "broken-picture",
                    english=f"the picture {member} in the workbook cannot be read ({error}). Paste it anew.",
                    chinese=f"工作簿中的图片 {member} 无法读取（{error}）。请重新粘贴。",
                )
        yield RawRecord(values, place, tuple(references), folder=self._folder)

    @contextmanager
    def _pictures(self, sheet: str) -> Iterator[SheetPictures]:
        with self._opener() as file:
            try:
                pictures = SheetPictures(file, sheet)
            except _DAMAGED as error:
                raise self._unreadable(error) from error
            with closing(pictures):
                yield pictures

    @contextmanager
    def _worksheet(self) -> Iterator[Worksheet]:
        from openpyxl import load_workbook

        with self._opener() as file:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # about styles and extensions, which have no bearing on values
                    workbook = load_workbook(file, read_only=True, data_only=True)
            except _DAMAGED as error:
                raise self._unreadable(error) from error
            try:
                # A read-only sheet has the methods of a sheet that are used here; the stubs tell them apart.
                yield cast("Worksheet", workbook[self._chosen(workbook.sheetnames)])
            finally:
                workbook.close()

    def _unreadable(self, error: Exception) -> SourceError:
        return SourceError(
            f"{self._file} cannot be read as XLSX ({error}). Open it in a spreadsheet program and save it anew.",
            zh=f"无法按 XLSX 读取 {self._file}（{error}）。请用表格软件打开后重新保存。",
            file=self._file,
        )

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
