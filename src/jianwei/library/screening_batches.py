"""Screening batch by batch: some hundred listings at a time are read, screened by the rules, and stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.risk.views.listing_input import by_listing, listing_input

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.catalog.findings.finding_store import SqlFindings
    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.ports.findings import RiskStatus
    from jianwei.risk.screener import Screener
    from jianwei.risk.views.screened_text import ScreeningInput

BATCH = 500
"""Listings of one transaction: the screener takes about so many at once, and each transaction waits for the disk."""


@dataclass(frozen=True, slots=True)
class ScreenedBatch:
    """What one batch came to: the last number of its listings, how many they are, the status of each that is there."""

    last_no: int
    size: int
    statuses: tuple[RiskStatus, ...]


class ScreeningBatches:
    """Screens the listings of one catalog. For one thread at a time."""

    def __init__(self, catalog: SqlCatalog, store: SqlFindings, screener: Screener) -> None:
        self._catalog = catalog
        self._store = store
        self._screener = screener

    def next(self, version: str, after_no: int, *, least: int = 1) -> ScreenedBatch | None:
        """Screen the next listings beyond a number that changed or were not screened by `version`, and store it.

        None where there are none, or fewer than `least`.

        Raises:
            StorageFullError: the disk is full; nothing of the batch is kept.
        """
        batch = self._store.to_screen(version, after_no, BATCH)
        if not batch or len(batch) < least:
            return None
        sources = self._sources([listing_no for listing_no, _ in batch])
        found = dict(zip(sources, self._screener.screen_many(list(sources.values())), strict=True))
        with self._store.writing_findings() as writer:
            writer.put_screenings([(no, found[no], sequence) for no, sequence in batch if no in found])
        return ScreenedBatch(batch[-1][0], len(batch), tuple([each.status for each in found.values()]))

    def _sources(self, listing_nos: Sequence[int]) -> dict[int, ScreeningInput]:
        listings = self._catalog.listings(listing_nos)
        # Nothing can be said of what listings lack of which some picture could not be read.
        failed = self._store.failed_among([listing.listing_id for listing in listings.values()])
        shown = self._catalog.picture_nos_of(list(listings))
        pictures = [number for numbers in shown.values() for number in numbers]
        lines = self._catalog.ocr_lines(pictures)
        codes = self._catalog.codes(pictures)
        captions = (
            {item.listing_no: item.caption for item in self._catalog.text_documents(list(listings))} if pictures else {}
        )
        return {
            listing_no: listing_input(
                listing,
                by_listing(lines, shown.get(listing_no, ())),
                codes={no: codes[no] for no in shown.get(listing_no, ()) if no in codes},
                captions=captions.get(listing_no, ()),
                whole=listing.listing_id not in failed and all(no in lines for no in shown.get(listing_no, ())),
            )
            for listing_no, listing in listings.items()
        }
