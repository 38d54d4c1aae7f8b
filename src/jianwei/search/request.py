"""What a user asks: words, pictures, or both, joined queries, things to avoid, within filters.

One request type serves the command line, Python and HTTP, so that all three mean the same by the same words. What may
stand in it is checked in `request_checks.py`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict

from jianwei.errors import QueryError
from jianwei.fusion.methods import FUSION_METHODS
from jianwei.quick_records import quickly
from jianwei.records import NO_FILTERS
from jianwei.search.request_checks import (
    SORTS,
    TARGETS,
    check_amounts,
    check_channels,
    check_name,
    check_numbers,
    check_ranges,
    check_texts,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jianwei.fusion.methods import FusionMethod
    from jianwei.records import Filters
    from jianwei.search.regions import Region
    from jianwei.search.request_checks import Sort, Target
    from jianwei.search.results import Channel

DEFAULT_ALPHA = 0.5
"""Weight of likeness and meaning against written words where both speak; even until judgements say otherwise."""

DEFAULT_FUSION: FusionMethod = "calibrated"

_FINGERPRINT_BYTES = 6


@dataclass(frozen=True, slots=True)
class AskedPicture:
    """An encoded picture file to look for, or the part of it that `region` frames; `name` is what errors call it."""

    data: bytes = field(repr=False)
    region: Region | None = None
    name: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class JoinedQuery:
    """One of several queries that are answered together."""

    words: str = ""
    pictures: tuple[AskedPicture, ...] = ()


class SearchOptions(TypedDict, total=False):
    """The finer points of a search, as keywords of `Library.search`; see `SearchRequest` for each."""

    alpha: float
    space: str
    fusion: FusionMethod
    channels: frozenset[Channel]
    weights: Mapping[Channel, float]
    avoid_words: str
    avoid_pictures: tuple[AskedPicture, ...]
    queries: tuple[JoinedQuery, ...]
    target: Target
    sort: Sort
    min_relevance: float | None
    fold: bool


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One search. Words, a picture, a further query, or at least one filter is needed.

    Attributes:
        words: in the query language.
        pictures: each is looked for, and likeness to any of them counts; with words, both are wanted.
        filters: what listings must be. Alone they list what they leave.
        limit: length of a page, 1..1000.
        cursor: of the page before; empty for the first.
        alpha: 0..1, weight of pictures and meaning against words as they are written.
        space: the vector space to ask instead of the one that fits the language; empty for the fitting one.
        fusion: how the scores of the channels become one.
        channels: the channels that may take part; empty for all.
        weights: how much a channel counts, 0 and up; 1 where nothing is said.
        avoid_words: hits that hold these words sink, and are folded away where they hold all of them.
        avoid_pictures: hits that show something like these sink.
        queries: further queries; a listing counts with the best of its scores.
        target: what is looked for. Of pictures each is one hit, however many listings show it, and only channels that
            speak of pictures take part.
        sort: the order of the hits that are relevant.
        among: only these `listing_no`s are looked at; None for all. For programs that hold a query against what is new.
        min_relevance: hits below this estimated relevance, 0..1, are folded away; None takes the library's threshold,
            0 folds nothing.
        keep_weak: where at least one hit reaches `min_relevance`, those below it are kept too, in their order. For
            programs, which read a whole list and the relevance of each.
        fold: listings that show the same picture are one hit, the best of them, with the others under it; a page then
            counts hits, not listings.
    """

    words: str = ""
    pictures: tuple[AskedPicture, ...] = ()
    filters: Filters = NO_FILTERS
    limit: int = 20
    cursor: str = ""
    alpha: float = DEFAULT_ALPHA
    space: str = ""
    fusion: FusionMethod = DEFAULT_FUSION
    channels: frozenset[Channel] = frozenset()
    weights: Mapping[Channel, float] = field(default_factory=dict)
    avoid_words: str = ""
    avoid_pictures: tuple[AskedPicture, ...] = ()
    queries: tuple[JoinedQuery, ...] = ()
    target: Target = "listings"
    sort: Sort = "relevance"
    min_relevance: float | None = None
    among: frozenset[int] | None = None
    keep_weak: bool = False
    fold: bool = True

    def parts(self) -> tuple[JoinedQuery, ...]:
        """Return the queries that are joined, the request's own words and pictures first; empty ones are left out."""
        every = (_joined_query(self.words, self.pictures), *self.queries)
        return tuple([part for part in every if part.words.strip() or part.pictures])

    def checked(self) -> SearchRequest:
        """Return the request itself when its values can be used.

        Raises:
            QueryError: a value is out of range or unknown, or nothing is asked for.
        """
        check_numbers(limit=self.limit, alpha=self.alpha, min_relevance=self.min_relevance)
        check_name("fusion", "融合方式", self.fusion, FUSION_METHODS)
        check_name("target", "检索目标", self.target, TARGETS)
        check_name("sort", "排序方式", self.sort, SORTS)
        check_channels(self.channels, self.weights, self.target)
        parts = self.parts()
        named = (*self.filters.platforms, *self.filters.shops, *self.filters.categories)
        check_texts((*(part.words for part in parts), self.avoid_words, *named))
        check_ranges(self.filters)
        pictures = len(self.avoid_pictures) + sum(len(part.pictures) for part in parts)
        check_amounts(queries=len(self.queries), pictures=pictures)
        if not parts and self.filters.is_empty:
            raise QueryError(
                "Nothing to search for: give words, a picture, or at least one filter.",
                zh="没有检索内容：请给出文字、图片，或至少一个筛选条件。",
            )
        return self

    def fingerprint(self) -> str:
        """Return a short hash of everything but the page, to tell whose cursor a cursor is."""
        named: list[bytes] = []
        for query in (*self.parts(), _joined_query(self.avoid_words, self.avoid_pictures)):
            named += (query.words.strip().encode(), *_picture_parts(query.pictures))
        told = (
            (
                self.alpha,
                self.space,
                self.fusion,
                self.target,
                self.sort,
                self.min_relevance,
                self.keep_weak,
                self.fold,
            ),
            sorted(self.channels),
            sorted((name, float(weight)) for name, weight in self.weights.items()),
            None if self.among is None else sorted(self.among),
            None if self.filters.is_empty else _told_filters(self.filters),
        )
        named.append(repr(told).encode())
        return hashlib.blake2b(b"\x00".join(named), digest_size=_FINGERPRINT_BYTES).hexdigest()


_joined_query = quickly(JoinedQuery)


def _told_filters(filters: Filters) -> tuple[object, ...]:
    """Return what filters hold, in an order of its own."""
    names = (filters.platforms, filters.shops, filters.categories)
    return *map(sorted, names), filters.price_min, filters.price_max, filters.captured_from, filters.captured_to


def _picture_parts(pictures: Iterable[AskedPicture]) -> Iterator[bytes]:
    """Yield each picture as its hash, so that no bytes of one can pass for another part, and its region."""
    for picture in pictures:
        yield hashlib.sha256(picture.data).digest()
        yield str(picture.region).encode()
