"""`SqlFindings`: the screenings of a catalog, with numbers, contacts and codes.

It fulfils `ports.contacts.ContactsReader`.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jianwei.catalog.findings import finding_statements as statements
from jianwei.catalog.stored import finding_rows as rows
from jianwei.catalog.stored.values import from_microseconds, from_stored_text, now_us, to_microseconds, to_stored_text
from jianwei.catalog.tables.schema import category_scores, screenings
from jianwei.ports.contacts import Contact
from jianwei.ports.findings import ListingScreening, Screening

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from jianwei.catalog.engine.statements import Row, Session
    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.ports.findings import RiskStatus

_STATUSES: tuple[RiskStatus, ...] = ("suspected", "review")


class SqlFindingWriter:
    """Writes screenings and codes within one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._now_us = now_us()

    def put_screenings(self, found: Sequence[tuple[int, Screening, int]]) -> None:
        """Replace all that was found on listings, each of which comes once.

        Each is (listing_no, screening, newest change of the listing that was seen).
        """
        session = self._session
        before = session.rows_for(statements.screened_among, [listing_no for listing_no, _, _ in found])
        if before:
            for clear in (
                statements.delete_scores,
                statements.delete_findings,
                statements.delete_identifiers,
                statements.delete_contacts,
            ):
                session.run_many(clear, before)
        session.put(screenings, [self._head(*item) for item in found])
        each = [(listing_no, screening) for listing_no, screening, _ in found]
        scores = [(no, item.code, item.score, item.status) for no, screening in each for item in screening.categories]
        session.put(category_scores, scores)
        session.run_many(
            statements.insert_finding,
            [rows.finding_to_row(no, item) for no, screening in each for item in screening.findings],
        )
        session.run_many(
            statements.insert_identifier,
            [rows.identifier_to_row(no, item) for no, screening in each for item in screening.identifiers],
        )
        session.run_many(
            statements.insert_contact,
            [row for no, screening in each for item in screening.contacts for row in rows.contact_to_rows(no, item)],
        )

    def _head(self, listing_no: int, screening: Screening, sequence: int) -> Row:
        return (
            listing_no,
            screening.status,
            screening.score,
            screening.rulebook_version,
            sequence,
            json.dumps(screening.product_classes),
            self._now_us,
        )


