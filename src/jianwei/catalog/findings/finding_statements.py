"""The statements about screenings, as SQLAlchemy Core. Keys stand first among the parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, literal_column, or_, select

from jianwei.catalog.tables.queries import NO_OFFSET
from jianwei.catalog.tables.schema import (
    category_scores,
    changes,
    contacts,
    failures,
    findings,
    identifiers,
    listings,
    screenings,
)

if TYPE_CHECKING:
    from sqlalchemy import Delete, Insert, Select, Table

    from jianwei.catalog.engine.statements import Keys

_LISTING: ColumnElement[str] = literal_column("'listing'")


def _newest_change() -> ColumnElement[int]:
    newest = (
        select(changes.c.sequence)
        .where(changes.c.kind == _LISTING, changes.c.entity_no == listings.c.listing_no)
        .scalar_subquery()
    )
    return func.coalesce(newest, literal_column("0"))


def _is_stale() -> ColumnElement[bool]:
    return or_(
        screenings.c.listing_no.is_(None),
        screenings.c.rulebook_version != bindparam("version"),
        screenings.c.sequence != _newest_change(),
    )


def stale_listings() -> Select[Any]:
    """(listing_no, newest change) beyond a number that changed or had other rules; takes number, version, limit."""
    return (
        select(listings.c.listing_no, _newest_change())
        .outerjoin(screenings, screenings.c.listing_no == listings.c.listing_no)
        .where(listings.c.listing_no > bindparam("after_no"), _is_stale())
        .order_by(listings.c.listing_no)
        .limit(bindparam("most"))
        .offset(NO_OFFSET)
    )


def stale_count() -> Select[Any]:
    """(listings,) that changed or had other rules; takes the version."""
    return (
        select(func.count())
        .select_from(listings.outerjoin(screenings, screenings.c.listing_no == listings.c.listing_no))
        .where(_is_stale())
    )


def counts_since() -> Select[Any]:
    """(status, listings) of what was screened at a moment or later; takes it in microseconds since 1970."""
    return (
        select(screenings.c.status, func.count())
        .where(screenings.c.screened_at_us >= bindparam("since_us"))
        .group_by(screenings.c.status)
    )


def screened_among(keys: Keys) -> Select[Any]:
    """(listing_no,) of the listings among the keys that were screened before."""
    return select(screenings.c.listing_no).where(screenings.c.listing_no.in_(keys))


def failed_among(keys: Keys) -> Select[Any]:
    """(listing_id,) of the public ids among the keys of which a failure is known."""
    return select(failures.c.listing_id).distinct().where(failures.c.listing_id.in_(keys))


def screened_listings(keys: Keys) -> Select[Any]:
    """(listing_no,) of the statuses among the keys, highest score first."""
    return (
        select(screenings.c.listing_no)
        .where(screenings.c.status.in_(keys))
        .order_by(screenings.c.score.desc(), screenings.c.listing_no)
    )


def listings_of_categories(keys: Keys) -> Select[Any]:
    """(listing_no, status) of the categories among the keys."""
    return select(category_scores.c.listing_no, category_scores.c.status).where(category_scores.c.category.in_(keys))


def screenings_of(keys: Keys) -> Select[Any]:
    """All of the screenings of the listings among the keys, in the order of the columns."""
    return select(screenings).where(screenings.c.listing_no.in_(keys))


def scores_of(keys: Keys) -> Select[Any]:
    """(listing_no, category, score, status) of the listings among the keys, highest first."""
    return (
        select(category_scores)
        .where(category_scores.c.listing_no.in_(keys))
        .order_by(category_scores.c.score.desc(), category_scores.c.category)
    )


def findings_of(keys: Keys) -> Select[Any]:
    """All of the findings of the listings among the keys, in the order in which they were put."""
    return select(findings).where(findings.c.listing_no.in_(keys)).order_by(findings.c.finding_no)


def identifiers_of(keys: Keys) -> Select[Any]:
    """All of the numbers of the listings among the keys."""
    return select(identifiers).where(identifiers.c.listing_no.in_(keys)).order_by(identifiers.c.identifier_no)


def contacts_of(keys: Keys) -> Select[Any]:
    """All of the contacts of the listings among the keys."""
    return select(contacts).where(contacts.c.listing_no.in_(keys)).order_by(contacts.c.contact_no)


def contacts_after() -> Select[Any]:
    """(listing_no,) beyond a number that have contacts, ascending; takes number and limit."""
    return (
        select(contacts.c.listing_no)
        .distinct()
        .where(contacts.c.listing_no > bindparam("after_no"))
        .order_by(contacts.c.listing_no)
        .limit(bindparam("most"))
        .offset(NO_OFFSET)
    )


def listings_with_contact() -> Select[Any]:
    """(listing_no,) that give a contact, ascending; takes kind and value."""
    return (
        select(contacts.c.listing_no)
        .distinct()
        .where(contacts.c.kind == bindparam("kind"), contacts.c.value == bindparam("value"))
        .order_by(contacts.c.listing_no)
    )


def status_counts() -> Select[Any]:
    """(status, listings)."""
    return select(screenings.c.status, func.count()).group_by(screenings.c.status)


def category_counts() -> Select[Any]:
    """(category, status, listings)."""
    return select(category_scores.c.category, category_scores.c.status, func.count()).group_by(
        category_scores.c.category, category_scores.c.status
    )


def _delete_of(target: Table) -> Delete:
    return delete(target).where(target.c.listing_no == bindparam("listing_no"))


def delete_scores() -> Delete:
    """Take a listing."""
    return _delete_of(category_scores)


def delete_findings() -> Delete:
    """Take a listing."""
    return _delete_of(findings)


def delete_identifiers() -> Delete:
    """Take a listing."""
    return _delete_of(identifiers)


def delete_contacts() -> Delete:
    """Take a listing."""
    return _delete_of(contacts)


def _insert_into(target: Table) -> Insert:
    """Insert rows without their number, in the order of the columns."""
    names = [column.name for column in target.columns][1:]
    return insert(target).values({name: bindparam(f"new_{name}") for name in names})


def insert_finding() -> Insert:
    """Take all columns but the number."""
    return _insert_into(findings)


def insert_identifier() -> Insert:
    """Take all columns but the number."""
    return _insert_into(identifiers)


def insert_contact() -> Insert:
    """Take all columns but the number."""
    return _insert_into(contacts)
