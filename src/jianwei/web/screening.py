"""What pages and API ask of screening: many listings at once, and texts of no listing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jianwei.risk.views.listing_input import conduct_day
from jianwei.risk.views.screened_text import ScreeningInput, Segment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jianwei.library.reviews import ReviewedListing
    from jianwei.ports.findings import Screening
    from jianwei.search.results import Hit
    from jianwei.web.desk import Desk


def screen_text(desk: Desk, text: str) -> Screening:
    """Screen a text, each of its lines as a line of a listing."""
    segments = tuple(Segment(line, "ocr", follows=place > 0) for place, line in enumerate(text.splitlines()) if line)
    source = ScreeningInput(segments, conduct_day(datetime.now(UTC)), text_only=True)
    return desk.library.risk.screen_text(source)


def risks_of(desk: Desk, hits: Iterable[Hit]) -> dict[int, ReviewedListing]:
    """Return what was found and decided on the listings of hits, by `listing_no`; those never screened are missing."""
    return desk.library.reviews.of([hit.listing.listing_no for hit in hits])
