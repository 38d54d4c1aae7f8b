"""The statements about watches, as SQLAlchemy Core.

Keys stand first among the parameters, then those that a docstring names, in its order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, bindparam, case, delete, func, insert, literal_column, select, update

from jianwei.catalog.tables.queries import NO_OFFSET
from jianwei.catalog.tables.schema import watch_hits, watches

if TYPE_CHECKING:
    from sqlalchemy import Delete, Insert, Update
    from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

    from jianwei.catalog.engine.statements import Keys

_hit = watch_hits.c
_ONE: ColumnElement[int] = literal_column("1")
_ZERO: ColumnElement[int] = literal_column("0")
_TRUE: ColumnElement[bool] = literal_column("true")
_FALSE: ColumnElement[bool] = literal_column("false")


def all_watches() -> Select[Any]:
    """Whole rows, by name."""
    return select(watches).order_by(watches.c.name)


def watch_named() -> Select[Any]:
    """A whole row; takes a name."""
    return select(watches).where(watches.c.name == bindparam("name"))


def insert_watch() -> ReturningInsert[tuple[Any]]:
    """Take the columns of a watch but its number, return (watch_no,)."""
    rest = [column for column in watches.columns if column is not watches.c.watch_no]
    values: dict[str, ColumnElement[Any]] = {column.name: bindparam(f"new_{column.name}") for column in rest}
    return insert(watches).values(values).returning(watches.c.watch_no)


def set_looked_until() -> Update:
    """Take a sequence, a moment and a watch."""
    values: dict[str, ColumnElement[Any]] = {
        "sequence": bindparam("new_sequence"),
        "last_run_at_us": bindparam("new_last_run_at_us"),
    }
    return update(watches).values(values).where(watches.c.watch_no == bindparam("watch"))


def looked_until() -> Select[Any]:
    """(sequence,) up to which a watch has looked; takes a watch."""
    return select(watches.c.sequence).where(watches.c.watch_no == bindparam("watch"))


def delete_watch() -> Delete:
    """Take a watch; its hits go with it."""
    return delete(watches).where(watches.c.watch_no == bindparam("watch"))


def counts() -> Select[Any]:
    """(hits, unseen that are not held back, held back); takes a watch."""
    return select(
        func.count(),
        func.coalesce(func.sum(case((_hit.seen_at_us.is_(None) & ~_hit.held_back, _ONE), else_=_ZERO)), _ZERO),
        func.coalesce(func.sum(case((_hit.held_back, _ONE), else_=_ZERO)), _ZERO),
    ).where(_hit.watch_no == bindparam("watch"))


def _hits() -> Select[Any]:
    return select(watch_hits).where(_hit.watch_no == bindparam("watch"))


def _newest(statement: Select[Any]) -> Select[Any]:
    return (
        statement.order_by(_hit.found_at_us.desc(), _hit.relevance.desc(), _hit.listing_no)
        .limit(bindparam("limit"))
        .offset(NO_OFFSET)
    )


def every_hit() -> Select[Any]:
    """Whole rows, newest first; takes a watch and a limit."""
    return _newest(_hits())


def every_unseen_hit() -> Select[Any]:
    """Whole rows that nobody has seen, newest first; takes a watch and a limit."""
    return _newest(_hits().where(_hit.seen_at_us.is_(None)))


def shown_hits() -> Select[Any]:
    """Whole rows that are not held back, newest first; takes a watch and a limit."""
    return _newest(_hits().where(~_hit.held_back))


def shown_unseen_hits() -> Select[Any]:
    """Whole rows that are neither held back nor seen, newest first; takes a watch and a limit."""
    return _newest(_hits().where(~_hit.held_back, _hit.seen_at_us.is_(None)))


def known_hits(keys: Keys) -> Select[Any]:
    """(listing_no,) of the listings among the keys that a watch has found; takes the watch."""
    return select(_hit.listing_no).where(_hit.listing_no.in_(keys), _hit.watch_no == bindparam("watch"))


def insert_hit() -> Insert:
    """Take the columns of a hit."""
    return insert(watch_hits).values({column.name: bindparam(f"new_{column.name}") for column in watch_hits.columns})


def _seen() -> Update:
    return (
        update(watch_hits)
        .values({"seen_at_us": bindparam("new_seen_at_us")})
        .where(_hit.watch_no == bindparam("watch"), _hit.seen_at_us.is_(None))
    )


def mark_all_seen() -> ReturningUpdate[tuple[Any]]:
    """Take a moment and a watch, return (listing_no,) of the hits that were not seen before."""
    return _seen().returning(_hit.listing_no)


def mark_seen() -> ReturningUpdate[tuple[Any]]:
    """Take a moment, a watch and a public id, return (listing_no,) if it was not seen before."""
    return _seen().where(_hit.listing_id == bindparam("listing_id")).returning(_hit.listing_no)
