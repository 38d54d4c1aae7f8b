"""Which of some pictures are one picture: by their families, and for those not grouped yet by the same rule.

A search must not wait for grouping, which writes. So what came since the families were last brought up to date is
compared here: with the pivots of the other pictures asked about, and with each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jianwei.ports import CatalogReader


class SamePictures:
    """Answers for one library; `pivots_of` gives the pivots of those that have a hash, None for those not grouped."""

    def __init__(self, catalog: CatalogReader, pivots_of: Callable[[Sequence[int]], Mapping[int, int | None]]) -> None:
        self._catalog = catalog
        self._pivots_of = pivots_of

    def of(self, picture_nos: Sequence[int]) -> dict[int, int]:
        """Return the number of the picture that each is one with; pictures without a hash are not named."""
        hashed = self._pivots_of(picture_nos) if picture_nos else {}
        if not hashed:
            return {}
        pivots = {number: pivot for number, pivot in hashed.items() if pivot is not None}
        fresh = [number for number in picture_nos if number in hashed and number not in pivots]
        return pivots | self._ungrouped(fresh, sorted(set(pivots.values()))) if fresh else pivots

    def _ungrouped(self, fresh: Sequence[int], pivots: Sequence[int]) -> dict[int, int]:
        numbers, hashes = self._catalog.picture_hashes([*pivots, *fresh])
        if len(numbers) < 2:  # nothing to compare with, and nothing to load for it
            return {}
        from jianwei.groups.agreement import Agreement
        from jianwei.groups.families import find_families

        # Pivots come first, so that what is new joins them and never they what is new.
        order = np.argsort(~np.isin(numbers, np.array(pivots, np.int64)), kind="stable")
        numbers, hashes = numbers[order], hashes[order]
        families = find_families(hashes, Agreement(self._catalog, numbers))
        joined = dict(zip(numbers.tolist(), numbers[families.pivots].tolist(), strict=True))
        return {number: joined[number] for number in fresh if number in joined}
