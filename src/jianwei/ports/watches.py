"""What is promised of standing watches: saved queries, and what they have found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from jianwei.records import Filters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

DEFAULT_CAP = 100
"""New hits that one run shows; what goes beyond is recorded as held back, for whoever asks for all."""


@dataclass(frozen=True, slots=True)
class WatchQuery:
    """What a watch looks for. `min_relevance` of None takes the library's threshold, as a search does.

    `region` is the part of the picture that is looked for, `left,top,width,height` in pixels or, where none is above 1,
    in shares of the picture; empty for all of it.
    """

    words: str = ""
    picture: bytes | None = field(default=None, repr=False)
    avoid_words: str = ""
    filters: Filters = field(default_factory=Filters)
    min_relevance: float | None = None
    region: str = ""


@dataclass(frozen=True, slots=True)
class Watch:
    """One saved query. It has looked at every change of the catalog up to `sequence`."""

    watch_no: int
    name: str
    query: WatchQuery
    cap: int
    created_at: datetime
    sequence: int
    last_run_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WatchHit:
    """One listing that a watch found, recorded once, as it was then.

    `channels` and `matched_words` are why, `picture_sha256` is the picture that shows it best, empty where it had
    none. `seen_at` is None until somebody has seen it; `held_back` where one run found more than its cap.
    """

    listing_no: int
    listing_id: str
    title: str
    platform: str
    shop: str
    relevance: float
    channels: Mapping[str, float]
    matched_words: tuple[str, ...]
    picture_sha256: str
    sequence: int
    found_at: datetime
    seen_at: datetime | None = None
    held_back: bool = False


@dataclass(frozen=True, slots=True)
class WatchCounts:
    """Hits of a watch: all, those that nobody has seen yet, and those held back."""

    hits: int
    unseen: int
    held_back: int


@dataclass(frozen=True, slots=True)
class WatchRun:
    """What one run of one watch found: new hits that are shown, and how many more were held back."""

    name: str
    looked_at: int
    new: int
    held_back: int
    problem: str = ""
    problem_zh: str = ""


class WatchesReader(Protocol):
    """Reads watches. Sees committed data only, safe to use from several threads."""

    def watches(self) -> list[Watch]:
        """Return all watches, by name."""
        ...

    def watch(self, name: str) -> Watch | None:
        """Return the watch of a name."""
        ...

    def counts(self, watch_no: int) -> WatchCounts:
        """Count the hits of a watch."""
        ...

    def hits(self, watch_no: int, *, unseen: bool, held_back: bool, limit: int) -> list[WatchHit]:
        """Return hits, newest first, of one moment the most relevant first; `held_back` adds those held back."""
        ...

    def known(self, watch_no: int, listing_nos: Sequence[int]) -> set[int]:
        """Return which of the listings a watch has found before."""
        ...


class WatchesWriter(Protocol):
    """Writes watches inside one transaction: all of it is kept, or nothing."""

    def put_watch(self, name: str, query: WatchQuery, *, cap: int, sequence: int) -> int:
        """Insert a watch, return its number.

        Raises:
            ConflictError: there is a watch of this name.
        """
        ...

    def put_hits(self, watch_no: int, hits: Sequence[WatchHit]) -> None:
        """Record hits; one that is recorded already stays as it is."""
        ...

    def set_looked_until(self, watch_no: int, sequence: int) -> None:
        """Record the change up to which a watch has looked, and that it ran now; it never goes back.

        Raises:
            NotFoundError: the watch is not there any more.
        """
        ...

    def mark_seen(self, watch_no: int, listing_ids: Sequence[str] | None) -> int:
        """Mark hits as seen, None for all; return how many were not before."""
        ...

    def delete_watch(self, watch_no: int) -> None:
        """Remove a watch with its hits."""
        ...


class WatchesStore(WatchesReader, Protocol):
    """Watches of one library."""

    def writing(self) -> AbstractContextManager[WatchesWriter]:
        """Open a transaction.

        Raises:
            WriterLockedError: another process is writing to the library.
            StorageFullError: the disk is full; nothing of the transaction is kept.
        """
        ...
