"""What a search answers: hits with the reasons for each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jianwei.records import Listing, Picture, PictureRole, Quad
    from jianwei.search.language_routing import SpaceChoice

Channel = Literal[
    "text:title",
    "text:spec",
    "text:ocr",
    "text:caption",
    "text:sound",
    "hash",
    "copy",
    "vector:picture",
    "vector:title",
    "vector:caption",
]
"""One way to score a candidate. Text channels give the share of the words that stands in a listing, 0 and up and
comparable between queries, or BM25 where a way of fusion other than `calibrated` ranks by that; `hash` gives
1 − distance / 256 (0..1), `copy` how much of a picture lies alike (0..1), vector channels give cosines (-1..1)."""

CHANNELS: tuple[Channel, ...] = get_args(Channel)

PICTURE_CHANNELS: frozenset[Channel] = frozenset(
    {"text:ocr", "text:caption", "hash", "copy", "vector:picture", "vector:caption"}
)
"""The channels that speak of a single picture, not of the listing that shows it."""


HASH_REACH = 64
"""Hamming distance from which on two pictures count as unlike; unrelated pictures differ by 128 on average."""

SAME_PICTURE_REACH = 31
"""Hamming distance of PDQ hashes up to which two pictures are copies of each other. Source: the threshold that the
reference implementation of PDQ recommends (ThreatExchange, pdq/README)."""


@dataclass(frozen=True, slots=True)
class Highlight:
    """Words of the query found in one line of a listing.

    `spans` are [start, end) characters of `text`. For lines read in a picture, `line_box` frames the line and
    `boxes` the words
    of each span, in picture pixels; for title, spec and caption both are empty.
    """

    field: Literal["title", "spec", "ocr", "caption"]
    text: str
    spans: tuple[tuple[int, int], ...]
    line_box: Quad | None = None
    boxes: tuple[Quad, ...] = ()


@dataclass(frozen=True, slots=True)
class HitPicture:
    """The picture of a listing that shows best why it was found.

    `distance` is that of the perceptual hashes, 0..256.
    """

    picture: Picture
    role: PictureRole
    highlights: tuple[Highlight, ...] = ()
    distance: int | None = None

    @property
    def near_distance(self) -> int | None:
        """The distance where it tells that the pictures are alike; None where it tells nothing."""
        return self.distance if self.distance is not None and self.distance < HASH_REACH else None

    @property
    def is_same(self) -> bool:
        """Whether it is a copy of what was asked for, as far as hashes tell."""
        return self.distance is not None and self.distance <= SAME_PICTURE_REACH


@dataclass(frozen=True, slots=True)
class FoldedListing:
    """A listing that stands under a hit, because `picture`, which it shows, is the same as one of the hit.

    `distance` counts the bits in which the hashes of both differ, 0 for the same file; None where one has no hash.
    """

    listing: Listing
    score: float
    relevance: float
    picture: Picture
    distance: int | None


@dataclass(frozen=True, slots=True)
class PictureFold:
    """What stands under a hit: the listings of this search that show the same picture.

    `picture` is the one of the hit. `listings` and `shops` count all, the hit among them; `under` are the others in
    their order, 100 at most.
    """

    picture: Picture
    listings: int
    shops: int
    under: tuple[FoldedListing, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """One listing that answers the request; where pictures are looked for, one `picture`, and the best that shows it.

    `score` is the fused score in 0..1, comparable within one request only. `relevance` estimates how likely it is that
    a person calls the listing relevant, comparable between requests. `channels` holds the raw score of each channel
    that took part and found something, `channel_ranks` its place among the candidates there (1 for the best).
    `query_no` is the joined query that it answers best, 0 for the request's own words and pictures. `same_picture_as`
    is the rank of an earlier hit on the page that shows the same picture or a copy of it. `fold` holds the listings
    that stand under it; None where it stands alone.
    """

    rank: int
    listing: Listing
    score: float
    channels: Mapping[Channel, float]
    matched_words: tuple[str, ...]
    highlights: tuple[Highlight, ...]
    """Highlights of title, spec and captions; those of the picture are with the picture."""
    picture: HitPicture | None
    picture_count: int
    relevance: float = 1.0
    channel_ranks: Mapping[Channel, int] = field(default_factory=dict)
    query_no: int = 0
    same_picture_as: int | None = None
    fold: PictureFold | None = None


@dataclass(frozen=True, slots=True)
class ChannelOff:
    """A channel that could not take part, why, and the one command that turns it on (empty where there is none).

    `kind` tells whether it is off whatever is asked (usual), had nothing to look in or was not needed (idle), or failed
    now.
    """

    channel: str
    reason: str
    reason_zh: str
    command: str = ""
    kind: Literal["usual", "idle", "now"] = "now"


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page of hits. `cursor` asks for the next page; it is empty on the last.

    `total` counts all listings that the request matches, also beyond the depth that pages reach; `folded` those of them
    that were ranked and left out because their relevance is below `min_relevance`. No hits although something is folded
    means that nothing relevant is here. `avoided` counts those of them, as listings, that are relevant and were left
    out for what is to be avoided. `in_folds` counts the ranked listings, on whichever page, that stand under a hit
    with the same picture; they are among `total`. Where pictures are looked for, `total` counts what the ranked
    listings show. `words_read` are the words that were read in the query pictures and searched for.
    """

    hits: tuple[Hit, ...]
    total: int
    cursor: str
    elapsed_ms: float
    words_read: tuple[str, ...] = ()
    function_words: tuple[str, ...] = ()
    """Words of the request that tell nothing, such as 的 and "of": only how much of the others is there counts."""
    asks_nothing: bool = False
    """Whether every query is nothing but such words, so that nothing was looked for."""
    channels_off: tuple[ChannelOff, ...] = ()
    routing: SpaceChoice | None = None
    """Which vector spaces the words were looked for in, and why; None where none was asked."""
    folded: int = 0
    min_relevance: float = 0.0
    in_folds: int = 0
    avoided: int = 0
    ranked_nos: tuple[int, ...] = ()
    """The listings of this page and of those after it, best first, also those that stand under a hit."""
