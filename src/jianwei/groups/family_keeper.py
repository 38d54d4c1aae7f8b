"""Keeps the picture families of a library up to date with its catalog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.groups.agreement import Agreement
from jianwei.groups.families import Families, find_families, update_families
from jianwei.ports.groups import Membership
from jianwei.sorted_numbers import rows_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwei.ports import CatalogReader
    from jianwei.ports.groups import GroupsStore, HashedPictures

_CHANGES_AT_ONCE = 50_000
_REBUILD_SHARE = 0.5
"""When more than this share is new, beginning again costs less than looking around each new picture."""
_UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class FamiliesReport:
    """What bringing up to date did: pictures with a hash, those looked at as new, and memberships that changed."""

    pictures: int
    new: int
    changed: int


class FamilyKeeper:
    """Families of one library."""

    def __init__(self, catalog: CatalogReader, store: GroupsStore) -> None:
        self._catalog = catalog
        self._store = store

    def is_behind(self) -> bool:
        """Tell whether pictures came or went, or people decided, since families were last brought up to date."""
        if any(doubt.picture_nos for doubt in self._store.doubts()):
            return True
        return bool(self._catalog.changes("picture", self._store.grouped_until(), 1))

    def update(self, *, rebuild: bool = False) -> FamiliesReport:
        """Bring the families up to date, or make them anew; both give the same.

        Pictures that people decided about are looked at again although they did not change.

        Raises:
            WriterLockedError: another process is writing to the library.
            StorageFullError: the disk is full; the families are those of before.
        """
        sequence = self._catalog.sequence()
        changed = self._changed_pictures()
        doubtful = [number for doubt in self._store.doubts() for number in doubt.picture_nos]
        pictures = self._store.hashed_pictures()
        apart = self._apart_pairs()
        before = self._pivots_before(pictures, changed.union(doubtful, *apart))
        agrees = Agreement(self._catalog, pictures.picture_nos, apart)
        new = int((before == _UNKNOWN).sum())
        if rebuild or new > _REBUILD_SHARE * len(pictures):
            families = find_families(pictures.hashes, agrees)
        else:
            families = update_families(pictures.hashes, before, agrees)
        families = _kept_apart(families, pictures.picture_nos, apart)
        memberships = self._changed_memberships(pictures, families)
        with self._store.writing() as writer:
            writer.put_memberships(memberships)
            writer.set_grouped_until(sequence)
        return FamiliesReport(len(pictures), new, len(memberships))

    def _changed_pictures(self) -> set[int]:
        changed: set[int] = set()
        after = self._store.grouped_until()
        while changes := self._catalog.changes("picture", after, _CHANGES_AT_ONCE):
            changed.update(change.entity_no for change in changes)
            after = changes[-1].sequence
        return changed

    def _apart_pairs(self) -> list[tuple[int, int]]:
        pairs = []
        for decision in self._store.kept_apart("picture"):
            first = self._catalog.picture_by_sha256(decision.first)
            second = self._catalog.picture_by_sha256(decision.second)
            if first is not None and second is not None:
                pairs.append((first.picture_no, second.picture_no))
        return pairs

    def _pivots_before(self, pictures: HashedPictures, doubtful: set[int]) -> NDArray[np.int32]:
        """Return for each row the row of its pivot, -1 where picture or pivot are new, gone or in doubt."""
        numbers, pivot_nos = self._store.pivots()
        row_of = np.full(int(max(pictures.picture_nos.max(initial=0), numbers.max(initial=0))) + 1, _UNKNOWN, np.int32)
        row_of[pictures.picture_nos] = np.arange(len(pictures), dtype=np.int32)
        row_of[[number for number in doubtful if number < len(row_of)]] = _UNKNOWN
        before = np.full(len(pictures), _UNKNOWN, np.int32)
        inside = pivot_nos < len(row_of)
        rows, pivots = row_of[numbers[inside]], row_of[pivot_nos[inside]]
        known = rows != _UNKNOWN
        before[rows[known]] = pivots[known]
        return before

    def _changed_memberships(self, pictures: HashedPictures, families: Families) -> list[Membership]:
        numbers, pivot_nos = self._store.pivots()
        fresh = pictures.picture_nos[families.pivots]
        rows, same = rows_in(numbers, pictures.picture_nos)
        same[same] = pivot_nos[rows[same]] == fresh[same]
        columns = (pictures.picture_nos[~same], fresh[~same], families.distances[~same])
        return [Membership(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _kept_apart(families: Families, picture_nos: NDArray[np.int64], apart: list[tuple[int, int]]) -> Families:
    """Let the later of two pictures that a reviewer keeps apart leave the family that a third brought them into."""
    row_of = {number: row for row, number in enumerate(picture_nos.tolist())} if apart else {}
    pairs = sorted(
        sorted((row_of[first], row_of[second])) for first, second in apart if first in row_of and second in row_of
    )
    for first, second in pairs:
        if families.pivots[first] == families.pivots[second]:
            families.pivots[second] = second
            families.distances[second] = 0
    return families
