"""What the façade shows of a library beside search results: one listing whole, and the state of everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jianwei.records import CatalogStats, Listing, OcrLine, Picture, PictureCode, PictureRole, VectorKind

IndexName = Literal["text", "hash", "feature", "vector"]
IndexStatus = Literal["ready", "behind", "missing", "unreachable", "rebuilt"]


@dataclass(frozen=True, slots=True)
class PictureView:
    """One picture in its place on a listing. `read` is False where OCR has not looked at it."""

    picture: Picture
    role: PictureRole
    position: int
    lines: tuple[OcrLine, ...]
    read: bool
    codes: tuple[PictureCode, ...] = ()


@dataclass(frozen=True, slots=True)
class ListingView:
    """One listing with its pictures, their text, and the raw record it came from."""

    listing: Listing
    pictures: tuple[PictureView, ...]
    source: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class IndexState:
    """How far an index has come.

    `behind` is caught up by the next write, `missing` is rebuilt by the next search; of one that is `unreachable` its
    server does not answer. A vector index names its `space` and what its `vectors` stand for; there are two for each
    space.
    """

    name: IndexName
    sequence: int
    catalog_sequence: int
    size_bytes: int
    status: IndexStatus
    space: str = ""
    vectors: VectorKind | None = None


@dataclass(frozen=True, slots=True)
class LibraryStats:
    """Counts of the catalog, the state of the indexes, and the bytes of each part of the library folder."""

    catalog: CatalogStats
    indexes: tuple[IndexState, ...]
    size_bytes: Mapping[str, int]
