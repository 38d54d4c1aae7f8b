"""How the indexes of vectors are fed from the catalog, and where they are.

Each space has one of pictures, one of titles, and one of captions where any are written.

Apart from the other kinds because searching vectors takes a while to load, and a library without models has none.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Protocol

from jianwei.catalog.vectors.stored_vectors import ENTITY_CHANGES
from jianwei.errors import IndexCorruptError, VectorError
from jianwei.indexes.milvus.vector_index import MilvusVectorIndex
from jianwei.indexes.vectors.vector_index import FaissVectorIndex
from jianwei.library.index_homes import FolderHome, OpenIndex
from jianwei.library.index_kinds import VECTOR_FOLDER, IndexKind
from jianwei.ports import VectorIndex

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.ports import Change
    from jianwei.records import VectorKind, VectorSpace

_VECTOR_BATCH = 16_384  # 32 MB of 512 numbers each; larger batches mean fewer files to sync
_LONGEST_SLUG = 80
_NOT_IN_FILE_NAMES = re.compile(r"[^A-Za-z0-9._@-]+")


def space_folder(space: VectorSpace) -> str:
    """Return the name of a space's folder: readable, safe on every file system, and never that of another space.

    A space that was removed and comes back has a new number, so what was left of the old one is never taken for it.
    """
    return f"{_NOT_IN_FILE_NAMES.sub('-', space.name)[:_LONGEST_SLUG]}.{space.space_no}"


class KeptVectors(VectorIndex, OpenIndex, Protocol):
    """A vector index that can be kept complete, in a folder or in a Milvus."""

    def filling(self) -> AbstractContextManager[None]:
        """Open a block in which very many vectors are applied."""
        ...


def vector_home(folder: Path, space: VectorSpace, kind: VectorKind) -> FolderHome[FaissVectorIndex]:
    """Return where one kind of vectors of a space is."""
    return FolderHome(
        folder / VECTOR_FOLDER / space_folder(space) / kind,
        partial(FaissVectorIndex.create, dims=space.dims),
        partial(_open_vectors, dims=space.dims),
    )


def vector_index_kind(space: VectorSpace, kind: VectorKind) -> IndexKind[KeptVectors]:
    """Return the kind of the index that holds one kind of vectors of a space."""
    return IndexKind(
        "vector",
        ENTITY_CHANGES[kind],
        partial(_replay_vectors, space=space, kind=kind),
        _VECTOR_BATCH,
        space.name,
        kind,
        filling=lambda index: index.filling(),
        begin_writing=_see_all_of_it,
        is_outgrown=lambda index: isinstance(index, MilvusVectorIndex) and index.outgrown,
    )


def _see_all_of_it(index: KeptVectors) -> None:
    if isinstance(index, MilvusVectorIndex):
        index.reload("Strong")


def _open_vectors(folder: Path, *, dims: int) -> FaissVectorIndex:
    try:
        return FaissVectorIndex.open(folder, dims=dims)
    except VectorError as error:
        # An older catalog was put back beside it. The catalog is right.
        raise IndexCorruptError(error.message, zh=error.message_zh) from error


def _replay_vectors(
    catalog: SqlCatalog,
    index: KeptVectors,
    changes: Sequence[Change],
    sequence: int,
    *,
    space: VectorSpace,
    kind: VectorKind,
) -> None:
    numbers, vectors = catalog.vectors(kind, space.name, [change.entity_no for change in changes if not change.deleted])
    filled = set(numbers.tolist())
    gone = [change.entity_no for change in changes if change.entity_no not in filled]
    index.apply(numbers, vectors.reshape(len(numbers), space.dims), deleted=gone, sequence=sequence)
