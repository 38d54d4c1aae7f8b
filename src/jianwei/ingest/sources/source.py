"""What a source of listings is to the rest of ingest, and the one implementation that all layouts share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from jianwei.ingest.fetching.locations import is_archive_name
from jianwei.ingest.sources.duplicates import SeenListings
from jianwei.records import Failure, ListingRecord

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jianwei.ingest.sources.building import ListingBuilder
    from jianwei.ingest.sources.raw import RawSource


class Source(Protocol):
    """Listings as a stream; every iteration starts anew, in the same order."""

    @property
    def name(self) -> str:
        """A short name for people: the last part of its path."""
        ...

    @property
    def picture_root(self) -> Path | None:
        """The folder or archive that local pictures must lie inside of; None where any place is allowed."""
        ...

    @property
    def place(self) -> str:
        """What goes before the location of a broken record to make it a path, ending in its separator."""
        ...

    @property
    def place_told(self) -> str:
        """What stands instead of `place` before a location that is told to people elsewhere: the name of the source."""
        ...

    @property
    def records_begin(self) -> str:
        """What the full location of every record of this source, and of no other, begins with."""
        ...

    def estimated_total(self) -> int | None:
        """Return about how many listings there are, cheaply; None where only reading everything would tell."""
        ...

    def __iter__(self) -> Iterator[ListingRecord | Failure]:
        """Yield listings, and failures in place of broken records and refused pictures.

        Raises:
            SourceError: the source cannot be read (any more).
        """
        ...


class RecordSource:
    """Listings built from the raw records of any layout."""

    def __init__(self, path: Path, raw: RawSource, builder: ListingBuilder, *, picture_root: Path | None) -> None:
        self.name = path.name
        if path.is_dir():
            self.place = self.records_begin = f"{path}/"
            self.place_told = f"{path.name}/"
        elif is_archive_name(path.name):
            self.place = self.records_begin = f"{path}!/"
            self.place_told = f"{path.name}!/"
        else:
            self.place, self.records_begin = f"{path.parent}/", f"{path}:"
            self.place_told = f"{path.name}: "
        self.picture_root = picture_root
        self._raw = raw
        self._builder = builder

    def estimated_total(self) -> int | None:
        """Return about how many listings there are."""
        return self._raw.estimated_total()

    def __iter__(self) -> Iterator[ListingRecord | Failure]:
        """Yield each listing once, after the failures of its pictures."""
        seen = SeenListings()
        for raw in self._raw.rows():
            if isinstance(raw, Failure):
                yield raw
                continue
            listing, failures = self._builder.build(raw)
            verdict = seen.judge(listing, raw.place) if listing is not None else "new"
            if isinstance(verdict, Failure):
                yield verdict
            elif verdict == "new":
                yield from failures
                if listing is not None:
                    yield listing
