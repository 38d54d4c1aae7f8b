"""`SqlReviews`: the decisions of reviewers in a catalog."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from jianwei.catalog.findings import review_statements as statements
from jianwei.catalog.stored.values import from_microseconds, from_stored_text, to_microseconds, to_stored_text
from jianwei.catalog.tables.schema import dismissed_marks, review_states
from jianwei.catalog.writing.sql_writer import SqlWriter
from jianwei.ports.reviews import Mark, Review

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jianwei.catalog.engine.statements import Row, Session
    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.ports.reviews import Decision, MarkKind
    from jianwei.records import CaseRecord


class SqlReviewWriter:
    """Writes decisions within one transaction."""

    def __init__(self, session: Session, writer: SqlWriter) -> None:
        self._session = session
        self._writer = writer

    def newest(self, listing_id: str, category: str) -> int:
        """Return the number of the newest decision about a listing and category, 0 where there is none."""
        row = self._session.row(statements.newest_review, to_stored_text(listing_id), category)
        return int(row[0] or 0) if row else 0

    def add(self, review: Review, *, listing_no: int, marks: Sequence[Mark]) -> int:
        """Store a decision, whatever number it carries, with what is remembered of it; return its number."""
        texts = (review.reason, review.reviewer, review.assignee)
        ((review_no,),) = self._session.rows(
            statements.insert_review,
            to_stored_text(review.listing_id),
            review.category,
            review.decision,
            *map(to_stored_text, texts),
            to_microseconds(review.decided_at),
        )
        self._session.put(review_states, [(listing_no, review.category, review_no)])
        rows = [(mark.category, mark.kind, to_stored_text(mark.value), review_no) for mark in marks]
        self._session.put(dismissed_marks, rows)
        return int(review_no)

    def forget(self, listing_id: str, category: str) -> None:
        """Forget what is remembered of decisions about a listing and category."""
        self._session.rows(statements.forget_marks, to_stored_text(listing_id), category)

    def standing(self, listing_no: int) -> dict[str, Review]:
        """Return the decision in force for each category, with those of this transaction."""
        return _standing(self._session, [listing_no]).get(listing_no, {})

    def set_case(self, listing_no: int, case: CaseRecord | None) -> None:
        """Make a listing a known violation, or none; one that its source gave stays."""
        if case is None:
            self._writer.withdraw_case(listing_no)
        else:
            self._writer.put_case(listing_no, case)


class SqlReviews:
    """The decisions about the listings of a catalog. Safe to use from several threads."""

    def __init__(self, catalog: SqlCatalog) -> None:
        self._catalog = catalog

    @contextmanager
    def writing_reviews(self) -> Iterator[SqlReviewWriter]:
        """Open a transaction; leaving it normally commits, an exception undoes it.

        Raises:
            WriterLockedError: another program kept the database locked for a long time.
            StorageFullError: the disk is full; nothing of the transaction is kept.
        """
        with self._catalog.transaction() as session:
            writer = SqlWriter(session)
            yield SqlReviewWriter(session, writer)
            writer.finish()

    def reviews_of(self, listing_id: str) -> list[Review]:
        """Return all decisions about a listing, oldest first."""
        with self._catalog.reading() as session:
            return list(map(_review, session.rows(statements.reviews_of_listing, to_stored_text(listing_id))))

    def recent(self, limit: int, *, reviewer: str = "") -> list[Review]:
        """Return the newest decisions (of one person), newest first."""
        with self._catalog.reading() as session:
            if reviewer:
                return list(map(_review, session.rows(statements.recent_reviews_by, to_stored_text(reviewer), limit)))
            return list(map(_review, session.rows(statements.recent_reviews, limit)))

    def standing(self, listing_nos: Sequence[int]) -> dict[int, dict[str, Review]]:
        """Return the decision in force for each category of the listings that have one."""
        with self._catalog.reading() as session:
            return _standing(session, listing_nos)

    def marks(self, categories: Sequence[str]) -> set[Mark]:
        """Return what dismissals of these categories are remembered by."""
        with self._catalog.reading() as session:
            rows = session.rows_for(statements.marks_of_categories, categories)
        return {Mark(category, cast("MarkKind", kind), from_stored_text(value)) for category, kind, value in rows}

    def undecided(self, *, categories: Sequence[str] = (), assignee: str | None = None) -> list[int]:
        """Return the suspected listings and those to be looked at that nobody has confirmed or dismissed.

        Highest score first, ties by number; without `categories` followed by clear ones on whose pictures a model
        claims something. `assignee` keeps those assigned to somebody; "" those of nobody.
        """
        with self._catalog.reading(snapshot=True) as session:
            if categories:
                rows = session.rows_for(statements.undecided_in_categories, categories)
            else:
                rows = [
                    *session.rows(statements.undecided_listings),
                    *session.rows(statements.undecided_by_opinion),
                ]
            given: dict[int, str] = dict(session.rows(statements.assignees)) if assignee is not None else {}
        ordered = dict.fromkeys(listing_no for listing_no, _ in sorted(rows, key=lambda row: (-row[1], row[0])))
        wanted = None if assignee is None else to_stored_text(assignee)
        return [listing_no for listing_no in ordered if wanted is None or given.get(listing_no, "") == wanted]


def _standing(session: Session, listing_nos: Sequence[int]) -> dict[int, dict[str, Review]]:
    found: dict[int, dict[str, Review]] = {}
    for listing_no, *row in session.rows_for(statements.standing_reviews, listing_nos):
        review = _review(tuple(row))
        found.setdefault(listing_no, {})[review.category] = review
    return found


def _review(row: Row) -> Review:
    review_no, listing_id, category, decision, reason, reviewer, assignee, decided_at_us = row
    return Review(
        review_no,
        from_stored_text(listing_id),
        category,
        cast("Decision", decision),
        from_stored_text(reason),
        from_stored_text(reviewer),
        from_stored_text(assignee),
        from_microseconds(decided_at_us),
    )
