"""Reads rows from XLSX workbooks, row by row.

Formulas give what the program that saved them computed, pictures pasted into a row belong to its listing (see
`xlsx_pictures.py`). openpyxl keeps the table of shared texts in memory, rows and pictures not.
"""

from __future__ import annotations

import warnings
import zipfile
import zlib
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, BinaryIO, cast

from jianwei.errors import MappingError, SourceError
from jianwei.ingest.sources.header_row import ROWS_LOOKED_AT, HeaderSearch, unique_columns
from jianwei.ingest.sources.nearest import nearest_name
from jianwei.ingest.sources.raw import Place, RawRecord, record_failure
from jianwei.ingest.sources.scalars import is_empty, plain_text
from jianwei.ingest.sources.xlsx_cells import all_rows
from jianwei.ingest.sources.xlsx_merges import MergedCells
from jianwei.ingest.sources.xlsx_pictures import SheetPictures
from jianwei.records import PictureReference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from openpyxl import Workbook
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

    from jianwei.ingest.sources.xlsx_formulas import FormulasWithoutResult
    from jianwei.ingest.sources.xlsx_merges import Merges
    from jianwei.records import Failure


_ANY_HEADER = HeaderSearch()
_DAMAGED = (zipfile.BadZipFile, zlib.error, LookupError, ValueError, OSError, SyntaxError)
"""What the parts of a damaged workbook raise; broken XML is a SyntaxError."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What the first rows of a sheet tell. `header` is its row from 1, 0 where it has none; `rows` are as stated."""

    name: str
    header: int
    columns: tuple[str, ...]
    has_listings: bool
    rows: int | None


