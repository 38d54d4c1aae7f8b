"""A linear probe over the vectors that a library has: its known cases by illegal type, against all other listings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.errors import NotFoundError
from jianwei.training.pairs import TrainingPair, families_of
from jianwei.training.probe import train_probe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.library.views import ListingView
    from jianwei.records import VectorKind
    from jianwei.training.probe import ProbeReport

_AT_ONCE = 500


def probe_listings(
    catalog: SqlCatalog, views: Sequence[ListingView], space: str, *, folds: int = 5, seed: int = 0
) -> ProbeReport:
    """Learn which illegal type a listing is from the mean of its pictures' vectors and that of its title.

    Listings without vectors in the space are left out.

    Raises:
        NotFoundError: no listing has vectors in the space.
        TrainingError: no illegal type has enough known cases.
    """
    pictures = _vectors(
        catalog, "picture", space, [item.picture.picture_no for view in views for item in view.pictures]
    )
    titles = _vectors(catalog, "title", space, [view.listing.listing_no for view in views])
    rows, used = [], []
    for view in views:
        shown = [pictures[item.picture.picture_no] for item in view.pictures if item.picture.picture_no in pictures]
        title = titles.get(view.listing.listing_no)
        if shown and title is not None:
            rows.append(np.concatenate([np.mean(shown, axis=0), title]))
            used.append(view)
    if not rows:
        raise NotFoundError(
            f"No listing has vectors of both its title and a picture in the space {space or '(none)'}. "
            "Make them with: jianwei embed",
            zh=f"没有商品在向量空间 {space or '（无）'} 中同时具有标题和图片的向量。请先运行：jianwei embed",
            space=space,
        )
    labels = [view.listing.case.illegal_type if view.listing.case is not None else "" for view in used]
    return train_probe(np.stack(rows).astype(np.float32), labels, _families(used), folds=folds, seed=seed)


def _vectors(
    catalog: SqlCatalog, kind: VectorKind, space: str, numbers: Sequence[int]
) -> dict[int, NDArray[np.float32]]:
    found: dict[int, NDArray[np.float32]] = {}
    distinct = sorted(set(numbers))
    for start in range(0, len(distinct), _AT_ONCE):
        keys, rows = catalog.vectors(kind, space, distinct[start : start + _AT_ONCE])
        found.update(zip(keys.tolist(), rows, strict=True))
    return found


def _families(views: Sequence[ListingView]) -> list[int]:
    """Return the family of each listing, as pairs would be divided."""
    pairs, owners = [], []
    for at, view in enumerate(views):
        product = f"{view.listing.platform}:{view.listing.product_code}" if view.listing.product_code else str(at)
        for item in view.pictures:
            facts = item.picture.facts
            pairs.append(TrainingPair(facts.sha256, (view.listing.title,), f"{product}", pdq=facts.pdq))
            owners.append(at)
    family_of = dict(zip(owners, families_of(pairs), strict=True))
    return [family_of[at] for at in range(len(views))]
