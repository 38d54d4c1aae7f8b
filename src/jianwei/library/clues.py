"""Reads a sheet or folder of clues: words and pictures that somebody wants looked for, one after the other.

A sheet has a column of words, one of pictures (files beside it), or both; pictures that were pasted into an XLSX sheet
belong to the row that they hang on. A folder has pictures and text files, each line of which is a clue. Pictures inside
cells, as newer Excel and WPS put them there, are not read: let them float over the cells.
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

    Cells = tuple[object, ...]

WORD_COLUMNS = ("words", "keywords", "query", "clue", "text", "关键词", "检索词", "线索", "线索词", "词", "文字")
PICTURE_COLUMNS = ("picture", "image", "photo", "file", "图片", "图", "照片", "图片路径", "文件")
LABEL_COLUMNS = ("label", "name", "note", "id", "名称", "备注", "编号", "说明")

_TEXT_ENDINGS = frozenset({".txt"})
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
    if not found:
        raise SourceError(
            f"{path} has no clues. Give a sheet with a column named words or picture, or a folder of pictures and "
            ".txt files.",
            zh=f"{path} 中没有线索。请提供含有“关键词”或“图片”列的表格，或存放图片和 .txt 文件的文件夹。",
            path=str(path),
        )
    return found


def _clues_of(path: Path, confined_to: Path | None) -> Iterator[Clue | BrokenClue]:
    if path.is_dir():
        yield from _folder_clues(path)
        return
    suffix = path.suffix.lower()
    if suffix in {".xlsx", ".xlsm"}:
        yield from _sheet_clues(path, confined_to)
    elif suffix in {".csv", ".tsv"}:
        yield from _table_clues(_csv_rows(_read(path)), path, {}, confined_to)
    elif suffix in _TEXT_ENDINGS:
        yield from _text_clues(path)
    else:
        raise SourceError(
            f"{path} is not a sheet of clues. Allowed: .xlsx, .csv, .tsv, .txt, or a folder.",
            zh=f"{path} 不是线索表。可用：.xlsx、.csv、.tsv、.txt，或文件夹。",
            path=str(path),
        )


def _folder_clues(folder: Path) -> Iterator[Clue | BrokenClue]:
    files = sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
    for number, file in enumerate(files, start=1):
        if file.suffix.lower() in _TEXT_ENDINGS:
            yield from _text_clues(file)
        elif is_picture(file.name):
            yield _with_picture(Clue(number, folder.name), file)


def _text_clues(file: Path) -> Iterator[Clue]:
    for number, line in enumerate(_decoded(_read(file)).splitlines(), start=1):
        if line.strip():
            yield Clue(number, file.name, words=line.strip())


def _csv_rows(data: bytes) -> list[Cells]:
    text = _decoded(data)
    delimiter = likely_delimiter(text.partition("\n")[0])
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
    sheet = book.worksheets[0]
    pasted: dict[int, list[bytes]] = defaultdict(list)
    for image in getattr(sheet, "_images", ()):
        row = image.anchor._from.row + 1  # noqa: SLF001  # openpyxl has no other name for the cell that it hangs on
        pasted[row].append(image._data())  # noqa: SLF001
    yield from _table_clues(list(sheet.iter_rows(values_only=True)), path, pasted, confined_to)


def _table_clues(
    rows: Sequence[Cells], path: Path, pasted: dict[int, list[bytes]], confined_to: Path | None
) -> Iterator[Clue | BrokenClue]:
    heading = next((number for number, cells in enumerate(rows) if any(map(_text, cells))), None)
    if heading is None:
        return
    columns = _Columns(rows[heading])
    first = heading + 1 if columns.named else heading
    for number, cells in enumerate(rows[first:], start=first + 1):
        for clue in _row_clues(number, cells, columns, path, pasted.get(number, [])):
            yield clue if isinstance(clue, Clue | BrokenClue) else _named_picture(*clue, confined_to)


def _row_clues(
    number: int, cells: Cells, columns: _Columns, path: Path, pasted: Sequence[bytes]
) -> Iterator[Clue | BrokenClue | tuple[Clue, Path]]:
    words, picture, label = columns.values(cells)
    clue = Clue(number, path.name, words=words, label=label)
    if pasted:
        for data in pasted:
            yield Clue(number, path.name, words=words, picture=data, picture_name=f"{path.name}#{number}", label=label)
    elif picture:
        yield clue, path.parent / picture
    elif words:
        yield clue
    elif any(map(_text, cells)):
        yield BrokenClue(number, path.name, "It has neither words nor a picture.", "既没有文字也没有图片。", label)


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
