"""Tables of listings: which reader reads which file, and several files of the same kind as one table."""

from __future__ import annotations

import io
import re
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from jianwei.errors import SourceError
from jianwei.ingest.sources.csv_rows import CsvRows
from jianwei.ingest.sources.header_row import HeaderSearch
from jianwei.ingest.sources.json_rows import JsonRows
from jianwei.ingest.sources.parquet_rows import ParquetRows
from jianwei.ingest.sources.text_lines import TextFile
from jianwei.ingest.sources.trees import ArchiveTree, read_small
from jianwei.ingest.sources.xlsx_rows import XlsxRows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from jianwei.ingest.sources.mapping import SourceMapping
    from jianwei.ingest.sources.raw import RawRecord, RawSource
    from jianwei.ingest.sources.trees import FileTree
    from jianwei.records import Failure

# In the order of preference where a folder has several named `listings`.
TABLE_SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".tab", ".xlsx", ".xlsm", ".parquet")
# XLSX and Parquet have their contents at the end, so inside an archive they are read whole first.
_LARGEST_IN_ARCHIVE_BYTES = 256 * 1024 * 1024
_SHARD_NUMBER = re.compile(r"\d+(?:-of-\d+)?")


class ChainedTables:
    """Several tables, one after the other."""

    def __init__(self, tables: Sequence[RawSource]) -> None:
        self._tables = tables

    def estimated_total(self) -> int | None:
        """Return the sum, None where one of them does not know."""
        totals = [table.estimated_total() for table in self._tables]
        return None if None in totals else sum(total or 0 for total in totals)

    def rows(self) -> Iterator[RawRecord | Failure]:
        """Yield the rows of all."""
        for table in self._tables:
            yield from table.rows()


def is_table(name: str) -> bool:
    """Return whether a file of this name can be a table of listings."""
    return name.lower().endswith(TABLE_SUFFIXES)


def are_shards(names: Sequence[str]) -> bool:
    """Return whether names differ only by a number: `part-0001.parquet`, `part-0002.parquet`."""
    return len({_SHARD_NUMBER.sub("#", name) for name in names}) == 1


def open_tables(tree: FileTree, names: Sequence[str], mapping: SourceMapping) -> RawSource:
    """Return the rows of one table or of several as one.

    Raises:
        SourceError: a file is missing or cannot be read.
    """
    tables = [_open_table(tree, name, mapping) for name in names]
    return tables[0] if len(tables) == 1 else ChainedTables(tables)


def _open_table(tree: FileTree, name: str, mapping: SourceMapping) -> RawSource:
    if tree.size_bytes(name) is None:
        raise SourceError(
            f"There is no file {name} in {tree.root}. Check `table` in the mapping.",
            zh=f"{tree.root} 中没有文件 {name}。请检查映射文件中的 `table`。",
            file=name,
        )
    folder = name.rpartition("/")[0]
    suffix = name[name.rfind(".") :].lower()
    header = HeaderSearch(mapping.header_row, mapping.fields, mapping.pictures_columns)
    readers: dict[tuple[str, ...], Callable[[], RawSource]] = {
        (".jsonl", ".ndjson", ".json"): lambda: JsonRows(_text(tree, name, mapping), file=name, folder=folder),
        (".csv", ".tsv", ".tab", ".txt"): lambda: CsvRows(
            _text(tree, name, mapping),
            file=name,
            folder=folder,
            delimiter=mapping.delimiter,
            header=header,
        ),
        (".xlsx", ".xlsm"): lambda: XlsxRows(
            partial(_seekable, tree, name),
            file=name,
            location=tree.location(name),
            folder=folder,
            sheet=mapping.sheet,
            header=header,
        ),
        (".parquet",): lambda: ParquetRows(partial(_path_or_seekable, tree, name), file=name, folder=folder),
    }
    return next(reader() for suffixes, reader in readers.items() if suffix in suffixes)


def _text(tree: FileTree, name: str, mapping: SourceMapping) -> TextFile:
    return TextFile(partial(tree.open, name), encoding=mapping.encoding)


def _path_or_seekable(tree: FileTree, name: str) -> Path | BinaryIO:
    return _seekable(tree, name) if isinstance(tree, ArchiveTree) else tree.root / name


def _seekable(tree: FileTree, name: str) -> BinaryIO:
    if not isinstance(tree, ArchiveTree):
        return tree.open(name)
    content = read_small(tree, name, limit_bytes=_LARGEST_IN_ARCHIVE_BYTES)
    if content is None:
        raise SourceError(
            f"{tree.location(name)} is larger than 256 MiB. Unpack the archive and use the folder.",
            zh=f"{tree.location(name)} 超过 256 MiB。请解压后使用文件夹。",
            file=name,
        )
    return io.BytesIO(content)
