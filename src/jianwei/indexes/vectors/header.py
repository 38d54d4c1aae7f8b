"""The head of a vector index: a small text file that says what stands in the data file, and where.

    jianwei-vectors 2                        name and version of the format
    {"base_id": …, "sections": {…}, …}       one line of JSON
    1a2b3c4d                                 CRC-32 of both lines

It is written last, aside, fsynced and renamed: whoever reads it finds the data file that it names complete. Text, so
that a person can see how an index was built and how well it finds.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from jianwei.indexes.index_place import IndexPlace, replace_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HEAD_NAME = "vectors.head"

FORMAT_VERSION = 2

LEAST_SPARE = 32
"""So many more candidates than wanted are always read."""

_NAME = "jianwei-vectors"

SectionName: TypeAlias = Literal["keys", "rows", "list_sizes", "projection", "centroids", "ranges", "lists"]
"""keys (n,) int64 · rows (n, dims) float16 · list_sizes (lists,) int64 · projection (axes, dims) float32 ·
centroids (lists, axes) float32 · ranges (2 × axes,) float32, lowest values and spans · lists: of each list its codes of
one byte an axis, then its row numbers."""


@dataclass(frozen=True, slots=True)
class Section:
    """Where a part of the data file stands."""

    offset: int
    size_bytes: int
    crc32: int


@dataclass(frozen=True, slots=True)
class ProbeStep:
    """How many lists are looked into when a filter lets this share of the vectors pass, and what that finds.

    `recall` is the measured share of the true ten nearest that were found. `spare` is how many more candidates than
    wanted their codes choose; heads written before it was measured do not name it.
    """

    share: float
    probes: int
    recall: float
    spare: int = LEAST_SPARE


@dataclass(frozen=True, slots=True)
class VectorHeader:
    """What is recorded of a base. `trained_on` is how many vectors there were when its lists were laid out, 0: flat."""

    base_id: bytes
    dims: int
    count: int = 0
    sequence: int = 0
    trained_on: int = 0
    steps: tuple[ProbeStep, ...] = ()
    sections: Mapping[str, Section] = field(default_factory=dict)

    @property
    def data_name(self) -> str:
        """Name of the data file; each base has its own, so that readers keep the one they opened."""
        return f"vectors-{self.base_id.hex()}.data"


def vector_place(folder: Path) -> IndexPlace:
    """Return the folder of a vector index with its name."""
    return IndexPlace(folder, "vector index", "向量索引")


def write_header(place: IndexPlace, header: VectorHeader) -> None:
    """Make `header` the head of the index.

    Raises:
        OSError: the old head stays.
    """
    replace_file(place.folder / HEAD_NAME, (packed_header(header),))


def read_header(place: IndexPlace) -> VectorHeader:
    """Return the head of the index.

    Raises:
        IndexCorruptError: it is missing, damaged, or of another version.
    """
    with place.reading():
        data = (place.folder / HEAD_NAME).read_bytes()
    return parse_header(place, data)


def packed_header(header: VectorHeader) -> bytes:
    """Return the bytes of a head."""
    content = asdict(header) | {"base_id": header.base_id.hex()}
    lines = f"{_NAME} {FORMAT_VERSION}\n{json.dumps(content, sort_keys=True)}\n".encode()
    return lines + f"{zlib.crc32(lines):08x}\n".encode()


def parse_header(place: IndexPlace, data: bytes) -> VectorHeader:
    """Return what the bytes of a head say.

    Raises:
        IndexCorruptError: they are damaged or of another version.
    """
    first, _, rest = data.partition(b"\n")
    name, _, version = first.decode("utf-8", "replace").partition(" ")
    if name == _NAME and version.isdecimal() and version != str(FORMAT_VERSION):
        raise place.corrupt(
            f"{HEAD_NAME} has version {version}, this program reads {FORMAT_VERSION}",
            f"{HEAD_NAME} 的版本为 {version}，本程序读取 {FORMAT_VERSION}",
        )
    line, _, seal = rest.partition(b"\n")
    covered = first + b"\n" + line + b"\n"
    if name != _NAME or seal != f"{zlib.crc32(covered):08x}\n".encode():
        raise place.corrupt(f"{HEAD_NAME} is damaged", f"{HEAD_NAME} 已损坏")
    found = json.loads(line)
    return VectorHeader(
        base_id=bytes.fromhex(found["base_id"]),
        dims=found["dims"],
        count=found["count"],
        sequence=found["sequence"],
        trained_on=found["trained_on"],
        steps=tuple(ProbeStep(**step) for step in found["steps"]),
        sections={name: Section(**section) for name, section in found["sections"].items()},
    )
