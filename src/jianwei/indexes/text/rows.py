"""What each listing says, folded, beside the full-text index: for telling what stands in a few listings at once.

Tantivy answers which listings hold a word. The other way round, which of a hundred words some listings hold, it can
only tell by searching for all of them. Here the texts of those listings are read and looked through, which takes a
tenth of the time. Three files that only grow: `rows.bin` says which picture a listing shows first and where its text
stands in `texts.bin`, its newest row counts; `lines.bin` says which line of which picture each recognised line is, so
that of a page of hits only those lines are read from the catalog that hold what was asked. How far all are complete
stands in the state of the index, so that what a crash left behind it is not read, and is cut off by the next writer.

A text is UTF-16, field after field; each field holds its lines, each closed by a sign, and then its words of Latin and
digits, since these are also found joined over signs (gshock for g-shock).
"""

from __future__ import annotations

import mmap
import os
import struct
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from jianwei.indexes.text.schema import WRITTEN_FIELDS
from jianwei.indexes.text.sounds import WORD_MARK, sounding
from jianwei.ports import ReadLines
from jianwei.sorted_numbers import rows_in
from jianwei.text.highlight import BETWEEN_LINES
from jianwei.text.sound import SILENCE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwei.text.query_syntax import QueryField

    _Mapped: TypeAlias = mmap.mmap | bytes

LINE_END = "\x04"
"""Closes a line, as `WORD_MARK` stands before, between and after words. Folded text holds no other control characters
than the line feed."""