class XlsxRows:
    """The rows of one sheet and of those that go on with it under the same columns.

    The sheet is the one named `sheet`, else the first with columns of listings, else the first. `header` finds its row
    of column names.
    """

    def __init__(
        self,
        opener: Callable[[], BinaryIO],
        *,
        file: str,
        location: str = "",
        folder: str = "",
        sheet: str = "",
        header: HeaderSearch = _ANY_HEADER,
    ) -> None:
        self._opener = opener
        self._file = file
        self._location = location or file
        self._folder = folder
        self._wanted = sheet
        self._header = header
        self._merges: dict[str, Merges] = {}

    def estimated_total(self) -> int | None:
        """Return the rows below the headers as the sheets state them, None where one does not."""
        rows = [None if sheet.rows is None else max(0, sheet.rows - max(1, sheet.header)) for sheet in self._read]
        return None if None in rows else sum(number or 0 for number in rows)

    def other_sheets(self) -> list[str]:
        """Return the names of the sheets that are not read, in their order."""
        read = {sheet.name for sheet in self._read}
        return [sheet.name for sheet in self._sheets if sheet.name not in read]

    def rows(self) -> Iterator[RawRecord | Failure]:
        """Yield the rows below the header, before each the failures of its pictures; empty rows are skipped.

        After the rows of a sheet comes the failure that tells of its formulas without a result.
        """
        first = self._read[0]
        for sheet in self._read:
            # The sheet that is named in no place is the one that most workbooks have alone.
            yield from self._rows_of(sheet, self._file if sheet is first else f"{self._file}:{sheet.name}")
        for sheet in () if self._wanted else self._sheets:
            if sheet.has_listings and sheet not in self._read:
                yield _left_out(Place(f"{self._file}:{sheet.name}"), sheet, first)

    @cached_property
    def _sheets(self) -> tuple[_Sheet, ...]:
        with self._workbook() as workbook:
            return tuple([self._described(workbook, name) for name in self._names(workbook)])

    def _names(self, workbook: Workbook) -> list[str]:
        names = [sheet.title for sheet in workbook.worksheets]  # sheets that are one chart have no cells
        if not names:
            raise self._unreadable(ValueError("it has no sheet with cells"))
        return [self._chosen(names)] if self._wanted else names

    @cached_property
    def _read(self) -> tuple[_Sheet, ...]:
        first = next((sheet for sheet in self._sheets if sheet.has_listings), self._sheets[0])
        return (first, *[sheet for sheet in self._sheets if sheet is not first and _goes_on(sheet, first)])

    def _described(self, workbook: Workbook, name: str) -> _Sheet:
        sheet = cast("ReadOnlyWorksheet", workbook[name])
        stated = sheet.max_row
        with self._pictures(name) as pictures:
            merged = self._merged(name, pictures)
        rows: list[tuple[int, list[str]]] = []
        for number, cells in enumerate(all_rows(sheet), start=1):
            filled = merged.filled(number, cells)
            if number >= self._header.row and not all(map(is_empty, filled)):
                rows.append((number, [plain_text(cell) for cell in _without_empty_end(filled)]))
            if (self._header.row and rows) or len(rows) == ROWS_LOOKED_AT:
                break
        if not rows:
            return _Sheet(name, 0, (), has_listings=False, rows=stated)
        number, names = rows[self._header.index([names for _, names in rows])]
        columns = unique_columns(names)
        is_shown = sheet.sheet_state == "visible"
        has_listings = is_shown and self._header.describes_listings(columns)
        # Some programs state `A1` for whatever a sheet holds.
        return _Sheet(name, number, tuple(columns), has_listings, stated if stated and stated > number else None)

    def _rows_of(self, sheet: _Sheet, file: str) -> Iterator[RawRecord | Failure]:
        with self._workbook() as workbook, self._pictures(sheet.name) as pictures:
            merged = self._merged(sheet.name, pictures)
            for number, cells in enumerate(all_rows(cast("ReadOnlyWorksheet", workbook[sheet.name])), start=1):
                filled = merged.filled(number, cells)
                if number <= sheet.header:
                    continue
                values, members = pictures.take(number, filled)
                if members or not all(map(is_empty, cells)):
                    yield from self._record(
                        Place(file, number), dict(zip(sheet.columns, values, strict=False)), members, pictures
                    )
            formulas = pictures.formulas_without_result(below=sheet.header)
            if formulas and (named := [sheet.columns[n] for n in formulas.columns if n < len(sheet.columns)]):
                yield _not_computed(Place(file, formulas.first_row), named, formulas)

    def _merged(self, sheet: str, pictures: SheetPictures) -> MergedCells:
        if sheet not in self._merges:
            self._merges[sheet] = pictures.merges()
        return MergedCells(self._merges[sheet])

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
    def _workbook(self) -> Iterator[Workbook]:
        from openpyxl import load_workbook

        with self._opener() as file:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # about styles and extensions, which have no bearing on values
                    workbook = load_workbook(file, read_only=True, data_only=True)
            except _DAMAGED as error:
                raise self._unreadable(error) from error
            try:
                yield workbook
            except _DAMAGED as error:  # a sheet is read, and found damaged, as its rows are asked for
                raise self._unreadable(error) from error
            finally:
                workbook.close()

    def _unreadable(self, error: Exception) -> SourceError:
        return SourceError(
            f"{self._file} cannot be read as XLSX ({error}). Open it in a spreadsheet program and save it anew.",
            zh=f"无法按 XLSX 读取 {self._file}（{error}）。请用表格软件打开后重新保存。",
            file=self._file,
        )

    def _chosen(self, names: list[str]) -> str:
        if self._wanted in names:
            return self._wanted
        nearest = nearest_name(self._wanted, names)
        raise MappingError(
            f"{self._file} has no sheet {self._wanted!r}. Its sheets: {', '.join(names)}. Nearest: {nearest!r}.",
            zh=f"{self._file} 中没有工作表 {self._wanted!r}。已有：{'、'.join(names)}。最接近的是 {nearest!r}。",
            sheet=self._wanted,
        )


def _goes_on(sheet: _Sheet, first: _Sheet) -> bool:
    """Return whether a sheet has the columns of the first: a long export is cut into sheets."""
    return sheet.has_listings and set(sheet.columns) == set(first.columns)


def _left_out(place: Place, sheet: _Sheet, read: _Sheet) -> Failure:
    return record_failure(
        place,
        "sheet-left-out",
        english=f"this sheet has columns of listings too ({', '.join(sheet.columns[:6])}), but others than the sheet "
        f"{read.name!r}, which was read. Ingest it with the key `sheet` in a mapping, or name the one you mean there.",
        chinese=f"该工作表也有商品列（{'、'.join(sheet.columns[:6])}），但与已读取的工作表 {read.name!r} 的列不同，"
        "因此未读取。请在映射文件中用 `sheet` 指定后导入。",
    )


def _not_computed(place: Place, columns: Sequence[str], formulas: FormulasWithoutResult) -> Failure:
    return record_failure(
        place,
        "not-computed",
        english=f"formulas from this row on have no result (columns: {', '.join(columns)}; cells: {formulas.cells}) "
        "and were read as empty: no spreadsheet program has computed them. Open the workbook in one, save it, ingest "
        "it again.",
        chinese=f"从该行起有 {formulas.cells} 个单元格的公式没有计算结果（{'、'.join(columns)}），已按空值读取。"
        "请用表格软件打开并保存后重新导入。",
    )


def _without_empty_end(cells: Sequence[object]) -> Sequence[object]:
    end = len(cells)
    while end and is_empty(cells[end - 1]):
        end -= 1
    return cells[:end]
