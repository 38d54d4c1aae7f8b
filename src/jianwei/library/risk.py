"""`library.risk`: screening the listings of a library, and what was found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.catalog.sql_catalog import SESSION_WAIT_S
from jianwei.errors import NotFoundError
from jianwei.library.rulebooks import open_rulebook, open_screener, screening_version
from jianwei.library.screening_batches import ScreeningBatches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from jianwei.catalog.findings.finding_store import SqlFindings
    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.ports.findings import ListingScreening, RiskStatus, Screening
    from jianwei.records import Listing, Picture
    from jianwei.risk.rules import Rulebook
    from jianwei.risk.screener import Screener
    from jianwei.risk.views.screened_text import ScreeningInput
    from jianwei.settings import Settings

_BATCH = 200


@dataclass(frozen=True, slots=True)
class ScreenReport:
    """What one run of screening did: listings screened now, and of those how many have each status."""

    screened: int
    suspected: int
    review: int
    rulebook_version: str
    slow_patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScreenedListing:
    """One listing with what was found on it. `pictures` are those that findings name, by `picture_no`."""

    listing: Listing
    result: ListingScreening
    pictures: Mapping[int, Picture]


class LibraryRisk:
    """Screening of one library, by the rules in force for it."""

    def __init__(self, path: Path, catalog: SqlCatalog, store: SqlFindings, settings: Settings) -> None:
        self._path = path
        self._catalog = catalog
        self._store = store
        self._settings = settings

    @property
    def screener(self) -> Screener:
        """The rules, ready to screen.

        Raises:
            RulebookError: a rule file is broken and the settings say to refuse.
        """
        return open_screener(self._settings, self._path)

    @property
    def rulebook(self) -> Rulebook:
        """The rules themselves, which are there sooner than what screens by them.

        Raises:
            RulebookError: a rule file is broken and the settings say to refuse.
        """
        return open_rulebook(self._settings, self._path)

    def check_rules(self) -> None:
        """Refuse before any work is done where the rules cannot be used.

        Raises:
            RulebookError: a rule file is broken and the settings say to refuse.
        """
        _ = self.rulebook

    def screen_text(self, source: ScreeningInput) -> Screening:
        """Screen a text that is not in the library."""
        return self.screener.screen(source)

    def waiting(self, *, everything: bool = False) -> int:
        """Return how many listings `screen` would screen now.

        Raises:
            RulebookError: a rule file is broken and the settings say to refuse.
        """
        version = "" if everything else screening_version(self._settings, self._path)
        return self._store.count_to_screen(version)

    def suspected_since(self, moment: datetime) -> int:
        """Return how many of the listings that were screened at a moment or later are suspected."""
        return self._store.counts_since(moment).get("suspected", 0)

    def screen(self, *, everything: bool = False, progress: Callable[[int], None] | None = None) -> ScreenReport:
        """Screen what changed since it was screened, or all listings, and store what was found.

        `progress` gets the number of listings done. A change of the rules counts as a change of every listing.

        Raises:
            RulebookError: a rule file is broken and the settings say to refuse.
            WriterLockedError: another process is writing to the library.
            StorageFullError: the disk is full; what was stored is kept.
        """
        screener = self.screener
        version = "" if everything else screener.version  # no listing was ever screened by ""
        counts: Counter[RiskStatus] = Counter()
        after = done = 0
        batches = ScreeningBatches(self._catalog, self._store, screener)
        with self._catalog.writer_session(wait_s=SESSION_WAIT_S):
            while (batch := batches.next(version, after)) is not None:
                after = batch.last_no
                counts.update(batch.statuses)
                done += batch.size
                if progress is not None:
                    progress(done)
        slow = tuple(sorted(screener.slow.counts))
        return ScreenReport(done, counts["suspected"], counts["review"], screener.version, slow)

    def listing(self, listing_id: str) -> ScreenedListing:
        """Return what was found on one listing.

        Raises:
            NotFoundError: there is no such listing, or it was never screened.
        """
        listing = self._catalog.listing_by_id(listing_id)
        found = [] if listing is None else list(self.views([listing.listing_no]))
        if not found:
            raise NotFoundError(
                f"Nothing was screened under the id {listing_id!r}. Screen the library with: jianwei screen",
                zh=f"没有编号为 {listing_id!r} 的筛查结果。请先筛查：jianwei screen",
                listing_id=listing_id,
            )
        return found[0]

    def of(self, listing_nos: Sequence[int]) -> dict[int, ListingScreening]:
        """Return what was found on many listings; those never screened are missing."""
        return self._store.screenings(listing_nos)

    def findings(
        self,
        *,
        statuses: Sequence[RiskStatus] = ("suspected", "review"),
        categories: Sequence[str] = (),
        limit: int | None = None,
        offset: int = 0,
    ) -> Iterator[ScreenedListing]:
        """Yield the listings with these statuses (of any of these categories), highest score first."""
        chosen = self._store.screened(statuses=statuses, categories=categories)
        chosen = chosen[offset:] if limit is None else chosen[offset : offset + limit]
        for start in range(0, len(chosen), _BATCH):
            yield from self.views(chosen[start : start + _BATCH])

    def listing_nos(self, statuses: Sequence[RiskStatus]) -> list[int]:
        """Return the numbers of the listings with these statuses, highest score first."""
        return self._store.screened(statuses=statuses)

    def counts(self) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
        """Return how many listings have each status, and how many each status of each category."""
        return self._store.counts()

    def with_contact(self, kind: str, value: str) -> list[Listing]:
        """Return the listings that give a contact; `value` is normalised."""
        listing_nos = self._store.listings_with_contact(kind, value)
        known = self._catalog.listings(listing_nos)
        return [known[listing_no] for listing_no in listing_nos if listing_no in known]

    def views(self, listing_nos: Sequence[int]) -> Iterator[ScreenedListing]:
        """Yield what was found on listings, in the order given; those that were never screened are left out."""
        listings = self._catalog.listings(listing_nos)
        results = self._store.screenings(listing_nos)
        numbers = {number for result in results.values() for number in _picture_nos(result.screening)}
        pictures = self._catalog.pictures(sorted(numbers))
        for listing_no in listing_nos:
            if listing_no in listings and listing_no in results:
                result = results[listing_no]
                named = {no: pictures[no] for no in _picture_nos(result.screening) if no in pictures}
                yield ScreenedListing(listings[listing_no], result, named)


def _picture_nos(screening: Screening) -> Iterator[int]:
    places = [place for item in screening.findings for place in item.places]
    places += [place for item in screening.identifiers for place in item.places]
    places += [place for item in screening.contacts for place in item.places]
    return (place.picture_no for place in places if place.picture_no is not None)
