"""Writing a base: all vectors of an index, laid out anew, in one data file and a head that names it.

While the vectors have not doubled since the lists were trained, new ones are sorted into the lists that are there,
which costs one pass over the originals; then the lists are trained again. The recall is tuned and measured every time,
except between two bases of an index that is being filled. Nothing needs all vectors in memory at once: they are read
block by block from the old base, and codes are made from what has just been written.
"""

from __future__ import annotations

import contextlib
import math
import os
import tempfile
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from jianwei.indexes.vectors.base import VectorBase, open_base, supports_lists, verify
from jianwei.indexes.vectors.header import Section, VectorHeader, write_header
from jianwei.indexes.vectors.lists import LIST_ALIGNMENT
from jianwei.indexes.vectors.options import lists_for
from jianwei.indexes.vectors.questions import read_questions
from jianwei.indexes.vectors.scores import as_float32
from jianwei.indexes.vectors.training import (
    TRAINING_ROWS_PER_LIST,
    Training,
    coder,
    nearest_lists,
    projected,
    train,
)
from jianwei.indexes.vectors.tuning import tuned_steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import IO, BinaryIO

    from numpy.typing import NDArray

    from jianwei.indexes.index_place import IndexPlace
    from jianwei.indexes.row_table import RowTable
    from jianwei.indexes.vectors.header import ProbeStep, SectionName
    from jianwei.indexes.vectors.lists import ListedVectors
    from jianwei.indexes.vectors.mask import RowMask
    from jianwei.indexes.vectors.options import VectorIndexOptions

_BLOCK_ROWS = 16_384
_ID_BYTES = 16

# Parts begin on a cache line.
_SECTION_ALIGNMENT = 64

# Lists trained on half as many vectors, or twice as many, still divide them well; beyond that they grow too long.
_RETRAIN_RATIO = 2


class StayingVectors:
    """The vectors that stay of a base, then those that wait beside it, numbered as one."""

    def __init__(self, base: VectorBase, alive: RowMask | None, waiting: RowTable[np.float16]) -> None:
        self.base = base
        self.base_rows = np.arange(len(base)) if alive is None else np.flatnonzero(alive.rows)
        self.waiting = waiting
        self.keys = np.concatenate([base.keys.keys[self.base_rows], waiting.numbers])

    def __len__(self) -> int:
        return len(self.keys)

    def take(self, places: NDArray[np.int64]) -> NDArray[np.float16]:
        """Return the vectors at these places."""
        old = places < len(self.base_rows)
        if old.all():
            return self.base.rows.take(self.base_rows[places])
        rows = np.empty((len(places), self.base.header.dims), np.float16)
        rows[old] = self.base.rows.take(self.base_rows[places[old]])
        rows[~old] = self.waiting.rows[places[~old] - len(self.base_rows)]
        return rows

    def blocks(self, order: NDArray[np.int64]) -> Iterator[NDArray[np.float16]]:
        """Yield the vectors in this order, some thousands at a time."""
        for start in range(0, len(order), _BLOCK_ROWS):
            yield self.take(order[start : start + _BLOCK_ROWS])


def empty_base(place: IndexPlace, dims: int) -> VectorBase:
    """Write a base without vectors over what there is.

    Raises:
        OSError: what there was stays.
    """
    return _published(place, VectorHeader(os.urandom(_ID_BYTES), dims))


def build_base(place: IndexPlace, vectors: StayingVectors, sequence: int, options: VectorIndexOptions) -> VectorBase:
    """Write all vectors as a new base, flat or in lists by their number, and open it.

    Raises:
        IndexCorruptError: the old base turns out to be damaged.
        OSError: the new base cannot be written; the old one stays, and nothing is left behind.
    """
    if not options.is_filling:  # else it was written a moment ago, and the last one of the filling is checked
        verify(place, vectors.base.header)
    header = VectorHeader(os.urandom(_ID_BYTES), vectors.base.header.dims, len(vectors), sequence)
    if not header.count:
        return _published(place, header)
    path = place.folder / header.data_name
    try:
        if header.count < options.flat_below or not supports_lists():
            header = replace(header, sections=_written(path, _flat_parts(vectors)))
        else:
            header = _listed(place, vectors, header, options)
        return _published(place, header)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def retuned(base: VectorBase, place: IndexPlace, options: VectorIndexOptions) -> VectorBase:
    """Measure anew how many lists must be looked into, and note it in the head.

    Raises:
        OSError: the old head stays.
    """
    if base.lists is None:
        return base
    steps = tuned_steps(base.lists, options, read_questions(place, base.header.dims))
    header = replace(base.header, steps=steps)
    write_header(place, header)
    return open_base(place, header)


def _published(place: IndexPlace, header: VectorHeader) -> VectorBase:
    base = open_base(place, header)
    write_header(place, header)
    for path in place.folder.glob("vectors-*.data"):
        if path.name != header.data_name:
            with contextlib.suppress(OSError):  # a system that cannot remove open files lets the next base do it
                path.unlink()
    return base


