"""What only the whole ranking knows of the hits of a page: ranks, relevance, places in channels, copies."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from jianwei.search.results import SAME_PICTURE_REACH

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jianwei.search.cursor import Page
    from jianwei.search.ranking import Ranked
    from jianwei.search.results import Channel, Hit, PictureFold


class Placing(NamedTuple):
    """What the whole ranking says of one hit; the fields are those of `Hit`."""

    rank: int
    score: float
    relevance: float
    query_no: int
    channel_ranks: Mapping[Channel, int]
    fold: PictureFold | None


def placings(hits: Page, ranked: Ranked, folds: Mapping[int, PictureFold]) -> list[Placing]:
    """Return the placing of each hit of a page.

    `ranked` is the ranking of this moment, which may know nothing of a listing that a cursor still names. `folds` is
    what stands under a hit, by its place on the page.
    """
    channel_ranks = ranked.places_of(hits.listing_nos)
    first, count = hits.first_rank + 1, len(hits.listing_nos)
    told = [channel_ranks.get(number, {}) for number in hits.listing_nos]
    under = map(folds.get, range(count))
    every = zip(range(first, first + count), hits.scores, hits.relevances, hits.question_nos, told, under, strict=True)
    return list(map(Placing._make, every))


def with_copies(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """Return hits by rank, each with the rank of the first before it whose picture is the same or a copy."""
    by_file: dict[str, int] = {}
    by_hash: list[tuple[int, int]] = []
    told: list[Hit] = []
    for hit in sorted(hits, key=attrgetter("rank")):
        told.append(hit)
        if hit.picture is None:
            continue
        facts = hit.picture.picture.facts
        bits = None if facts.pdq is None else int.from_bytes(facts.pdq)
        earlier = _first_near(bits, by_hash, by_file.get(facts.sha256))
        if earlier is not None:
            told[-1] = replace(hit, same_picture_as=earlier)
            continue
        by_file[facts.sha256] = hit.rank
        if bits is not None:
            by_hash.append((hit.rank, bits))
    return tuple(told)


def _first_near(bits: int | None, earlier: Iterable[tuple[int, int]], same: int | None) -> int | None:
    """Return the lowest rank of those with a near hash, or `same`, that of the very same file, if that is lower."""
    if bits is not None:
        for rank, other in earlier:
            if same is not None and same < rank:
                break
            if (bits ^ other).bit_count() <= SAME_PICTURE_REACH:
                return rank
    return same
