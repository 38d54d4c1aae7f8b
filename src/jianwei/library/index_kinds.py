"""How each kind of index is made, opened, and fed from the catalog: text, hashes, features.

All that `index_keeper` has to know to keep one complete; the keeping itself is the same for every kind. Those of
vectors are in `vector_index_kinds`.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import numpy as np

from jianwei.indexes.feature_index import FeatureTableIndex, index_row
from jianwei.indexes.hash_index import FaissHashIndex
from jianwei.indexes.text_index import TantivyTextIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.library.views import IndexName
    from jianwei.ports import Change, ChangeKind
    from jianwei.records import VectorKind

_BATCH = 2000  # changes per commit of an index: about 50 MB of text in memory


class OpenIndex(Protocol):
    """What every index can do."""

    @property
    def sequence(self) -> int:
        """The catalog change up to which the index is complete."""
        ...

    def reload(self) -> None:
        """Take over what another process has written."""
        ...

    def close(self) -> None:
        """Release files."""
        ...


Index = TypeVar("Index", bound=OpenIndex)


@dataclass(frozen=True, slots=True)
class IndexKind(Generic[Index]):
    """One index of a library: its folder below that of the indexes, which changes it follows, and how it is fed."""

    name: IndexName
    folder: str
    changes: ChangeKind
    create: Callable[[Path], Index]
    open: Callable[[Path], Index]
    replay: Callable[[SqlCatalog, Index, Sequence[Change], int], None]
    batch: int = _BATCH
    space: str = ""
    vectors: VectorKind | None = None
    filling: Callable[[Index], AbstractContextManager[object]] = nullcontext
    """Opens a block in which an index is filled from the first change to the last, with nobody searching."""
    end_writing: Callable[[Index], None] = field(default=lambda _: None)
    """Gives back what only one process can hold, when an index has caught up."""

    @property
    def label(self) -> str:
        """What the index is called in progress."""
        return f"{self.name} {self.space} {self.vectors}" if self.vectors else self.name


def _replay_text(catalog: SqlCatalog, index: TantivyTextIndex, changes: Sequence[Change], sequence: int) -> None:
    present = [change.entity_no for change in changes if not change.deleted]
    deleted = [change.entity_no for change in changes if change.deleted]
    index.apply(catalog.text_documents(present), deleted=deleted, sequence=sequence)


def _replay_hashes(catalog: SqlCatalog, index: FaissHashIndex, changes: Sequence[Change], sequence: int) -> None:
    numbers, hashes = catalog.picture_hashes([change.entity_no for change in changes if not change.deleted])
    # A picture without a hash is not in the index; one that lost it must not stay there either.
    hashed = set(numbers.tolist())
    gone = [change.entity_no for change in changes if change.entity_no not in hashed]
    index.apply(numbers, hashes, deleted=gone, sequence=sequence)


def _replay_features(catalog: SqlCatalog, index: FeatureTableIndex, changes: Sequence[Change], sequence: int) -> None:
    found = catalog.picture_features([change.entity_no for change in changes if not change.deleted])
    rows = np.array([index_row(features) for features in found.values()], np.uint8)
    gone = [change.entity_no for change in changes if change.entity_no not in found]
    index.apply(np.array(list(found), np.int64), rows, deleted=gone, sequence=sequence)


TEXT = IndexKind(
    "text",
    "text",
    "listing",
    TantivyTextIndex.create,
    TantivyTextIndex.open,
    _replay_text,
    filling=TantivyTextIndex.filling,
    end_writing=TantivyTextIndex.end_writing,
)
HASH = IndexKind("hash", "hash", "picture", FaissHashIndex.create, FaissHashIndex.open, _replay_hashes)
FEATURE = IndexKind("feature", "feature", "picture", FeatureTableIndex.create, FeatureTableIndex.open, _replay_features)

VECTOR_FOLDER = "vector"
"""Below it stands one folder for each space."""
