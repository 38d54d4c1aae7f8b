"""What the indexes promise: text, perceptual hashes and vectors, each complete up to a change of the catalog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from jianwei.records import Filters, TextDocument
    from jianwei.text.query_syntax import QueryNode

TextField = Literal["title", "spec", "ocr", "caption", "sound"]
"""What a listing says, by where it says it; `sound` is how all of it sounds, and is only looked for by itself."""


class TextHit(NamedTuple):
    """One listing found by words. `score` is a BM25 sum, above 0, only comparable within one query."""

    listing_no: int
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class TextHits:
    """Listings found by words: (k,) `listing_nos` and their `scores`. Going through it gives a `TextHit` for each.

    `total` is how many match in all, where they were counted on the way.
    """

    listing_nos: NDArray[np.int64]
    scores: NDArray[np.float64]
    total: int | None = None

    def __len__(self) -> int:
        return len(self.listing_nos)

    def __iter__(self) -> Iterator[TextHit]:
        return map(TextHit._make, zip(self.listing_nos.tolist(), self.scores.tolist(), strict=True))


class ReadLines(NamedTuple):
    """The n lines that were read in the pictures of some listings.

    `text` holds them folded, joined by `jianwei.text.highlight.BETWEEN_LINES`; `places` are (n,) rows of `picture_no`
    and the `number` of the line in that picture. Of the listings that are `unknown` nothing can be told here.
    """

    text: str
    places: NDArray[np.void]
    unknown: list[int]


class TextIndex(Protocol):
    """Full-text search over listings."""

    @property
    def sequence(self) -> int:
        """The catalog change up to which the index is complete."""
        ...

    @property
    def document_count(self) -> int:
        """How many listings the index holds."""
        ...

    @property
    def fields(self) -> frozenset[TextField]:
        """The fields in which any listing has text; the others need not be asked."""
        ...

    def apply(self, documents: Iterable[TextDocument], *, deleted: Sequence[int], sequence: int) -> None:
        """Insert or replace documents, remove others, and record `sequence`; visible when this returns."""
        ...

    def search(
        self,
        query: QueryNode | None,
        *,
        fields: Sequence[TextField],
        filters: Filters,
        limit: int,
        only: Sequence[int] | None = None,
    ) -> TextHits:
        """Return the best listings, score descending, ties by ascending `listing_no`.

        `fields` are where terms without a field name are looked for. `only` restricts to these listings
        (None: all), which
        also serves to score given candidates exactly. A query of None matches every listing with score 1.
        """
        ...

    def coverage(
        self, asked: Sequence[tuple[QueryNode, Sequence[TextField]]], *, only: Sequence[int] | NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return (asked, only): which share of each query, 0 and up, each listing holds in any of the fields beside it.

        1 is all of it; of a long text already what is enough to be sure, and more for more.

        Unlike the score of `search` it is comparable between queries. Parts weigh by their rarity; a phrase counts
        whole or not at all, of an OR the best part, and what must not match not at all.
        """
        ...

    def lines_held(
        self, lines: Sequence[str], field: TextField, *, only: Sequence[int] | NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return (only,) how many of some lines, read on one picture, each listing holds in a field, 0 and up.

        A line counts by the square of the rarity of its rarest piece that stands there, from 0 for what stands
        everywhere to 1 for what stands once in a large library, and by the share of it that stands; one of a single
        piece counts half. What an earlier line says counts once.
        """
        ...

    def read_lines(self, listing_nos: Sequence[int]) -> ReadLines:
        """Return the lines that were read in the pictures of some listings."""
        ...

    def first_pictures(self, listing_nos: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
        """Return (n,) the first picture of each listing, 0 where it shows none and -1 where nothing is known of it."""
        ...

    def count(self, query: QueryNode | None, *, fields: Sequence[TextField], filters: Filters) -> int:
        """Return how many listings match."""
        ...

    def close(self) -> None:
        """Release files."""
        ...


@dataclass(frozen=True, slots=True)
class HashHit:
    """One picture near a PDQ hash. `distance` counts differing bits, 0..256."""

    picture_no: int
    distance: int


class HashIndex(Protocol):
    """Nearest neighbours of perceptual hashes by Hamming distance."""

    @property
    def sequence(self) -> int:
        """The catalog change up to which the index is complete."""
        ...

    def apply(
        self,
        picture_nos: NDArray[np.int64],
        rows: NDArray[np.uint8],
        *,
        deleted: Sequence[int],
        sequence: int,
    ) -> None:
        """Insert or replace (n, 32) hashes as `rows`, remove others, record `sequence`; visible when this returns."""
        ...

    def search(
        self, hashes: NDArray[np.uint8], *, max_distance: int, limit: int, allowed: NDArray[np.int64] | None = None
    ) -> list[HashHit]:
        """Return pictures within `max_distance` of any of the (m, 32) hashes, nearest first, ties by `picture_no`.

        `allowed` (n,) restricts them to some ascending pictures; those without a hash do not matter.
        """
        ...

    def hashes_of(self, picture_nos: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Return those of some ascending pictures that have a hash, (n,), and the (n, 32) hashes."""
        ...

    def close(self) -> None:
        """Release files."""
        ...


@dataclass(frozen=True, slots=True)
class VectorHits:
    """Neighbours of (q,) query vectors: (q, k) keys padded with -1, and (q, k) inner products padded with -inf."""

    keys: NDArray[np.int64]
    scores: NDArray[np.float32]


class VectorIndex(Protocol):
    """Nearest neighbours of unit vectors of one space by inner product. Keys are 0 or more."""

    @property
    def sequence(self) -> int:
        """The catalog change up to which the index is complete."""
        ...

    def apply(
        self,
        keys: NDArray[np.int64],
        vectors: NDArray[np.float32],
        *,
        deleted: Sequence[int],
        sequence: int,
    ) -> None:
        """Insert or replace (n, dims) unit rows, remove others, and record `sequence`; visible when this returns.

        A key in both `keys` and `deleted` stays, with the new vector; of a key that comes twice the last row counts.

        Raises:
            VectorError: a row has the wrong length, is not finite, or is not of length 1 (± 0.001), or a key is
                negative; nothing has changed.
        """
        ...

    def search(self, queries: NDArray[np.float32], *, k: int, allowed: NDArray[np.int64] | None = None) -> VectorHits:
        """Return the k best keys of each (q, dims) query, best first, ties by ascending key.

        `allowed` restricts the keys inside the search, never after it; keys that are not in the index do not matter.

        Raises:
            VectorError: a query has the wrong length or is not finite.
        """
        ...

    def score(self, queries: NDArray[np.float32], keys: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the (q, n) inner products of each query with each key, -inf where a key is not in the index.

        Raises:
            VectorError: a query has the wrong length or is not finite.
        """
        ...

    def close(self) -> None:
        """Release files."""
        ...
