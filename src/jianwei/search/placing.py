"""Adds to the hits of a page what only the whole ranking knows: ranks, relevance, places in channels, copies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jianwei.search.cursor import Ranking
    from jianwei.search.ranking import Ranked
    from jianwei.search.results import Hit, PictureFold

SAME_PICTURE_REACH = 31
"""Hamming distance of PDQ hashes up to which two pictures are copies of each other. Source: the threshold that the
reference implementation of PDQ recommends (ThreatExchange, pdq/README)."""


def with_places(
    hits: Iterable[Hit], page: Ranking, ranked: Ranked, folds: Mapping[int, PictureFold]
) -> tuple[Hit, ...]:
    """Return hits in the order of the page, whose ranks they have already.

    `ranked` is the ranking of this moment, which may know nothing of a listing that a cursor still names. `folds` is
    what stands under a hit, by its place on the page.
    """
    ordered = sorted(hits, key=lambda hit: hit.rank)
    channel_ranks = ranked.places_of([hit.listing.listing_no for hit in ordered])
    earlier = _earlier_copies(ordered)
    placed = []
    for hit in ordered:
        place = hit.rank - page.first_rank - 1
        placed.append(
            replace(
                hit,
                relevance=page.relevances[place],
                query_no=page.question_nos[place],
                channel_ranks=channel_ranks.get(hit.listing.listing_no, {}),
                same_picture_as=earlier.get(hit.rank),
                fold=folds.get(place),
            )
        )
    return tuple(placed)


def _earlier_copies(hits: Sequence[Hit]) -> dict[int, int]:
    """Return, by the rank of hits in their order, the rank of the first before whose picture is the same or a copy."""
    originals: list[tuple[int, str, int | None]] = []
    found: dict[int, int] = {}
    for hit in hits:
        if hit.picture is None:
            continue
        facts = hit.picture.picture.facts
        bits = None if facts.pdq is None else int.from_bytes(facts.pdq)
        earlier = next((rank for rank, sha256, other in originals if _same(facts.sha256, bits, sha256, other)), None)
        if earlier is None:
            originals.append((hit.rank, facts.sha256, bits))
        else:
            found[hit.rank] = earlier
    return found


def _same(sha256: str, bits: int | None, other_sha256: str, other_bits: int | None) -> bool:
    if sha256 == other_sha256:
        return True
    return bits is not None and other_bits is not None and (bits ^ other_bits).bit_count() <= SAME_PICTURE_REACH
