"""Reads rows from Parquet, batch by batch.

Pictures may be columns of bytes, or of structs with `bytes` and `path` as image data sets have them.
"""

from __future__ import annotations

from contextlib import nullcontext
from io import SEEK_END
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from jianwei.errors import SourceError
from jianwei.ingest.sources.raw import Place, RawRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from arro3.core import RecordBatch

    from jianwei.records import Failure

_ROWS_AT_ONCE = 64  # rows may hold pictures: 64 of a megabyte are bearable, the reader's default of 1,024 are not
_MAGIC = b"PAR1"  # at both ends of every file. Source: the Parquet format specification


class ParquetRows:
    """The rows of one Parquet file. `opener` gives a path, or an opened file that can be sought."""

    def __init__(self, opener: Callable[[], Path | BinaryIO], *, file: str, folder: str = "") -> None:
        self._opener = opener
        self._file = file
        self._folder = folder

    def estimated_total(self) -> int | None:
        """Return None: the reader does not give the number of rows without reading them."""
        return None

    def rows(self) -> Iterator[RawRecord | Failure]:
        """Yield the rows; `line` counts them from 1."""
        number = 0
        for batch in self._batches():
            columns = batch.schema.names
            contents = [batch.column(index).to_pylist() for index in range(len(columns))]
            for cells in zip(*contents, strict=True):
                number += 1
                yield RawRecord(dict(zip(columns, cells, strict=True)), Place(self._file, number), folder=self._folder)

    def _batches(self) -> Iterator[RecordBatch]:
        from arro3.io import read_parquet

        file = self._opener()
        self._check_magic(file)
        try:
            yield from read_parquet(file, batch_size=_ROWS_AT_ONCE)
        except (GeneratorExit, KeyboardInterrupt, SystemExit):
            raise
        # The reader panics over damaged files, and a panic is a BaseException of a type that cannot be imported.
        except BaseException as error:
            raise self._unreadable(error) from error

    def _check_magic(self, file: Path | BinaryIO) -> None:
        with file.open("rb") if isinstance(file, Path) else nullcontext(file) as opened:
            start = opened.read(len(_MAGIC))
            opened.seek(0, SEEK_END)
            size = opened.tell()
            opened.seek(max(0, size - len(_MAGIC)))
            end = opened.read()
            opened.seek(0)
        if start != _MAGIC or end != _MAGIC:
            raise self._unreadable("it does not begin and end with PAR1")

    def _unreadable(self, detail: object) -> SourceError:
        return SourceError(
            f"{self._file} cannot be read as Parquet ({detail}). It may be incomplete: copy it again.",
            zh=f"无法按 Parquet 读取 {self._file}（{detail}）。文件可能不完整，请重新复制。",
            file=self._file,
        )
