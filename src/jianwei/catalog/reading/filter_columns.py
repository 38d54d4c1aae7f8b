"""What filters look at, of all listings, in memory: columns of numbers that follow the catalog by its change sequence.

Reading a row of every listing takes seconds for a million; comparing columns takes milliseconds, and an answer that
was given before costs nothing until a listing changes. A million listings with two pictures each take about 70 MB, from
the first question on that needs it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jianwei.catalog.change_log import stored_kind
from jianwei.catalog.engine.late_statements import LateStatements
from jianwei.catalog.reading.shown_pictures import ShownPictures, in_order, shown_of
from jianwei.catalog.reading.shown_reading import every_place
from jianwei.catalog.stored.values import to_microseconds, to_stored_text
from jianwei.text.platform_names import wanted_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jianwei.catalog.engine.statements import Row, Session
    from jianwei.catalog.tables import queries
    from jianwei.records import Filters
else:
    queries = LateStatements("jianwei.catalog.tables.queries")

Numbers = NDArray[np.int64]

_NO_TIME = np.iinfo(np.int64).min
_MOST_ANSWERS = 16
"""Answers kept; each takes up to 8 bytes a listing and picture."""
_MOST_CHANGES = 20_000
"""From here on everything is read anew, which then takes about as long."""


@dataclass(frozen=True, slots=True)
class FilterColumns:
    """The columns of n listings by ascending number, and the m places where they show pictures.

    Attributes:
        sequence: the change of the catalog up to which they are complete.
        numbers: (n,) `listing_no`.
        texts: (3, n) codes of platform, shop and category.
        prices: (n,), NaN without one.
        captured_us: (n,) microseconds since 1970, the least number without a time.
        shown: the (m,) places.
    """

    sequence: int
    numbers: Numbers
    texts: NDArray[np.int32]
    prices: NDArray[np.float64]
    captured_us: Numbers
    shown: ShownPictures

    def without(self, numbers: Numbers) -> FilterColumns:
        """Return the columns without some listings."""
        kept, still = ~np.isin(self.numbers, numbers), ~np.isin(self.shown.listing_nos, numbers)
        return replace(
            self,
            numbers=self.numbers[kept],
            texts=self.texts[:, kept],
            prices=self.prices[kept],
            captured_us=self.captured_us[kept],
            shown=ShownPictures(self.shown.listing_nos[still], self.shown.picture_nos[still]),
        )

    def joined(self, other: FilterColumns) -> FilterColumns:
        """Return the columns with those of other listings, at the sequence of the others."""
        numbers = np.concatenate([self.numbers, other.numbers])
        order = np.argsort(numbers, kind="stable")
        return FilterColumns(
            other.sequence,
            numbers[order],
            np.concatenate([self.texts, other.texts], axis=1)[:, order],
            np.concatenate([self.prices, other.prices])[order],
            np.concatenate([self.captured_us, other.captured_us])[order],
            in_order(
                np.concatenate([self.shown.listing_nos, other.shown.listing_nos]),
                np.concatenate([self.shown.picture_nos, other.shown.picture_nos]),
            ),
        )


class FilterCache:
    """Answers which listings and pictures are inside filters. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._codes: dict[str, int] = {}
        self._columns: FilterColumns | None = None
        self._answers: dict[Filters, tuple[Numbers, Numbers]] = {}

    def inside(self, session: Session, sequence: int, filters: Filters) -> tuple[Numbers, Numbers]:
        """Return the ascending `listing_no`s inside filters and the ascending `picture_no`s that they show.

        `session` sees the catalog at `sequence`.
        """
        with self._lock:
            if self._columns is None and filters.shops:
                # Few listings, quickly found: not worth reading all for, at least by a program that asks once.
                return self._answered(self._of_shops(session, sequence, filters), filters)
            columns = self._followed(session, sequence)
            if filters not in self._answers:
                if len(self._answers) >= _MOST_ANSWERS:
                    del self._answers[next(iter(self._answers))]
                self._answers[filters] = self._answered(columns, filters)
                for numbers in self._answers[filters]:
                    numbers.flags.writeable = False  # they are lent to many
            return self._answers[filters]

    def shown_at(self, sequence: int) -> ShownPictures | None:
        """Return which listings show which pictures at a sequence; None where that is not in memory."""
        columns = self._columns
        return columns.shown if columns is not None and columns.sequence == sequence else None

    def _of_shops(self, session: Session, sequence: int, filters: Filters) -> FilterColumns:
        rows = session.rows_for(queries.filter_columns_of_shops, map(to_stored_text, sorted(filters.shops)))
        shown = shown_of(session.rows_for(queries.pictures_shown, [row[0] for row in rows]))
        return self._columns_of(rows, shown, sequence)

    def _followed(self, session: Session, sequence: int) -> FilterColumns:
        """Return the columns at a sequence. A reader that sees an older state than the columns gets its own."""
        columns = self._columns
        if columns is None or columns.sequence > sequence:
            return self._kept(self._read(session, sequence))
        if columns.sequence == sequence:
            return columns
        changes = session.rows(queries.changes_after, stored_kind("listing", None), columns.sequence, _MOST_CHANGES)
        if len(changes) == _MOST_CHANGES:
            return self._kept(self._read(session, sequence))
        if not changes:
            self._columns = replace(columns, sequence=sequence)
            return self._columns
        changed = [number for _, number, _ in changes]
        fresh = self._columns_of(
            session.rows_for(queries.filter_columns_of_listings, changed),
            shown_of(session.rows_for(queries.pictures_shown, changed)),
            sequence,
        )
        return self._kept(columns.without(np.array(changed, np.int64)).joined(fresh))

    def _kept(self, columns: FilterColumns) -> FilterColumns:
        self._columns = columns
        self._answers.clear()
        return columns

    def _read(self, session: Session, sequence: int) -> FilterColumns:
        self._codes.clear()
        listing_nos, picture_nos, _ = every_place(session)
        shown = ShownPictures(listing_nos, picture_nos)
        return self._columns_of(session.rows(queries.filter_columns), shown, sequence)

    def _columns_of(self, rows: Sequence[Row], shown: ShownPictures, sequence: int) -> FilterColumns:
        rows = sorted(rows)
        count = len(rows)
        return FilterColumns(
            sequence,
            np.fromiter((row[0] for row in rows), np.int64, count),
            np.stack([self._coded((row[place] for row in rows), count) for place in (1, 2, 3)]),
            np.fromiter((np.nan if row[4] is None else row[4] for row in rows), np.float64, count),
            np.fromiter((_NO_TIME if row[5] is None else row[5] for row in rows), np.int64, count),
            shown,
        )

    def _coded(self, texts: Iterable[str], count: int) -> NDArray[np.int32]:
        codes = self._codes
        return np.fromiter((codes.setdefault(text, len(codes)) for text in texts), np.int32, count)

    def _answered(self, columns: FilterColumns, filters: Filters) -> tuple[Numbers, Numbers]:
        inside = np.ones(len(columns.numbers), np.bool_)
        for codes, wanted in zip(columns.texts, wanted_texts(filters), strict=True):
            if wanted:
                is_wanted = np.zeros(len(self._codes), np.bool_)
                known = [self._codes.get(to_stored_text(text)) for text in wanted]
                is_wanted[[code for code in known if code is not None]] = True
                inside &= is_wanted[codes]
        # Comparing with NaN is false, so what has no price is outside any limits.
        if filters.price_min is not None:
            inside &= columns.prices >= filters.price_min
        if filters.price_max is not None:
            inside &= columns.prices <= filters.price_max
        if filters.captured_from is not None:
            inside &= columns.captured_us >= to_microseconds(filters.captured_from)
        if filters.captured_to is not None:
            inside &= (columns.captured_us <= to_microseconds(filters.captured_to)) & (columns.captured_us != _NO_TIME)
        numbers = columns.numbers[inside]
        return numbers, _pictures_of(numbers, columns)


def _pictures_of(listing_nos: Numbers, columns: FilterColumns) -> Numbers:
    """Return the ascending pictures of listings, through tables of all numbers: sorting takes ten times as long."""
    listing_of, picture_of = columns.shown.listing_nos, columns.shown.picture_nos
    if not len(listing_nos) or not len(listing_of):
        return np.empty(0, np.int64)
    is_inside = np.zeros(max(int(columns.numbers[-1]), int(listing_of.max())) + 1, np.bool_)
    is_inside[listing_nos] = True
    is_shown = np.zeros(int(picture_of.max()) + 1, np.bool_)
    is_shown[picture_of[is_inside[listing_of]]] = True
    return np.flatnonzero(is_shown).astype(np.int64, copy=False)
