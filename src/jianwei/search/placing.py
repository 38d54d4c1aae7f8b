"""Adds to the hits of a page what only the whole ranking knows: ranks, relevance, places in channels, copies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jianwei.search.cursor import Ranking
    from jianwei.search.ranking import Ranked
    from jianwei.search.results import Hit

SAME_PICTURE_REACH = 31
"""Hamming distance of PDQ hashes up to which two pictures are copies of each other. Source: the threshold that the
reference implementation of PDQ recommends (ThreatExchange, pdq/README)."""


def with_places(hits: Iterable[Hit], page: Ranking, ranked: Ranked) -> tuple[Hit, ...]:
    """Return hits in the order of the page, whose ranks they have already.

    `ranked` is the ranking of this moment, which may know nothing of a listing that a cursor still names.
    """
    placed = [
        replace(
            hit,
            relevance=page.relevances[hit.rank - page.first_rank - 1],
            query_no=page.question_nos[hit.rank - page.first_rank - 1],
            channel_ranks=ranked.places_of(hit.listing.listing_no),
        )
        for hit in hits
    ]
    return _with_copies(sorted(placed, key=lambda hit: hit.rank))


def _with_copies(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Return hits that name the first hit before them whose picture is the same or a copy."""
    told: list[Hit] = []
    for hit in hits:
        earlier = next((other for other in told if other.same_picture_as is None and _same_picture(other, hit)), None)
        told.append(hit if earlier is None else replace(hit, same_picture_as=earlier.rank))
    return tuple(told)


def _same_picture(one: Hit, other: Hit) -> bool:
    if one.picture is None or other.picture is None:
        return False
    first, second = one.picture.picture.facts, other.picture.picture.facts
    if first.sha256 == second.sha256:
        return True
    if first.pdq is None or second.pdq is None:
        return False
    bits = np.frombuffer(first.pdq, np.uint8) ^ np.frombuffer(second.pdq, np.uint8)
    return int(np.bitwise_count(bits).sum()) <= SAME_PICTURE_REACH
