"""Reads rows from CSV and TSV, recovering where one row is broken.

A quotation mark that is never closed would swallow the rest of the file: a row that runs over too many lines is given
up as one failure, and reading goes on with the next line. Leaves out what the columns mean.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from typing import TYPE_CHECKING

from jianwei.ingest.sources.header_row import ROWS_LOOKED_AT, HeaderSearch, unique_columns
from jianwei.ingest.sources.line_problems import line_failure
from jianwei.ingest.sources.raw import Place, RawRecord, record_failure
from jianwei.ingest.sources.text_lines import BROKEN_CHARACTER, LONGEST_LINE

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from jianwei.ingest.sources.text_lines import TextFile, TextLine
    from jianwei.records import Failure

_MOST_LINES_OF_A_ROW = 200  # a cell with a long description has some dozens
_DELIMITERS = ",\t;|"
_ANY_HEADER = HeaderSearch()
_QUOTED = re.compile(r'"[^"]*(?:"|\Z)')
_SURROGATE = re.compile("[\udc80-\udcff]")


class CsvRows:
    """The rows of one CSV or TSV file.

    `header` finds the line with the column names.
    """

    def __init__(
        self,
        text: TextFile,
        *,
        file: str,
        folder: str = "",
        delimiter: str = "",
        header: HeaderSearch = _ANY_HEADER,
    ) -> None:
        self._text = text
        self._file = file
        self._folder = folder
        self._header = header
        self._delimiter = delimiter or ("\t" if file.lower().endswith((".tsv", ".tab")) else "")

    def estimated_total(self) -> int | None:
        """Return the number of lines below the header; rows that run over several lines make it too large."""
        return max(0, self._text.count_lines() - max(1, self._header.row))

    def rows(self) -> Iterator[RawRecord | Failure]:
        """Yield the rows below the header and the failures of broken ones; empty rows are skipped."""
        first: list[tuple[Place, list[str]]] = []
        columns: list[str] = []
        for place, cells in self._cells():
            if isinstance(cells, str):
                yield line_failure(place, cells)
            elif place.line >= self._header.row and any(cell.strip() for cell in cells):
                if columns:
                    yield self._record(place, columns, cells)
                    continue
                first.append((place, cells))
                if self._header.row or len(first) == ROWS_LOOKED_AT:
                    columns = yield from self._begun(first)
        if not columns:
            yield from self._begun(first)

    def _begun(self, first: list[tuple[Place, list[str]]]) -> Generator[RawRecord | Failure, None, list[str]]:
        """Yield the rows below the header among the first rows; return its columns."""
        if not first:
            return []
        chosen = 0 if self._header.row else self._header.index([cells for _, cells in first])
        columns = unique_columns(first[chosen][1])
        for place, cells in first[chosen + 1 :]:
            yield self._record(place, columns, cells)
        return columns

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
        delimiter = self._delimiter or likely_delimiter(feed.peek(ROWS_LOOKED_AT))
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

    def peek(self, count: int) -> list[str]:
        """Return the texts of the next lines, as many as there are; they come again."""
        while len(self._returned) < count and (line := next(self._lines, None)) is not None:
            self._returned.append(line)
        return [line.text for line in self._returned]

    def give_back_all_but_first(self) -> int:
        """Return the number of the first line of the row in work; its other lines come again."""
        first, *others = self._row
        self._returned.extendleft(reversed(others))
        return first.number


def likely_delimiter(lines: Iterable[str]) -> str:
    """Return the delimiter that most lines have, and of several the one that most have equally often; else the comma.

    Outside quotation marks, which may close in another line. So it is not decided by a title above the header that
    holds another (`2026 | 5 月`), nor by lists inside of cells, which the header does not have; sentences with commas
    of their own do not have them equally often.
    """
    rows = _QUOTED.sub("", "\n".join(lines)).split("\n")

    def agreement(delimiter: str) -> tuple[int, int, int]:
        counts = Counter(count for row in rows if (count := row.count(delimiter)))
        return counts.total(), max(counts.values(), default=0), max(counts, default=0)

    return max(_DELIMITERS, key=agreement)
