"""Reads rows from CSV and TSV, recovering where one row is broken.

A quotation mark that is never closed would swallow the rest of the file: a row that runs over too many lines is given
up as one failure, and reading goes on with the next line. Leaves out what the columns mean.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from typing import TYPE_CHECKING

from jianwei.ingest.sources.line_problems import line_failure
from jianwei.ingest.sources.raw import Place, RawRecord, record_failure
from jianwei.ingest.sources.text_lines import BROKEN_CHARACTER, LONGEST_LINE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jianwei.ingest.sources.text_lines import TextFile, TextLine
    from jianwei.records import Failure

_MOST_LINES_OF_A_ROW = 200  # a cell with a long description has some dozens
_DELIMITERS = ",\t;|"
_SURROGATE = re.compile("[\udc80-\udcff]")


class CsvRows:
    """The rows of one CSV or TSV file.

    `header_row` is the line with the column names, 0 for the first that is not empty.
    """

    def __init__(
        self, text: TextFile, *, file: str, folder: str = "", delimiter: str = "", header_row: int = 0
    ) -> None:
        self._text = text
        self._file = file
        self._folder = folder
        self._header_row = header_row
        self._delimiter = delimiter or ("\t" if file.lower().endswith((".tsv", ".tab")) else "")

    def estimated_total(self) -> int | None:
        """Return the number of lines below the header; rows that run over several lines make it too large."""
        return max(0, self._text.count_lines() - max(1, self._header_row))

    def rows(self) -> Iterator[RawRecord | Failure]:
        """Yield the rows below the header and the failures of broken ones; empty rows are skipped."""
        columns: list[str] = []
        for place, cells in self._cells():
            if isinstance(cells, str):
                yield line_failure(place, cells)
            elif any(cell.strip() for cell in cells):
                if columns:
                    yield self._record(place, columns, cells)
                elif place.line >= self._header_row:
                    columns = unique_columns(cells)

    def _record(self, place: Place, columns: list[str], cells: list[str]) -> RawRecord | Failure:
        if _SURROGATE.search("".join(cells)):
            return line_failure(place, "undecodable")
        if any(cell.strip() for cell in cells[len(columns) :]):
            return record_failure(
                place,
                "too-many-cells",
                english=f"the row has {len(cells)} cells, the header has {len(columns)}. "
                "Put cells that contain the delimiter in quotation marks.",
                chinese=f"该行有 {len(cells)} 个单元格，表头只有 {len(columns)} 个。含有分隔符的单元格请加双引号。",
            )
        return RawRecord(dict(zip(columns, cells, strict=False)), place, folder=self._folder)

    def _cells(self) -> Iterator[tuple[Place, list[str] | str]]:
        """Yield the cells of each row, or the problem that it has."""
        feed = _LineFeed(self._text.lines())
        delimiter = self._delimiter or likely_delimiter(feed.peek())
        # The limit is the csv module's own, for the whole process; its default of 131,072 characters is too small
        # for a picture in a cell.
        csv.field_size_limit(max(csv.field_size_limit(), LONGEST_LINE))
        while feed.has_more():
            feed.start_row()
            try:
                cells = next(csv.reader(feed, delimiter=delimiter))
            except (_RunawayRowError, csv.Error):
                yield Place(self._file, feed.give_back_all_but_first()), "unclosed-quote"
            else:
                if feed.row_has_open_quote():
                    yield Place(self._file, feed.give_back_all_but_first()), "unclosed-quote"
                else:
                    yield Place(self._file, feed.row_start), cells


class _RunawayRowError(Exception):
    """A row runs over more lines than any real one."""


class _LineFeed:
    """Feeds lines to the csv module and can take back those of the row in work."""

    def __init__(self, lines: Iterator[TextLine]) -> None:
        self._lines = lines
        self._returned: deque[TextLine] = deque()
        self._row: list[TextLine] = []

    @property
    def row_start(self) -> int:
        """The number of the first line of the row that was read last."""
        return self._row[0].number

    def __iter__(self) -> _LineFeed:
        return self

    def __next__(self) -> str:
        if len(self._row) >= _MOST_LINES_OF_A_ROW:
            raise _RunawayRowError
        line = self._returned.popleft() if self._returned else next(self._lines)
        self._row.append(line)
        # The mark makes the row known as unusable wherever the csv module puts the text of this line.
        return line.text + (BROKEN_CHARACTER if line.problem else "") + "\n"

    def start_row(self) -> None:
        self._row = []

    def row_has_open_quote(self) -> bool:
        """Return whether a row of several lines ended only because the file did."""
        return len(self._row) > 1 and sum(line.text.count('"') for line in self._row) % 2 == 1

    def has_more(self) -> bool:
        if not self._returned:
            line = next(self._lines, None)
            if line is not None:
                self._returned.append(line)
        return bool(self._returned)

    def peek(self) -> str:
        return self._returned[0].text if self.has_more() else ""

    def give_back_all_but_first(self) -> int:
        """Return the number of the first line of the row in work; its other lines come again."""
        first, *others = self._row
        self._returned.extendleft(reversed(others))
        return first.number


def likely_delimiter(header: str) -> str:
    """Return the delimiter that stands most often in a header outside quotation marks; the comma where none does."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max(_DELIMITERS, key=bare.count)


def unique_columns(cells: list[str]) -> list[str]:
    """Return column names without surrounding blanks, none empty, none twice (`图片`, `图片 2` …)."""
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        name = plain = cell.strip() or f"column {number}"
        count = 1
        while name in names:
            count += 1
            name = f"{plain} {count}"
        names.append(name)
    return names
