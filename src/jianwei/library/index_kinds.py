"""How each kind of index is fed from the catalog, and where it is: text, hashes, features.

All that `index_keeper` has to know to keep one complete; the keeping itself is the same for every kind. Those of
vectors are in `vector_index_kinds`.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic

import numpy as np

from jianwei.indexes.feature_index import FeatureTableIndex, index_row
from jianwei.indexes.hash_index import FaissHashIndex
from jianwei.indexes.text_index import TantivyTextIndex
from jianwei.library.index_homes import FolderHome, Index

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.library.views import IndexName
    from jianwei.ports import Change, ChangeKind
    from jianwei.records import VectorKind

_BATCH = 2000  # changes per commit of an index: about 50 MB of text in memory


@dataclass(frozen=True, slots=True)
class IndexKind(Generic[Index]):
    """One index of a library: which changes it follows, and how it is fed."""

    name: IndexName
    changes: ChangeKind
    replay: Callable[[SqlCatalog, Index, Sequence[Change], int], None]
    batch: int = _BATCH
    space: str = ""
    vectors: VectorKind | None = None
    filling: Callable[[Index], AbstractContextManager[object]] = nullcontext
    """Opens a block in which an index is filled from the first change to the last, with nobody searching."""
    catching_up: Callable[[Index], AbstractContextManager[object]] = nullcontext
    """Opens a block in which an index that others search takes over what came since."""
    begin_writing: Callable[[Index], None] = field(default=lambda _: None)
    """Makes sure that nothing is missed of what another machine wrote to an index that is shared."""
    end_writing: Callable[[Index], None] = field(default=lambda _: None)
    """Gives back what only one process can hold, when an index has caught up."""
    is_outgrown: Callable[[Index], bool] = field(default=lambda _: False)
    """Tells whether an index that has caught up should be built anew for so much content."""

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
    "listing",
    _replay_text,
    filling=TantivyTextIndex.filling,
    catching_up=TantivyTextIndex.catching_up,
    end_writing=TantivyTextIndex.end_writing,
    is_outgrown=TantivyTextIndex.is_outgrown,
)
HASH = IndexKind("hash", "picture", _replay_hashes)
FEATURE = IndexKind("feature", "picture", _replay_features)


def text_home(folder: Path) -> FolderHome[TantivyTextIndex]:
    """Return where the text index is below the folder of all indexes."""
    return FolderHome(folder / "text", TantivyTextIndex.create, TantivyTextIndex.open)


def hash_home(folder: Path) -> FolderHome[FaissHashIndex]:
    """Return where the index of perceptual hashes is."""
    return FolderHome(folder / "hash", FaissHashIndex.create, FaissHashIndex.open)


def feature_home(folder: Path) -> FolderHome[FeatureTableIndex]:
    """Return where the index of patches of pictures is."""
    return FolderHome(folder / "feature", FeatureTableIndex.create, FeatureTableIndex.open)


VECTOR_FOLDER = "vector"
"""Below it stands one folder for each space."""
