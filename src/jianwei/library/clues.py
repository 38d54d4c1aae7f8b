"""Reads a sheet or folder of clues: words and pictures that somebody wants looked for, one after the other.

A sheet has a column of words, one of pictures (files beside it), or both; pictures that were pasted into an XLSX sheet
belong to the row that they hang on. A folder has pictures, sheets, and text files, each line of which is a clue; a
picture that a sheet in it names belongs to that row. Pictures inside cells, as newer Excel and WPS put them there, are
not read: let them float over the cells.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jianwei.errors import SourceError
from jianwei.ingest.sources.csv_rows import likely_delimiter
from jianwei.ingest.sources.encodings import detect_encoding
from jianwei.ingest.sources.picture_folder import is_picture
from jianwei.system_words import why

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

    Cells = tuple[object, ...]

WORD_COLUMNS = ("words", "keywords", "query", "clue", "text", "关键词", "检索词", "线索", "线索词", "词", "文字")
PICTURE_COLUMNS = ("picture", "image", "photo", "file", "图片", "图", "照片", "图片路径", "文件")
LABEL_COLUMNS = ("label", "name", "note", "id", "名称", "备注", "编号", "说明")

_TEXT_ENDINGS = frozenset({".txt"})
_SHEET_ENDINGS = frozenset({".xlsx", ".xlsm", ".csv", ".tsv"})
_LEFT_BY_PROGRAMS = frozenset({"thumbs.db", "desktop.ini"})
"""Files that Windows puts into folders; nobody means them as clues."""
_LARGEST_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Clue:
    """One thing to look for. `row` counts from 1 as a spreadsheet does; `place` names its file or sheet."""

    row: int
    place: str
    words: str = ""
    picture: bytes | None = field(default=None, repr=False)
    picture_name: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class BrokenClue:
    """A row that cannot be looked for, and why."""

    row: int
    place: str
    reason: str
    reason_zh: str
    label: str = ""


def read_clues(path: Path, *, confined_to: Path | None = None) -> list[Clue | BrokenClue]:
    """Return the clues of an .xlsx, .csv, .tsv or .txt file, or of a folder, in their order.

    With `confined_to`, pictures that a sheet names are read in that folder only: a stranger's sheet must not reach
    other files of this machine.

    Raises:
        SourceError: there is no such file, it cannot be read, or it has no clue at all.
    """
    found = list(_clues_of(path, confined_to))
    if not found or (path.is_dir() and not any(isinstance(clue, Clue) for clue in found)):
        raise _no_clues(path)
    return found


def _clues_of(path: Path, confined_to: Path | None) -> Iterator[Clue | BrokenClue]:
    if path.is_dir():
        yield from _folder_clues(path, confined_to)
        return
    suffix = path.suffix.lower()
    if suffix in {".xlsx", ".xlsm"}:
        yield from _sheet_clues(path, confined_to)
    elif suffix in {".csv", ".tsv"}:
        yield from _table_clues(_csv_rows(_read(path)), path.parent, path.name, {}, confined_to)
    elif suffix in _TEXT_ENDINGS:
        yield from _text_clues(path)
    else:
        raise SourceError(
            f"{path} is not a sheet of clues. Allowed: .xlsx, .csv, .tsv, .txt, or a folder.",
            zh=f"{path} 不是线索表。可用：.xlsx、.csv、.tsv、.txt，或文件夹。",
            path=str(path),
        )


def _folder_clues(folder: Path, confined_to: Path | None) -> Iterator[Clue | BrokenClue]:
    files = sorted(file for file in folder.iterdir() if not _is_left_by_programs(file.name))
    sheets = {
        file: _clues_of_file(number, folder, file, confined_to)
        for number, file in enumerate(files, start=1)
        if file.is_file() and file.suffix.lower() in _SHEET_ENDINGS
    }
    of_rows = {clue.picture for clues in sheets.values() for clue in clues if isinstance(clue, Clue)}
    for number, file in enumerate(files, start=1):
        if file in sheets:
            yield from sheets[file]
        elif file.is_dir():
            yield BrokenClue(
                number,
                folder.name,
                f"{file.name} is a folder inside a folder of clues, which is not looked into. Sweep it by itself.",
                f"{file.name} 是线索文件夹中的子文件夹，不会读取。请单独对它执行批量检索。",
            )
        elif file.is_file() and is_picture(file.name):
            clue = _with_picture(Clue(number, folder.name), file)
            if isinstance(clue, BrokenClue) or clue.picture not in of_rows:
                yield clue
        else:
            yield from _clues_of_file(number, folder, file, confined_to)


def _clues_of_file(number: int, folder: Path, file: Path, confined_to: Path | None) -> list[Clue | BrokenClue]:
    """Return the clues of one file among others, or why it has none, which is no reason to leave out the others."""
    try:
        found = list(_clues_of(file, confined_to))
    except SourceError as error:
        return [BrokenClue(number, folder.name, error.message, error.message_zh)]
    if not found:
        empty = _no_clues(file)
        found = [BrokenClue(number, folder.name, empty.message, empty.message_zh)]
    return found


def _is_left_by_programs(name: str) -> bool:
    """Tell whether a file is none of those that people put into a folder: hidden, or the lock of an open sheet."""
    return name.startswith((".", "~$")) or name.lower() in _LEFT_BY_PROGRAMS


def _no_clues(path: Path) -> SourceError:
    return SourceError(
        f"{path} has no clues. Give a sheet with a column named words or picture, or a folder of sheets, pictures and "
        ".txt files.",
        zh=f"{path} 中没有线索。请提供含有“关键词”或“图片”列的表格，或存放表格、图片和 .txt 文件的文件夹。",
        path=str(path),
    )


def _text_clues(file: Path) -> Iterator[Clue]:
    for number, line in enumerate(_decoded(_read(file)).splitlines(), start=1):
        if line.strip():
            yield Clue(number, file.name, words=line.strip())


def _csv_rows(data: bytes) -> list[Cells]:
    text = _decoded(data)
    delimiter = likely_delimiter([text.partition("\n")[0]])
    try:
        return [tuple(row) for row in csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)]
    except csv.Error:
        # A quotation mark that is never closed would swallow all rows after it: then each line is a row.
        return [tuple(next(csv.reader([line], delimiter=delimiter), ())) for line in text.splitlines()]


def _sheet_clues(path: Path, confined_to: Path | None) -> Iterator[Clue | BrokenClue]:
    from openpyxl import load_workbook

    data = _read(path)
    try:
        book = load_workbook(io.BytesIO(data), data_only=True)
    except Exception as error:  # openpyxl raises whatever its XML, ZIP and number parsers do
        raise SourceError(
            f"{path} cannot be read as XLSX ({error}). Open it in a spreadsheet program and save it anew.",
            zh=f"无法按 XLSX 读取 {path}（{error}）。请用表格软件打开后重新保存。",
            path=str(path),
        ) from error
    first, *others = book.worksheets
    yield from _worksheet_clues(first, path, path.name, confined_to)
    for sheet in others:
        place = f"{path.name}, {sheet.title}"
        rows = [cells for cells in sheet.iter_rows(values_only=True) if any(map(_text, cells))]
        if rows and not _Columns(rows[0]).named:  # notes and lists of choices stand beside clues: no words to look for
            yield BrokenClue(
                1,
                place,
                f"The worksheet {sheet.title} has no column named words or picture, so its rows are not looked for.",
                f"工作表 {sheet.title} 没有“关键词”或“图片”列，其中各行未检索。",
            )
        elif rows:
            yield from _worksheet_clues(sheet, path, place, confined_to)


def _worksheet_clues(sheet: Worksheet, path: Path, place: str, confined_to: Path | None) -> Iterator[Clue | BrokenClue]:
    pasted: dict[int, list[bytes]] = defaultdict(list)
    for image in getattr(sheet, "_images", ()):
        row = image.anchor._from.row + 1  # noqa: SLF001  # openpyxl has no other name for the cell that it hangs on
        pasted[row].append(image._data())  # noqa: SLF001
    yield from _table_clues(list(sheet.iter_rows(values_only=True)), path.parent, place, pasted, confined_to)


def _table_clues(
    rows: Sequence[Cells], folder: Path, place: str, pasted: dict[int, list[bytes]], confined_to: Path | None
) -> Iterator[Clue | BrokenClue]:
    heading = next((number for number, cells in enumerate(rows) if any(map(_text, cells))), None)
    if heading is None:
        return
    columns = _Columns(rows[heading])
    first = heading + 1 if columns.named else heading
    for number, cells in enumerate(rows[first:], start=first + 1):
        for clue, picture in _row_clues(number, cells, columns, place, pasted.get(number, [])):
            if picture and isinstance(clue, Clue):
                yield _named_picture(clue, folder / picture, confined_to)
            else:
                yield clue


def _row_clues(
    number: int, cells: Cells, columns: _Columns, place: str, pasted: Sequence[bytes]
) -> Iterator[tuple[Clue | BrokenClue, str]]:
    """Yield the clues of a row, each with the name of the picture that is still to be read, empty for none."""
    words, picture, label = columns.values(cells)
    clue = Clue(number, place, words=words, label=label)
    if pasted:
        for data in pasted:
            name = f"{place}#{number}"
            yield Clue(number, place, words=words, picture=data, picture_name=name, label=label), ""
    elif picture or words:
        yield clue, picture
    elif any(map(_text, cells)):
        yield BrokenClue(number, place, "It has neither words nor a picture.", "既没有文字也没有图片。", label), ""


class _Columns:
    """Which columns hold what; a first row without a known name is a row of clues, with the words in front."""

    def __init__(self, heading: Cells) -> None:
        names = [_text(cell).lower() for cell in heading]
        self._words = _place(names, WORD_COLUMNS)
        self._picture = _place(names, PICTURE_COLUMNS)
        self._label = _place(names, LABEL_COLUMNS)
        self.named = self._words is not None or self._picture is not None
        if not self.named:
            self._words, self._label = 0, None

    def values(self, cells: Cells) -> tuple[str, str, str]:
        """Return words, picture and label of a row; empty where it has none."""
        return tuple(  # type: ignore[return-value]  # three places, three values
            "" if place is None or place >= len(cells) else _text(cells[place])
            for place in (self._words, self._picture, self._label)
        )


def _place(names: Sequence[str], wanted: Iterable[str]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


def _named_picture(clue: Clue, file: Path, confined_to: Path | None) -> Clue | BrokenClue:
    """Read the picture that a row names, unless it lies outside."""
    if confined_to is not None and not file.resolve().is_relative_to(confined_to.resolve()):
        return BrokenClue(
            clue.row,
            clue.place,
            f"The picture {file.name} is not among what was uploaded. Upload it together with the sheet.",
            f"图片 {file.name} 不在上传的文件中。请与线索表一起上传。",
            clue.label,
        )
    return _with_picture(clue, file)


def _with_picture(clue: Clue, file: Path) -> Clue | BrokenClue:
    try:
        data = file.read_bytes()
    except OSError as error:
        return BrokenClue(
            clue.row,
            clue.place,
            f"The picture {file} cannot be read: {why(error).en}.",
            f"无法读取图片 {file}：{why(error).zh}。",
            clue.label,
        )
    return Clue(clue.row, clue.place, words=clue.words, picture=data, picture_name=file.name, label=clue.label)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise SourceError(
                f"{path} is larger than 256 MiB. Split the clues into several sheets.",
                zh=f"{path} 超过 256 MiB。请把线索拆成多张表。",
                path=str(path),
            )
        return path.read_bytes()
    except OSError as error:
        raise SourceError(
            f"{path} cannot be read: {why(error).en}. Give a sheet or folder of clues that exists.",
            zh=f"无法读取 {path}：{why(error).zh}。请给出存在的线索表或文件夹。",
            path=str(path),
        ) from error


def _decoded(data: bytes) -> str:
    return data.decode(detect_encoding(data), "replace").removeprefix("\ufeff")


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # a code that a spreadsheet took for a number
    return "" if cell is None else str(cell).strip()
