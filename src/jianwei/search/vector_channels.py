"""Scores of listings by vectors: how near their pictures, titles and captions are to the query in an asked space.

Vectors of different spaces are never comparable, so each asked space keeps its own scores. A listing is as near as the
nearest of its pictures. A cosine means little by itself: one model gives 0.3 for a match, another 0.1. What does is how
far above the cosines of unrelated things it stands, so each channel comes with a background.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from jianwei.errors import JianweiError
from jianwei.sorted_numbers import rows_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from numpy.typing import NDArray

    from jianwei.ports import CatalogReader, VectorIndex
    from jianwei.search.results import Channel
    from jianwei.search.scope import Scope
    from jianwei.search.spaces import SearchSpace

VECTOR_CHANNELS: tuple[Channel, ...] = ("vector:picture", "vector:title", "vector:caption")
"""The channels that compare vectors."""

_BACKGROUND_KEYS = 256
"""Enough for a mean and a deviation within a few percent; scoring them takes a fraction of a millisecond."""

_ROUNDED_FROM = 100_000
"""Keys below are not rounded: of fewer vectors each is soon read."""

_LEAST_BACKGROUND = 16
"""With fewer vectors nothing can be told about what is usual."""

_OUTLYING = 2.0


class ToldCosines:
    """The exact cosines of one query that an index has told, by channel: reading vectors anew takes longer than that.

    Safe to use from several threads, each with a channel of its own.
    """

    def __init__(self) -> None:
        self._told: dict[Channel, tuple[NDArray[np.int64], NDArray[np.float32]]] = {}

    def add(self, channel: Channel, keys: NDArray[np.int64], scores: NDArray[np.float32]) -> None:
        """Keep the (n,) scores of (n,) keys, -inf where one has no vector."""
        if channel in self._told:
            before, known = self._told[channel]
            keys, scores = np.concatenate([keys, before]), np.concatenate([scores, known])
        ascending, first = np.unique(keys, return_index=True)
        self._told[channel] = ascending, scores[first]

    def of(self, channel: Channel, keys: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return (n,) the score of each key, NaN where it was not told."""
        if channel not in self._told:
            return np.full(len(keys), np.nan, np.float32)
        ascending, scores = self._told[channel]
        rows, known = rows_in(ascending, keys)
        told = np.full(len(keys), np.nan, np.float32)
        told[known] = scores[rows[known]]
        return told


@dataclass(frozen=True, slots=True)
class AskedSpace:
    """A space with the query on its way to a vector in it, and what its indexes have told of the query."""

    space: SearchSpace
    encoding: Future[NDArray[np.float32]]
    told: ToldCosines = field(default_factory=ToldCosines, compare=False, repr=False)

    @property
    def query(self) -> NDArray[np.float32]:
        """The (1, dims) unit row of the query; waits for the encoder. Raises what `problem` tells."""
        return self.encoding.result()

    @property
    def problem(self) -> JianweiError | None:
        """Why the encoder has no vector for the query, as when its server is down; None where it has. Waits for it."""
        error = self.encoding.exception()
        return error if isinstance(error, JianweiError) else None


