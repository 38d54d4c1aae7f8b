"""How the indexes of pictures are fed from the catalog, and where they are: perceptual hashes, and patches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.indexes.pictures.feature_index import FeatureTableIndex, index_row
from jianwei.indexes.pictures.hash_index import FaissHashIndex
from jianwei.library.index_homes import FolderHome
from jianwei.library.index_kinds import IndexKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.ports import Change


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


HASH = IndexKind("hash", "picture", _replay_hashes)
FEATURE = IndexKind("feature", "picture", _replay_features)


def hash_home(folder: Path) -> FolderHome[FaissHashIndex]:
    """Return where the index of perceptual hashes is."""
    return FolderHome(folder / "hash", FaissHashIndex.create, FaissHashIndex.open)


def feature_home(folder: Path) -> FolderHome[FeatureTableIndex]:
    """Return where the index of patches of pictures is."""
    return FolderHome(folder / "feature", FeatureTableIndex.create, FeatureTableIndex.open)
