"""Adds to rows of an export what screening suspects and what people decided: what a case officer looks for first."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from jianwei.bilingual import Both
from jianwei.export.columns import RowVerdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jianwei.errors import Language
    from jianwei.export.columns import ExportRow
    from jianwei.library import Library
    from jianwei.library.reviews import ReviewedListing

_AT_ONCE = 200
_MOST_WORDS = 12
_STATUSES = {
    "confirmed": Both("confirmed by a reviewer", "已人工确认"),
    "suspected": Both("suspected", "疑似违法"),
    "review": Both("to be looked at", "待核查"),
    "dismissed": Both("dismissed by a reviewer", "已人工排除"),
    "clear": Both("nothing found", "未发现"),
}


def with_verdicts(library: Library, rows: Iterable[ExportRow], language: Language) -> Iterator[ExportRow]:
    """Yield the rows with their verdicts in a language; a listing that was never screened has none."""
    waiting = iter(rows)
    while some := list(islice(waiting, _AT_ONCE)):
        reviewed = library.reviews.of([row.view.listing.listing_no for row in some])
        for row in some:
            item = reviewed.get(row.view.listing.listing_no)
            yield row if item is None else replace(row, verdict=_verdict(library, item, language))


def _verdict(library: Library, item: ReviewedListing, language: Language) -> RowVerdict:
    codes = [category.code for category in item.verdict.open_categories]
    known = library.risk.rulebook.categories if codes else {}
    titles = [Both(known[code].en, known[code].zh).say(language) if code in known else code for code in codes]
    words = (
        word.strip()
        for finding in item.screened.result.screening.findings
        if finding.category in codes
        for word in finding.seen
    )
    distinct = dict.fromkeys(word for word in words if word)
    return RowVerdict(_STATUSES[item.verdict.status].say(language), tuple(titles), tuple(islice(distinct, _MOST_WORDS)))