@dataclass(frozen=True, slots=True)
class Background:
    """What is usual in a channel for this query: mean and deviation of the cosines of things drawn evenly."""

    mean: float
    deviation: float

    def above(self, cosines: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how many deviations (n,) cosines stand above the mean."""
        return (cosines - self.mean) / self.deviation


@dataclass(frozen=True, slots=True)
class VectorChannel:
    """One kind of vectors of an asked space."""

    channel: Channel
    asked: AskedSpace
    index: VectorIndex
    by_picture: bool


def vector_channels(asked: AskedSpace) -> Iterator[VectorChannel]:
    """Yield the channels of a space, captions only where any have vectors; none where the query has no vector."""
    if asked.problem is not None:
        return
    yield VectorChannel("vector:picture", asked, asked.space.pictures, by_picture=True)
    yield VectorChannel("vector:title", asked, asked.space.titles, by_picture=False)
    if asked.space.captions is not None:
        yield VectorChannel("vector:caption", asked, asked.space.captions, by_picture=True)


class VectorScores:
    """Finds and scores listings by vectors."""

    def __init__(self, catalog: CatalogReader) -> None:
        self._catalog = catalog

    def nearest(self, channel: VectorChannel, scope: Scope, *, depth: int) -> NDArray[np.int64]:
        """Return the listings of the `depth` nearest vectors inside the scope, each once."""
        allowed = scope.picture_nos() if channel.by_picture else scope.listing_nos()
        if allowed is not None and not len(allowed):
            return np.empty(0, np.int64)
        hits = channel.index.search(channel.asked.query, k=depth, allowed=allowed)
        there = hits.keys[0] >= 0
        channel.asked.told.add(channel.channel, hits.keys[0][there], hits.scores[0][there])
        found = hits.keys[0][there]
        # Another listing that shows a picture may be outside the scope.
        return scope.only_inside(self._catalog.listings_with(found)) if channel.by_picture else found

    def background(self, channel: VectorChannel, keys: NDArray[np.int64]) -> Background | None:
        """Return what is usual, judged by things spread evenly up to about the highest of some keys in the index.

        None where there are too few vectors. What is clearly alike is left out of it: in a small library the wanted
        listings would be taken for the usual.
        """
        if not len(keys):
            return None
        cosines = _known(channel.index.score(channel.asked.query, _spread_up_to(_rounded(int(keys.max()))))[0])
        cosines = cosines[~np.isnan(cosines)]
        if len(cosines) < _LEAST_BACKGROUND:
            return None
        middle, deviation = float(np.median(cosines)), float(cosines.std())
        kept = cosines[cosines <= middle + _OUTLYING * deviation]
        deviation = float(kept.std())
        return Background(float(kept.mean()), deviation) if deviation > 1e-6 else None

    def picture_scores(self, asked: AskedSpace, picture_nos: Sequence[int]) -> dict[int, float]:
        """Return the cosine of each picture that has a vector."""
        (cosines,) = _cosines("vector:picture", asked.space.pictures, [asked], np.array(picture_nos, np.int64))
        found = zip(picture_nos, cosines.tolist(), strict=True)
        return {number: cosine for number, cosine in found if not np.isnan(cosine)}

    def title_scores(self, asked: AskedSpace, listing_nos: Sequence[int]) -> dict[int, float]:
        """Return the cosine of the title of each listing that has a vector for it."""
        (cosines,) = _cosines("vector:title", asked.space.titles, [asked], np.array(listing_nos, np.int64))
        found = zip(listing_nos, cosines.tolist(), strict=True)
        return {number: cosine for number, cosine in found if not np.isnan(cosine)}

    def caption_scores(self, asked: AskedSpace, listing_nos: Sequence[int]) -> dict[int, float]:
        """Return the cosine of the nearest caption of each listing that shows a picture with a vector of one."""
        if asked.space.captions is None:
            return {}
        shown = PicturesOfListings.of(self._catalog, np.array(listing_nos, np.int64))
        (cosines,) = _cosines("vector:caption", asked.space.captions, [asked], shown.picture_nos)
        best = shown.best(cosines)
        found = zip(listing_nos, best.tolist(), strict=True)
        return {number: cosine for number, cosine in found if not np.isnan(cosine)}


@dataclass(frozen=True, slots=True)
class PicturesOfListings:
    """The pictures of (n,) listings: `picture_nos` (m,) and the row of the listing that shows each, (m,)."""

    count: int
    rows: NDArray[np.int64]
    picture_nos: NDArray[np.int64]

    @classmethod
    def of(cls, catalog: CatalogReader, listing_nos: NDArray[np.int64]) -> PicturesOfListings:
        """Ask the catalog for the pictures of listings."""
        return cls(len(listing_nos), *catalog.pictures_on(listing_nos))

    def best(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the (n,) highest of the (m,) values of each listing's pictures; NaN where none has one."""
        best = np.full(self.count, -np.inf)
        known = ~np.isnan(values)
        np.maximum.at(best, self.rows[known], values[known])
        return np.where(np.isinf(best), np.nan, best)


class Candidates:
    """(n,) listings under judgement: their pictures and cosines, each asked for once, when a channel first needs it.

    Queries of one question that go to the same space are compared together: reading vectors costs more than comparing.
    Safe to use from several threads.

    Attributes:
        listing_nos: (n,) ascending.
        asked: the queries.
    """

    def __init__(self, catalog: CatalogReader, listing_nos: NDArray[np.int64], asked: Sequence[AskedSpace]) -> None:
        self.listing_nos = listing_nos
        self.asked = asked
        self._catalog = catalog
        self._lock = threading.Lock()
        self._comparing: dict[int, threading.Lock] = {}
        self._shown: PicturesOfListings | None = None
        self._compared: dict[int, dict[int, NDArray[np.float64]]] = {}

    @property
    def shown(self) -> PicturesOfListings:
        """Their pictures."""
        with self._lock:
            if self._shown is None:
                self._shown = PicturesOfListings.of(self._catalog, self.listing_nos)
            return self._shown

    def cosines(self, channel: VectorChannel) -> NDArray[np.float64]:
        """Return (n,) how near each is to the query of a channel; NaN where it has no vector."""
        index = id(channel.index)
        with self._comparing.setdefault(index, threading.Lock()):
            if index not in self._compared:
                self._compared[index] = self._compare(channel)
        cosines = self._compared[index][id(channel.asked)]
        return self.shown.best(cosines) if channel.by_picture else cosines

    def _compare(self, channel: VectorChannel) -> dict[int, NDArray[np.float64]]:
        """Return the cosines of all queries in the space of a channel, by query."""
        alike = [asked for asked in self.asked if asked.space is channel.asked.space and asked.problem is None]
        keys = self.shown.picture_nos if channel.by_picture else self.listing_nos
        return dict(zip(map(id, alike), _cosines(channel.channel, channel.index, alike, keys), strict=True))


@lru_cache(maxsize=64)
def _spread_up_to(top: int) -> NDArray[np.int64]:
    """Return keys spread evenly from 1 on. An index knows them again, so that their vectors are read once."""
    keys = np.unique(np.linspace(1, top, _BACKGROUND_KEYS).astype(np.int64))
    keys.flags.writeable = False
    return keys


def _rounded(key: int) -> int:
    """Return a key rounded down, by a sixteenth at most, so that questions of a large library share a spread."""
    step = 1 << max(0, key.bit_length() - 5) if key >= _ROUNDED_FROM else 1
    return key // step * step


def _cosines(
    channel: Channel, index: VectorIndex, alike: Sequence[AskedSpace], keys: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the (q, n) cosines of queries in one space, NaN where a key has no vector.

    The index is asked for those keys only of which it has not told all queries.
    """
    scores = np.array([asked.told.of(channel, keys) for asked in alike])
    new = np.isnan(scores).any(axis=0)
    if new.any():
        scores[:, new] = index.score(np.concatenate([asked.query for asked in alike]), keys[new])
        for asked, own in zip(alike, scores, strict=True):
            asked.told.add(channel, keys, own)
    return _known(scores)


def _known(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return scores with NaN where there is no vector."""
    return np.where(np.isfinite(scores), scores, np.nan).astype(np.float64)
