"""Folds listings that show the same picture into one hit, so that forty resellers of one picture do not fill a page.

Which picture stands for a listing: the one that the query picture found; where only words were asked, the main one. A
banner that a shop puts under everything it sells would otherwise fold different goods. The best listing of each
picture keeps its place, the others stand under it in their order. Nothing is left out: who unfolds sees every listing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from jianwei.search.hash_distances import nearest_distances
from jianwei.search.results import HASH_REACH, FoldedListing, PictureFold
from jianwei.sorted_numbers import rows_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwei.ports import CatalogReader, HashIndex, TextIndex
    from jianwei.records import Listing, Picture
    from jianwei.search.copies import CopyFinder
    from jianwei.search.cursor import Page
    from jianwei.search.query_picture import QueryPicture
    from jianwei.search.question import Plan

SameAs: TypeAlias = Callable[[Sequence[int]], Mapping[int, int]]
"""Gives for pictures the number of the picture that each is one with; what it does not name is like no other."""

MOST_SHOWN = 100
"""Listings that a hit names of those that stand under it; all of them are counted."""


@dataclass(frozen=True, slots=True)
class FoldedOrder:
    """A ranking with the listings of one picture side by side.

    `rows` (n,) are their places in the order before; of `leads` (n,) those are true that are hits of their own, others
    stand under the one before them.
    """

    rows: tuple[int, ...]
    leads: tuple[bool, ...]


def folded_order(pictures: Sequence[int]) -> FoldedOrder:
    """Return the order in which equal pictures stand together, each where its first one stood; 0 is like no other."""
    shown = [picture for picture in pictures if picture]
    if len(set(shown)) == len(shown):
        return FoldedOrder(tuple(range(len(pictures))), (True,) * len(pictures))
    hosts: dict[int, list[int]] = {}
    groups: list[list[int]] = []
    for row, picture in enumerate(pictures):
        group = hosts.get(picture) if picture else None
        if group is None:
            group = []
            groups.append(group)
            hosts[picture] = group
        group.append(row)
    return FoldedOrder(
        tuple(row for group in groups for row in group),
        tuple(place == 0 for group in groups for place in range(len(group))),
    )


class PictureFolder:
    """Finds the picture that stands for each listing, and the listings that show the same one."""

    def __init__(
        self,
        catalog: CatalogReader,
        text: TextIndex,
        hashes: Callable[[], HashIndex],
        copies: CopyFinder,
        same_as: SameAs,
    ) -> None:
        self._catalog = catalog
        self._text = text
        self._hashes = hashes
        self._copies = copies
        self._same_as = same_as

    def order(self, listing_nos: NDArray[np.int64], question_nos: NDArray[np.int64], plan: Plan) -> FoldedOrder:
        """Return the folded order of (n,) ranked listings; each answers the joined question of its number best."""
        pictures = self._standing_for(listing_nos, question_nos, plan)
        distinct = dict.fromkeys(pictures)
        distinct.pop(0, None)
        same = self._same_as(list(distinct))
        return folded_order([same.get(picture, picture) for picture in pictures] if same else pictures)

    def order_of_pictures(self, picture_nos: Sequence[int], *, fold: bool) -> FoldedOrder:
        """Return the order of found pictures in which each is one hit; with `fold` also with its copies."""
        same = self._same_as(list(dict.fromkeys(picture_nos))) if fold else {}
        return folded_order([same.get(picture, picture) for picture in picture_nos])

    def folds(self, page: Page, listings: Mapping[int, Listing], plan: Plan) -> dict[int, PictureFold]:
        """Return what stands under each hit of a page that has anything there, by the place of the hit on the page.

        `listings` are those that still exist; what was deleted since is left out, the next takes the place of a hit.
        """
        groups = [[row for row in group if page.listing_nos[row] in listings] for group in page.groups()]
        rows = [row for group in groups if len(group) > 1 for row in group]
        standing = self._standing_on(page, rows, plan)
        pictures = self._catalog.pictures(list(dict.fromkeys(standing.values())))
        shown = {row: pictures[picture] for row, picture in standing.items() if picture in pictures}
        return {
            place: _fold(page, group, listings, shown)
            for place, group in enumerate(groups)
            if len(group) > 1 and group[0] in shown
        }

    def _standing_on(self, page: Page, rows: Sequence[int], plan: Plan) -> dict[int, int]:
        """Return the picture that stands for the listing of each row of a page."""
        if page.picture_nos:
            return {row: page.picture_nos[row] for row in rows}
        numbers = np.array([page.listing_nos[row] for row in rows], np.int64)
        answered = np.array([page.question_nos[row] for row in rows], np.int64)
        standing = self._standing_for(numbers, answered, plan)
        return {row: picture for row, picture in zip(rows, standing, strict=True) if picture}

    def _standing_for(self, listing_nos: NDArray[np.int64], question_nos: NDArray[np.int64], plan: Plan) -> list[int]:
        """Return the picture that stands for each listing, 0 for one that shows none."""
        standing = self._first_pictures(listing_nos)
        for question_no, question in enumerate(plan.questions):
            if question.picture is not None:
                own = np.flatnonzero(question_nos == question_no)
                found = self._found_by(question.picture, listing_nos[own])
                standing[own] = np.where(found > 0, found, standing[own])
        pictures: list[int] = standing.tolist()
        return pictures

    def _first_pictures(self, listing_nos: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the first picture of each listing, 0 for one that shows none."""
        first = self._text.first_pictures(listing_nos)
        is_unknown = first < 0
        if is_unknown.any():  # of some nothing is known in the index
            unknown = listing_nos[is_unknown].tolist()
            shown = self._catalog.picture_nos_of(unknown)
            first[is_unknown] = [(shown[number] or [0])[0] for number in unknown]
        return first

    def _found_by(self, asked: QueryPicture, listing_nos: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the picture of each listing that is nearest by hash or else a partial copy, the first of equal ones.

        0 where none is either.
        """
        rows, pictures = self._catalog.pictures_on(listing_nos)
        copies = self._copies.found(asked) if len(pictures) else {}
        likeness = np.array([copies.get(number, 0.0) for number in pictures.tolist()])
        if len(pictures) and len(asked.hashes):
            numbers, hashes = self._hashes().hashes_of(np.unique(pictures))
            distances = nearest_distances(hashes, asked.hashes)
            places, known = rows_in(numbers, pictures)
            near = np.flatnonzero(known)[distances[places[known]] < HASH_REACH]
            # Above every partial copy, whose likeness is 1 at most.
            likeness[near] = 2.0 - distances[places[near]] / 256.0
        found = np.zeros(len(listing_nos), np.int64)
        order = np.lexsort((-likeness, rows))
        own, first = np.unique(rows[order], return_index=True)
        best = order[first]
        found[own] = np.where(likeness[best] > 0.0, pictures[best], 0)
        return found


def _fold(
    page: Page, group: Sequence[int], listings: Mapping[int, Listing], shown: Mapping[int, Picture]
) -> PictureFold:
    numbers = [page.listing_nos[row] for row in group]
    lead = shown[group[0]]
    shops = {(listings[number].platform, listings[number].shop) for number in numbers if listings[number].shop}
    under = tuple(
        FoldedListing(
            listing=listings[number],
            score=page.scores[row],
            relevance=page.relevances[row],
            picture=shown.get(row, lead),
            distance=_distance(lead, shown.get(row, lead)),
        )
        for row, number in zip(group[1 : MOST_SHOWN + 1], numbers[1:], strict=False)
    )
    return PictureFold(lead, len(group), len(shops), under)


def _distance(one: Picture, other: Picture) -> int | None:
    if one.facts.sha256 == other.facts.sha256:
        return 0
    if one.facts.pdq is None or other.facts.pdq is None:
        return None
    first: NDArray[np.uint8] = np.frombuffer(one.facts.pdq, np.uint8)
    return int(np.bitwise_count(first ^ np.frombuffer(other.facts.pdq, np.uint8)).sum())
