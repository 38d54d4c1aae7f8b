"""Scores of listings by vectors: how near their pictures and titles are to the query in each space that is asked.

Vectors of different spaces are never comparable, so each asked space keeps its own scores until they are
normalised. A listing is as near as the nearest of its pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.fusion.normalise import min_max

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import NDArray

    from jianwei.ports import CatalogReader, VectorIndex
    from jianwei.records import Filters
    from jianwei.search.spaces import SearchSpace


@dataclass(frozen=True, slots=True)
class AskedSpace:
    """A space with the query as a vector in it: (1, dims) float32, unit row."""

    space: SearchSpace
    query: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SpaceScores:
    """Cosines in -1..1 by `listing_no` in one asked space. A listing without a vector is missing."""

    asked: AskedSpace
    pictures: dict[int, float]
    titles: dict[int, float]

    def listing_nos(self) -> set[int]:
        """Return the listings that have a score."""
        return {*self.pictures, *self.titles}

    def only(self, listing_nos: Collection[int]) -> SpaceScores:
        """Return the scores of some listings."""
        pictures = {number: score for number, score in self.pictures.items() if number in listing_nos}
        titles = {number: score for number, score in self.titles.items() if number in listing_nos}
        return SpaceScores(self.asked, pictures, titles)


class VectorChannels:
    """Finds and scores listings by vectors."""

    def __init__(self, catalog: CatalogReader) -> None:
        self._catalog = catalog

    def nearest(self, asked: AskedSpace, filters: Filters, *, depth: int) -> SpaceScores:
        """Return the listings with the nearest pictures and titles, at most `depth` of each, inside the filters."""
        listing_nos = picture_nos = None
        if not filters.is_empty:
            listing_nos, picture_nos = self._catalog.filtered(filters)
        pictures = _neighbours(asked.space.pictures, asked.query, depth, picture_nos)
        titles = _neighbours(asked.space.titles, asked.query, depth, listing_nos)
        showing = self._catalog.listings_showing(list(pictures))
        inside = None if listing_nos is None else set(listing_nos.tolist())
        by_listing: dict[int, float] = {}
        for picture_no, score in pictures.items():
            for listing_no in showing.get(picture_no, ()):
                # Another listing that shows the picture may be outside the filters.
                if inside is None or listing_no in inside:
                    by_listing.setdefault(listing_no, score)
        return SpaceScores(asked, by_listing, titles)

    def complete(self, scores: SpaceScores, candidates: Sequence[int]) -> None:
        """Add the exact scores of candidates that another channel brought."""
        asked = scores.asked
        missing = [number for number in candidates if number not in scores.titles]
        scores.titles.update(self.title_scores(asked, missing))
        missing = [number for number in candidates if number not in scores.pictures]
        placed = self._catalog.picture_nos_of(missing)
        numbers = [number for number, shown in placed.items() for _ in shown]
        keys = np.array([picture_no for shown in placed.values() for picture_no in shown], np.int64)
        for number, score in _present(numbers, asked.space.pictures.score(asked.query, keys)[0]):
            scores.pictures[number] = max(score, scores.pictures.get(number, -1.0))

    def picture_scores(self, asked: AskedSpace, picture_nos: Sequence[int]) -> dict[int, float]:
        """Return the cosine of each picture that has a vector."""
        return dict(_present(picture_nos, asked.space.pictures.score(asked.query, np.array(picture_nos, np.int64))[0]))

    def title_scores(self, asked: AskedSpace, listing_nos: Sequence[int]) -> dict[int, float]:
        """Return the cosine of the title of each listing that has a vector for it."""
        return dict(_present(listing_nos, asked.space.titles.score(asked.query, np.array(listing_nos, np.int64))[0]))


def likeness(spaces: Iterable[SpaceScores], candidates: Sequence[int]) -> NDArray[np.float64]:
    """Return (n,) scores in 0..1 of the candidates: the best of pictures and titles in any space, each min–max scaled.

    A listing without a vector in a channel gets the lowest score there, since nothing speaks for it.
    """
    best = np.zeros(len(candidates))
    for scores in spaces:
        for channel in (scores.pictures, scores.titles):
            present = np.array([number in channel for number in candidates], bool)
            if present.any():
                values = np.array([channel.get(number, 0.0) for number in candidates])
                scaled = np.zeros(len(candidates))
                scaled[present] = min_max(values[present])
                best = np.maximum(best, scaled)
    return best


def _neighbours(
    index: VectorIndex, query: NDArray[np.float32], depth: int, allowed: NDArray[np.int64] | None
) -> dict[int, float]:
    if allowed is not None and not len(allowed):
        return {}
    hits = index.search(query, k=depth, allowed=allowed)
    return {int(key): float(score) for key, score in zip(hits.keys[0], hits.scores[0], strict=True) if key >= 0}


def _present(numbers: Sequence[int], scores: NDArray[np.float32]) -> list[tuple[int, float]]:
    return [(number, float(score)) for number, score in zip(numbers, scores, strict=True) if np.isfinite(score)]