class SqlFindings:
    """The screenings of a catalog. Safe to use from several threads."""

    def __init__(self, catalog: SqlCatalog) -> None:
        self._catalog = catalog

    @contextmanager
    def writing_findings(self) -> Iterator[SqlFindingWriter]:
        """Open a transaction; leaving it normally commits, an exception undoes it.

        Raises:
            WriterLockedError: another process holds the writer lock; names it.
            StorageFullError: the disk is full; nothing of the transaction is kept.
        """
        with self._catalog.transaction() as session:
            yield SqlFindingWriter(session)

    def to_screen(self, rulebook_version: str, after_no: int, limit: int) -> list[tuple[int, int]]:
        """Return (listing_no, newest change), ascending beyond `after_no`, of what changed or had other rules."""
        with self._catalog.reading() as session:
            found = session.rows(statements.stale_listings, after_no, rulebook_version, limit)
        return [(listing_no, sequence) for listing_no, sequence in found]

    def count_to_screen(self, rulebook_version: str) -> int:
        """Return how many listings changed or had other rules."""
        with self._catalog.reading() as session:
            ((count,),) = session.rows(statements.stale_count, rulebook_version)
        return int(count)

    def failed_among(self, listing_ids: Sequence[str]) -> set[str]:
        """Return those of some public ids of which a failure is known."""
        with self._catalog.reading() as session:
            found = session.rows_for(statements.failed_among, [to_stored_text(each) for each in listing_ids])
        return {from_stored_text(listing_id) for (listing_id,) in found}

    def counts_since(self, moment: datetime) -> dict[str, int]:
        """Return how many of the listings that were screened at a moment or later have each status."""
        with self._catalog.reading() as session:
            return dict(session.rows(statements.counts_since, to_microseconds(moment)))

    def screenings(self, listing_nos: Sequence[int]) -> dict[int, ListingScreening]:
        """Return what was found on listings; those never screened are missing."""
        with self._catalog.reading(snapshot=True) as session:
            heads = session.rows_for(statements.screenings_of, listing_nos)
            scores = _by_listing(session.rows_for(statements.scores_of, listing_nos), 0)
            findings = _by_listing(session.rows_for(statements.findings_of, listing_nos), 1)
            numbers = _by_listing(session.rows_for(statements.identifiers_of, listing_nos), 1)
            contacts = _by_listing(session.rows_for(statements.contacts_of, listing_nos), 1)
        found = {}
        for listing_no, status, score, version, _, classes, moment in heads:
            screening = Screening(
                status=status,
                score=score,
                categories=tuple(map(rows.score_from_row, scores.get(listing_no, ()))),
                findings=tuple(map(rows.finding_from_row, findings.get(listing_no, ()))),
                identifiers=tuple(map(rows.identifier_from_row, numbers.get(listing_no, ()))),
                contacts=rows.contacts_from_rows(contacts.get(listing_no, ())),
                product_classes=tuple(json.loads(classes)),
                rulebook_version=version,
            )
            found[listing_no] = ListingScreening(listing_no, screening, from_microseconds(moment))
        return found

    def screened(self, *, statuses: Sequence[RiskStatus] = _STATUSES, categories: Sequence[str] = ()) -> list[int]:
        """Return the listings with these statuses, highest score first, ties by ascending number.

        With `categories` those on which one of them has one of the statuses.
        """
        with self._catalog.reading(snapshot=True) as session:
            if not categories:
                return [row[0] for row in session.rows_for(statements.screened_listings, statuses)]
            of_category = session.rows_for(statements.listings_of_categories, categories)
            ordered = session.rows_for(statements.screened_listings, ("suspected", "review", "clear"))
        wanted = {listing_no for listing_no, status in of_category if status in statuses}
        return [row[0] for row in ordered if row[0] in wanted]

    def counts(self) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
        """Return how many listings have each status, and how many each status of each category."""
        with self._catalog.reading(snapshot=True) as session:
            statuses: dict[str, int] = dict(session.rows(statements.status_counts))
            categories: dict[str, dict[str, int]] = {}
            for category, status, count in session.rows(statements.category_counts):
                categories.setdefault(category, {})[status] = count
        return statuses, categories

    def iterate_contacts(self, batch_size: int = 1000) -> Iterator[list[Contact]]:
        """Yield all contacts that are not public by ascending `listing_no`; those of a listing stand in one batch."""
        after = 0
        while True:
            with self._catalog.reading() as session:
                listing_nos = [row[0] for row in session.rows(statements.contacts_after, after, batch_size)]
            if not listing_nos:
                return
            after = listing_nos[-1]
            found = self.contacts_of(listing_nos)
            yield [contact for listing_no in listing_nos for contact in found[listing_no]]

    def contacts_of(self, listing_nos: Sequence[int]) -> dict[int, list[Contact]]:
        """Return the contacts of each listing that are not public; an empty list for one that gives none."""
        found: dict[int, list[Contact]] = {listing_no: [] for listing_no in listing_nos}
        with self._catalog.reading() as session:
            stored = session.rows_for(statements.contacts_of, listing_nos)
        for _, listing_no, kind, value, public, picture_no, _ in stored:
            if not public:
                found[listing_no].append(Contact(kind, from_stored_text(value), listing_no, picture_no))
        return found

    def listings_with_contact(self, kind: str, value: str) -> list[int]:
        """Return the ascending `listing_no`s that give a contact; `value` is normalised."""
        with self._catalog.reading() as session:
            return [row[0] for row in session.rows(statements.listings_with_contact, kind, value)]


def _by_listing(found: Sequence[Row], column: int) -> dict[int, list[Row]]:
    grouped: dict[int, list[Row]] = {}
    for row in found:
        grouped.setdefault(row[column], []).append(row)
    return grouped