_ROWS_NAME, _TEXTS_NAME, _LINES_NAME = "rows.bin", "texts.bin", "lines.bin"
_ENCODING = "utf-16-le"
_FIELDS = len(WRITTEN_FIELDS)
_SPOKEN = WRITTEN_FIELDS.index("caption")
"""The fields before it are those whose sound is looked for."""
_OCR = WRITTEN_FIELDS.index("ocr")
_ROW = np.dtype(
    [
        ("listing_no", "<i8"),
        ("start", "<i8"),
        ("lengths", "<u4", (_FIELDS,)),
        ("picture_no", "<i8"),
        ("first_line", "<i8"),
        ("lines", "<i8"),
    ]
)
_ROW_BYTES = struct.Struct(f"<qq{_FIELDS}Iqqq")
_ROW_NUMBERS = _ROW.itemsize // 8
_START, _LENGTHS, _PICTURE_NO = 1, slice(2, 2 + _FIELDS // 2), 2 + _FIELDS // 2
"""Where they stand in a row as numbers of 8 bytes, two lengths in one: rows of numbers are taken out of a table in a
tenth of the time that rows of named fields take."""
_LINE = np.dtype([("picture_no", "<i8"), ("number", "<u4")])
_LINE_BYTES = struct.Struct("<qI")
"""The same rows packed, which takes a fraction of making an array of one."""

_MOST_UNITS_HELD = 4_000_000
"""Text that waits in memory: 8 MB, some ten thousand listings."""

_FEW_PAIRS = 4
"""Up to here pairs are looked for one after the other: the texts are gone through once for each, but by comparing only,
which takes a tenth of looking up every character in a table."""

_GONE = -1
"""The start of a listing that was removed."""

UNKNOWN = -1
"""Stands for the first picture of a listing of which no row tells."""


class RowsSize(NamedTuple):
    """How far the files are complete: rows, units (2 bytes) of text, and places of lines."""

    rows: int = 0
    units: int = 0
    lines: int = 0


def section_of(lines: Sequence[str], words: Collection[str]) -> str:
    """Return what is kept of one field: its folded lines, and of its words those of Latin and digits."""
    text = "".join(line + LINE_END for line in lines)
    latin = sorted(word for word in words if word.isascii())
    return f"{text}{WORD_MARK}{WORD_MARK.join(latin)}{WORD_MARK}" if latin else text


class RowsWriter:
    """Adds rows behind those that are complete; what others read is never touched. Holds no file open."""

    def __init__(self, folder: Path, size: RowsSize) -> None:
        self._folder = folder
        self._size = self._on_disk = size
        self._rows: list[bytes] = []
        self._texts: list[bytes] = []
        self._lines: list[bytes] = []

    def put(
        self,
        listing_no: int,
        sections: Mapping[QueryField, str],
        *,
        lines: Sequence[tuple[int, int]] = (),
        picture_no: int = 0,
    ) -> None:
        """Write what a listing says; what it said before counts no more.

        `lines` are picture and number of each recognised line that is kept, empty where that is not known; `picture_no`
        is the first picture. Raises OSError.
        """
        texts = [sections.get(field, "").encode(_ENCODING, "surrogatepass") for field in WRITTEN_FIELDS]
        lengths = [len(text) // 2 for text in texts]
        size = self._size
        self._rows.append(_ROW_BYTES.pack(listing_no, size.units, *lengths, picture_no, size.lines, len(lines)))
        self._texts += texts
        self._lines += [_LINE_BYTES.pack(*place) for place in lines]
        self._size = RowsSize(size.rows + 1, size.units + sum(lengths), size.lines + len(lines))
        if self._size.units - self._on_disk.units > _MOST_UNITS_HELD:
            self.keep()

    def remove(self, listing_no: int) -> None:
        """Write that a listing is gone."""
        self._rows.append(_ROW_BYTES.pack(listing_no, _GONE, *[0] * _FIELDS, 0, 0, 0))
        self._size = self._size._replace(rows=self._size.rows + 1)

    def keep(self) -> RowsSize:
        """Return how far the files are complete, with all of it on the disk. Raises OSError."""
        _add_behind(self._folder / _TEXTS_NAME, self._on_disk.units * 2, self._texts)
        _add_behind(self._folder / _LINES_NAME, self._on_disk.lines * _LINE.itemsize, self._lines)
        _add_behind(self._folder / _ROWS_NAME, self._on_disk.rows * _ROW.itemsize, self._rows)
        self._on_disk, self._rows, self._texts, self._lines = self._size, [], [], []
        return self._size


class TextRows:
    """One state of the rows, read. Safe to use from several threads.

    Attributes:
        written: how many rows there are, with those that count no more.
    """

    def __init__(self, rows: NDArray[np.void], texts: _Mapped, lines: NDArray[np.void]) -> None:
        self.written = len(rows)
        numbers = np.ascontiguousarray(rows["listing_no"])
        if not (numbers[1:] > numbers[:-1]).all():
            rows = rows[_newest(numbers)]
            numbers = np.ascontiguousarray(rows["listing_no"])
        self._numbers = numbers
        # Numbers are given one after the other: where none is missing, rows are counted out, not looked for.
        self._without_gaps = bool(len(numbers)) and int(numbers[-1] - numbers[0]) == len(numbers) - 1
        self._table = np.ascontiguousarray(rows).view("<i8").reshape(len(rows), _ROW_NUMBERS)
        self._row_bytes = self._table.data.cast("B") if len(rows) else memoryview(b"")
        self._texts = memoryview(texts)  # parts of a map itself are copied before they are joined
        self._lines = lines

    @classmethod
    def load(cls, folder: Path, size: RowsSize) -> TextRows:
        """Read the rows of a state.

        Raises:
            OSError: a file is missing or cannot be read.
            ValueError: a file is shorter than recorded.
        """
        return cls(
            np.frombuffer(_mapped(folder / _ROWS_NAME, size.rows * _ROW.itemsize), _ROW),
            _mapped(folder / _TEXTS_NAME, 2 * size.units),
            np.frombuffer(_mapped(folder / _LINES_NAME, size.lines * _LINE.itemsize), _LINE),
        )

    @property
    def listings(self) -> int:
        """How many listings rows tell of, those that are gone included."""
        return len(self._numbers)

    @property
    def numbers(self) -> NDArray[np.int64]:
        """The (listings,) ascending numbers of the listings."""
        return self._numbers

    def places_of(self, listing_nos: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the place of each listing among `numbers`, where all of them are."""
        return listing_nos - self._numbers[0] if self._without_gaps else np.searchsorted(self._numbers, listing_nos)

    def of(self, listing_nos: Sequence[int] | NDArray[np.int64]) -> SaidTexts:
        """Return what some listings say; nothing of those that are not there."""
        rows, here = self._rows_of(listing_nos)
        rows[~here] = 0
        lengths = np.ascontiguousarray(rows[:, _LENGTHS]).view("<u4").astype(np.int64)
        starts = 2 * rows[:, _START]
        ends = starts + 2 * np.add.reduce(lengths, axis=1)
        texts = self._texts
        parts = [texts[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        return SaidTexts(b"".join(parts), lengths)

    def first_pictures(self, listing_nos: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
        """Return (n,) the first picture of each listing, 0 where it shows none, `UNKNOWN` of one that is not here."""
        rows, here = self._rows_of(listing_nos)
        return np.where(here & (rows[:, _START] != _GONE), rows[:, _PICTURE_NO], UNKNOWN)

    def read_lines(self, listing_nos: Sequence[int]) -> ReadLines:
        """Return the lines that were read in the pictures of some listings, folded."""
        rows, here = self._places(np.array(listing_nos, np.int64))
        sections, places, unknown = [], [], []
        for number, row, is_here in zip(listing_nos, rows.tolist(), here.tolist(), strict=True):
            if not is_here:
                unknown.append(number)
                continue
            _, start, *lengths, _, first, count = _ROW_BYTES.unpack_from(self._row_bytes, row * _ROW.itemsize)
            if count:
                start += sum(lengths[:_OCR])
                section = self._texts[2 * start : 2 * (start + lengths[_OCR])]
                sections.append(str(section, _ENCODING, "surrogatepass").rpartition(LINE_END)[0])
                places.append(self._lines[first : first + count].tobytes())
            elif lengths[_OCR]:
                unknown.append(number)
        return ReadLines(
            LINE_END.join(sections).replace(LINE_END, BETWEEN_LINES),
            np.frombuffer(b"".join(places), _LINE),  # joining arrays of rows takes several times as long
            unknown,
        )

    def _rows_of(self, listing_nos: Sequence[int] | NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return (n, 7) the rows of listings as numbers, and whether each has one; else the row says nothing."""
        asked = np.asarray(listing_nos, np.int64)
        if not len(self._numbers):
            return np.zeros((len(asked), _ROW_NUMBERS), np.int64), np.zeros(len(asked), np.bool_)
        places, here = self._places(asked)
        return self._table.take(places, axis=0, mode="clip"), here

    def _places(self, asked: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return (n,) the row of each listing, and whether it has one; else the row says nothing."""
        if not self._without_gaps:
            return rows_in(self._numbers, asked)
        places = asked - self._numbers[0]
        return places, (places >= 0) & (places < len(self._numbers))


class SaidTexts:
    """What n listings say, by field, in the order of `WRITTEN_FIELDS`."""

    def __init__(self, joined: bytes, lengths: NDArray[np.int64]) -> None:
        self._joined = joined
        self._lengths = lengths
        self._sections: list[list[str]] | None = None

    def short(self, tokens: Sequence[str]) -> NDArray[np.bool_]:
        """Return (tokens, n, fields) where each token of one or two characters stands.

        Two characters are looked for as one number, at the places only where the first of them stands.
        """
        count = len(self._lengths)
        shape = len(tokens), count * _FIELDS
        codes = [_codes(token) for token in tokens]
        units = np.frombuffer(self._joined, "<u2")
        ends = self._lengths.ravel().cumsum()
        pairs = {(code[0] << 16) | code[1]: row for row, code in enumerate(codes) if len(code) == 2}
        present = _pairs_present(units, ends, pairs, shape) if pairs and len(units) > 1 else np.zeros(shape, np.bool_)
        for row, code in enumerate(codes):
            if len(code) == 1:
                present[row, np.searchsorted(ends, np.flatnonzero(units == code[0]), side="right")] = True
            elif len(code) > 2:
                present[row] = [tokens[row] in section for sections in self.sections() for section in sections]
        return present.reshape(len(tokens), count, _FIELDS)

    def sections(self) -> list[list[str]]:
        """Return (n, fields) the texts as `section_of` made them."""
        if self._sections is None:
            bounds = list(accumulate((2 * self._lengths).ravel().tolist(), initial=0))
            texts = [self._joined[a:b].decode(_ENCODING, "surrogatepass") for a, b in pairwise(bounds)]
            self._sections = [texts[row : row + _FIELDS] for row in range(0, len(texts), _FIELDS)]
        return self._sections

    def every_heard(self) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """Return (m,) every two neighbouring syllables as one number, and (m,) the row of the listing that says them.

        As often as they are said, captions aside.
        """
        if not self._joined:
            return np.empty(0, np.uint32), np.empty(0, np.int64)
        heard = sounding(np.frombuffer(self._joined, "<u2"))
        silence = ord(SILENCE)
        places = np.flatnonzero((heard[:-1] != silence) & (heard[1:] != silence))
        spoken = np.where(np.arange(_FIELDS) < _SPOKEN, np.arange(len(self._lengths))[:, None], -1)
        rows = np.repeat(spoken.ravel(), self._lengths.ravel())[places]
        said = rows >= 0
        places = places[said]
        pairs = np.left_shift(heard[places], 16, dtype=np.uint32)
        pairs |= heard[places + 1]
        return pairs, rows[said]

    def heard(self, pairs: Sequence[str]) -> NDArray[np.bool_]:
        """Return (pairs, n) where each two neighbouring syllables are heard, captions aside, which nobody says."""
        present = np.zeros((len(pairs), len(self._lengths) * _FIELDS), np.bool_)
        units = np.frombuffer(self._joined, "<u2")
        if pairs and len(units) > 1:
            codes = {ord(pair[0]) << 16 | ord(pair[1]): row for row, pair in enumerate(pairs)}
            present = _pairs_present(sounding(units), self._lengths.ravel().cumsum(), codes, present.shape)
        spoken: NDArray[np.bool_] = np.logical_or.reduce(
            present.reshape(len(pairs), len(self._lengths), _FIELDS)[:, :, :_SPOKEN], axis=2
        )
        return spoken


def _pairs_present(
    units: NDArray[np.uint16], ends: NDArray[np.int64], pairs: Mapping[int, int], shape: tuple[int, ...]
) -> NDArray[np.bool_]:
    """Return (tokens, sections) where pairs of units stand; `pairs` gives the row of each, as one number of both."""
    present = np.zeros(shape, np.bool_)
    if len(pairs) <= _FEW_PAIRS:
        for pair, row in pairs.items():
            (places,) = (units[:-1] == pair >> 16).nonzero()  # functions of NumPy ask first what they were given
            places = places[units[places + 1] == pair & 0xFFFF]
            present[row, ends.searchsorted(places, side="right")] = True
        return present
    begins = np.zeros(1 << 16, np.bool_)
    begins[[pair >> 16 for pair in pairs]] = True
    places = np.flatnonzero(begins[units[:-1]])
    met = (units[places].astype(np.uint32) << 16) | units[places + 1]
    ordered = sorted(pairs)
    wanted = np.array(ordered, np.uint32)
    which, hit = rows_in(wanted, met)
    rows = np.array([pairs[pair] for pair in ordered])[which[hit]]
    present[rows, np.searchsorted(ends, places[hit], side="right")] = True
    return present


def _codes(token: str) -> tuple[int, ...]:
    encoded = token.encode(_ENCODING, "surrogatepass")
    return tuple(encoded[place] | encoded[place + 1] << 8 for place in range(0, len(encoded), 2))


def _newest(numbers: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the place of the last row of each number, by ascending number."""
    order = np.argsort(numbers, kind="stable")
    ordered = numbers[order]
    newest: NDArray[np.intp] = order[np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(order) - 1)]
    return newest


def _mapped(path: Path, length: int) -> _Mapped:
    """Return the first bytes of a file. Raises OSError; ValueError where it is shorter."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size < length:
            raise ValueError(f"{path.name} is shorter than recorded")
        return mmap.mmap(file.fileno(), length, access=mmap.ACCESS_READ) if length else b""


def _add_behind(path: Path, length: int, parts: Sequence[bytes]) -> None:
    """Write behind the first `length` bytes of a file, made where there is none; what stands there already goes."""
    path.touch()
    with path.open("r+b") as file:
        file.truncate(length)
        file.seek(length)
        file.write(b"".join(parts))
        file.flush()
        os.fsync(file.fileno())
