"""The channel `copy`: pictures that hold a part of the query picture, whatever was cut off, framed, mirrored or turned.

The index names pictures that may share patches with the query; each is then matched patch by patch. What shares few
spots is left out: many pictures share a logo or a line of print with some other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jianwei.images.copy_match import CopyMatch
    from jianwei.images.local_features import Features
    from jianwei.ports import FeatureIndex, FeatureReader
    from jianwei.search.query_picture import QueryPicture

CANDIDATES = 20
"""Pictures matched for each set of query features. Of 60 crops by 15 % every original was among them."""

FEWEST_SPOTS = 5
"""Spots that have to agree. See `docs/copies.md` for how often other pictures reach that."""


class CopyFinder:
    """Finds copies of query pictures. Remembers what it found for the length of one search."""

    def __init__(self, catalog: FeatureReader, index: Callable[[], FeatureIndex] | None) -> None:
        self._catalog = catalog
        self._index = index
        self._found: dict[int, tuple[QueryPicture, dict[int, float]]] = {}

    def found(self, picture: QueryPicture) -> dict[int, float]:
        """Return the likeness in 0..1 of the pictures that are copies in part or whole, by `picture_no`."""
        known = self._found.get(id(picture))
        if known is None:
            # The picture is kept with the answer, so that no other can get its identity.
            known = self._found[id(picture)] = (picture, self._look(picture.features))
        return known[1]

    def _look(self, asked: Sequence[Features]) -> dict[int, float]:
        if self._index is None or not asked:
            return {}
        from jianwei.images.copy_match import NO_MATCH, match_copies

        search = self._index().search
        candidates = [[hit.picture_no for hit in search(one, limit=CANDIDATES)] for one in asked]
        stored = self._catalog.picture_features(list({number for numbers in candidates for number in numbers}))
        best: dict[int, CopyMatch] = {}
        for one, numbers in zip(asked, candidates, strict=True):
            for number in numbers:
                match = match_copies(one, stored[number]) if number in stored else NO_MATCH
                best[number] = max(best.get(number, NO_MATCH), match, key=lambda found: found.likeness)
        return {number: match.likeness for number, match in best.items() if match.agreeing >= FEWEST_SPOTS}
