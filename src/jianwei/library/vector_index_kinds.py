"""How the indexes of vectors are made, opened and fed from the catalog: two for each space, of pictures and of titles.

Apart from the other kinds because searching vectors takes a while to load, and a library without models has none.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from jianwei.catalog.stored_vectors import ENTITY_CHANGES
from jianwei.errors import IndexCorruptError, VectorError
from jianwei.indexes.vector_index import FaissVectorIndex
from jianwei.library.index_kinds import VECTOR_FOLDER, IndexKind

if TYPE_CHECKING:
    from collections.abc import Sequence
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


def vector_index_kind(space: VectorSpace, kind: VectorKind) -> IndexKind[FaissVectorIndex]:
    """Return the kind of the index that holds the picture or title vectors of a space."""
    return IndexKind(
        "vector",
        f"{VECTOR_FOLDER}/{space_folder(space)}/{kind}",
        ENTITY_CHANGES[kind],
        partial(FaissVectorIndex.create, dims=space.dims),
        partial(_open_vectors, dims=space.dims),
        partial(_replay_vectors, space=space.name, kind=kind),
        _VECTOR_BATCH,
        space.name,
        kind,
        FaissVectorIndex.filling,
    )


def _open_vectors(folder: Path, *, dims: int) -> FaissVectorIndex:
    try:
        return FaissVectorIndex.open(folder, dims=dims)
    except VectorError as error:
        # An older catalog was put back beside it. The catalog is right.
        raise IndexCorruptError(error.message, zh=error.message_zh) from error


def _replay_vectors(
    catalog: SqlCatalog,
    index: FaissVectorIndex,
    changes: Sequence[Change],
    sequence: int,
    *,
    space: str,
    kind: VectorKind,
) -> None:
    numbers, vectors = catalog.vectors(kind, space, [change.entity_no for change in changes if not change.deleted])
    filled = set(numbers.tolist())
    gone = [change.entity_no for change in changes if change.entity_no not in filled]
    index.apply(numbers, vectors.reshape(len(numbers), index.dims), deleted=gone, sequence=sequence)