def _listed(
    place: IndexPlace, vectors: StayingVectors, header: VectorHeader, options: VectorIndexOptions
) -> VectorHeader:
    old = vectors.base.lists
    trained_on = vectors.base.header.trained_on
    if old is not None and trained_on <= _RETRAIN_RATIO * len(vectors) and len(vectors) <= _RETRAIN_RATIO * trained_on:
        training = old.training
        news = np.arange(len(vectors.base_rows), len(vectors))
        kept = old.list_of(vectors.base_rows)
        lists = np.concatenate([kept, nearest_lists(_along(vectors, news, training), training.centroids)])
    else:
        trained_on = len(vectors)
        training = _trained(vectors)
        lists = nearest_lists(_along(vectors, np.arange(len(vectors)), training), training.centroids)
    sections = _written(place.folder / header.data_name, _listed_parts(place.folder, vectors, lists, training))
    header = replace(header, trained_on=trained_on, sections=sections)
    if options.is_filling and old is not None:
        return replace(header, steps=_wider(vectors.base.header.steps, old, training))
    written = open_base(place, header).lists
    assert written is not None
    return replace(header, steps=tuned_steps(written, options, read_questions(place, header.dims)))


def _wider(steps: Sequence[ProbeStep], old: ListedVectors, training: Training) -> tuple[ProbeStep, ...]:
    """Return steps that look into the same part of the lists as before: near enough until the next base."""
    grown = len(training.centroids) / len(old.training.centroids)
    return tuple(replace(step, probes=math.ceil(step.probes * max(1.0, grown))) for step in steps)


def _trained(vectors: StayingVectors) -> Training:
    lists = lists_for(len(vectors))
    wanted = min(len(vectors), lists * TRAINING_ROWS_PER_LIST)
    sample = np.sort(np.random.default_rng(1).choice(len(vectors), wanted, replace=False))
    return train(as_float32(vectors.take(sample)), lists)


def _along(vectors: StayingVectors, order: NDArray[np.int64], training: Training) -> Iterator[NDArray[np.float32]]:
    """Yield the vectors in this order along the axes of the codes, some thousands at a time."""
    return (projected(as_float32(block), training.projection) for block in vectors.blocks(order))


def _flat_parts(vectors: StayingVectors) -> Iterator[tuple[SectionName, Iterable[bytes]]]:
    order = np.argsort(vectors.keys)
    yield "keys", [_bytes(vectors.keys[order], "<i8")]
    yield "rows", (_bytes(block, "<f2") for block in vectors.blocks(order))


def _listed_parts(
    folder: Path, vectors: StayingVectors, lists: NDArray[np.int64], training: Training
) -> Iterator[tuple[SectionName, Iterable[bytes]]]:
    order = np.argsort(lists, kind="stable")
    sizes = np.bincount(lists, minlength=len(training.centroids))
    yield "keys", [_bytes(vectors.keys[order], "<i8")]
    yield "list_sizes", [_bytes(sizes, "<i8")]
    yield "projection", [_bytes(training.projection, "<f4")]
    yield "centroids", [_bytes(training.centroids, "<f4")]
    yield "ranges", [_bytes(training.ranges, "<f4")]
    with tempfile.TemporaryFile(dir=folder) as codes:  # so that rows are fetched from where they lie only once
        yield "rows", _rows_noting_codes(vectors.blocks(order), codes, training)
        codes.seek(0)
        yield "lists", _coded_lists(codes, sizes, len(training.projection))


def _rows_noting_codes(blocks: Iterable[NDArray[np.float16]], codes: IO[bytes], training: Training) -> Iterator[bytes]:
    quantizer = coder(training.ranges)
    for block in blocks:
        along = projected(as_float32(block), training.projection)
        codes.write(quantizer.compute_codes(along).tobytes())
        yield _bytes(block, "<f2")


def _coded_lists(codes: IO[bytes], sizes: NDArray[np.int64], axes: int) -> Iterator[bytes]:
    """Yield the codes and row numbers of each list, each padded to whole multiples of `LIST_ALIGNMENT` vectors."""
    start = 0
    for size in sizes.tolist():
        padding = -size % LIST_ALIGNMENT
        yield codes.read(size * axes)
        yield bytes(padding * axes)
        yield _bytes(np.arange(start, start + size), "<i8")
        yield bytes(padding * 8)
        start += size


def _written(path: Path, parts: Iterable[tuple[SectionName, Iterable[bytes]]]) -> dict[str, Section]:
    with path.open("wb") as file:
        sections: dict[str, Section] = {name: _section(file, chunks) for name, chunks in parts}
        file.flush()
        os.fsync(file.fileno())
    return sections


def _section(file: BinaryIO, chunks: Iterable[bytes]) -> Section:
    file.write(bytes(-file.tell() % _SECTION_ALIGNMENT))
    offset, checksum = file.tell(), 0
    for chunk in chunks:
        file.write(chunk)
        checksum = zlib.crc32(chunk, checksum)
    return Section(offset, file.tell() - offset, checksum)


def _bytes(values: NDArray[np.generic], dtype: str) -> bytes:
    return values.astype(dtype, copy=False).tobytes()
