"""The base of a vector index, opened from its files: keys, and the vectors either flat in memory or in mapped lists.

What is read whole (keys, centres, and all of a flat base) is checked against its checksum when the base is opened. The
two large parts of a listed base, codes and originals, are not: reading 1.5 GB would take longer than an open may.
Their size is checked then, and their content by `verify`, which every rebuild of the base runs first.
"""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from jianwei.indexes.vectors.flat import FlatVectors
from jianwei.indexes.vectors.keys import KeyPlaces
from jianwei.indexes.vectors.lists import ListedVectors, ListLayout, lists_size_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwei.indexes.index_place import IndexPlace
    from jianwei.indexes.vectors.header import Section, SectionName, VectorHeader
    from jianwei.indexes.vectors.mask import RowMask

Number = TypeVar("Number", np.int64, np.float16, np.float32)

# Read at once when a checksum is computed.
_BLOCK_BYTES = 1 << 22


class VectorRows(Protocol):
    """Vectors by row number, whichever way they are held."""

    def __len__(self) -> int: ...

    def take(self, places: NDArray[np.int64]) -> NDArray[np.float16]:
        """Return the rows at these places."""
        ...

    def search(
        self, queries: NDArray[np.float32], k: int, allowed: RowMask | None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the (q, k) best scores and rows, padded with -inf and -1; `allowed` is None for all."""
        ...


class VectorBase:
    """Keys and vectors of a base; never changed."""

    def __init__(self, header: VectorHeader, keys: KeyPlaces, rows: VectorRows) -> None:
        self.header = header
        self.keys = keys
        self.rows = rows

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def lists(self) -> ListedVectors | None:
        """The lists, None where the base is flat."""
        return self.rows if isinstance(self.rows, ListedVectors) else None


def open_base(place: IndexPlace, header: VectorHeader) -> VectorBase:
    """Open the base that `header` describes.

    Raises:
        IndexCorruptError: its data file is missing, has the wrong size, or a part read whole is damaged.
    """
    if not header.count:
        return VectorBase(header, KeyPlaces(np.empty(0, np.int64)), FlatVectors(np.empty((0, header.dims), np.float16)))
    data = _DataFile(place, header)
    data.check_size()
    keys = KeyPlaces(data.array("keys", np.int64))
    if not header.trained_on:
        return VectorBase(header, keys, FlatVectors(data.array("rows", np.float16).reshape(-1, header.dims)))
    if not supports_lists():
        raise place.corrupt("it holds lists, which this system cannot map", "其中的分组列表无法在本系统上映射")
    projection = data.array("projection", np.float32).reshape(-1, header.dims)
    layout = ListLayout(
        sizes=data.array("list_sizes", np.int64),
        projection=projection,
        centroids=data.array("centroids", np.float32).reshape(-1, len(projection)),
        ranges=data.array("ranges", np.float32),
        lists_offset=header.sections["lists"].offset,
        rows_offset=header.sections["rows"].offset,
    )
    fits = layout.sizes.sum() == len(keys.keys) == header.count
    if not fits or lists_size_bytes(layout.sizes, len(projection)) != header.sections["lists"].size_bytes:
        raise data.damaged()
    with place.reading():
        return VectorBase(header, keys, ListedVectors(data.path, layout, header.steps))


def verify(place: IndexPlace, header: VectorHeader) -> None:
    """Read every part of the data file and compare it with its checksum.

    Raises:
        IndexCorruptError: it is missing or damaged.
    """
    if header.count:
        data = _DataFile(place, header)
        data.check_size()
        for name in header.sections:
            data.check(name)


class _DataFile:
    def __init__(self, place: IndexPlace, header: VectorHeader) -> None:
        self._place = place
        self._header = header
        self.path = place.folder / header.data_name

    def check_size(self) -> None:
        with self._place.reading():
            size_bytes = self.path.stat().st_size
        wanted = max(section.offset + section.size_bytes for section in self._header.sections.values())
        if size_bytes != wanted:
            name, bytes_zh = self.path.name, f"{size_bytes} 字节，应为 {wanted} 字节"
            raise self._place.corrupt(f"{name} has {size_bytes} bytes, not {wanted}", f"{name} 有 {bytes_zh}")

    def array(self, name: SectionName, dtype: type[Number]) -> NDArray[Number]:
        section = self._header.sections[name]
        with self._place.reading(), self.path.open("rb") as file:
            file.seek(section.offset)
            data = file.read(section.size_bytes)
        if zlib.crc32(data) != section.crc32:
            raise self.damaged()
        return np.frombuffer(data, np.dtype(dtype).newbyteorder("<")).astype(dtype, copy=False)

    def check(self, name: str) -> None:
        if self._checksum(self._header.sections[name]) != self._header.sections[name].crc32:
            raise self.damaged()

    def damaged(self) -> Exception:
        return self._place.corrupt(f"{self.path.name} is damaged", f"{self.path.name} 已损坏")

    def _checksum(self, section: Section) -> int:
        checksum, left = 0, section.size_bytes
        with self._place.reading(), self.path.open("rb", buffering=0) as file:
            file.seek(section.offset)
            while left and (data := file.read(min(left, _BLOCK_BYTES))):
                checksum = zlib.crc32(data, checksum)
                left -= len(data)
        return checksum


def supports_lists() -> bool:
    """Return whether this system can map lists and read originals beside each other; Windows cannot."""
    return hasattr(os, "preadv")
