"""The statements about second opinions, as SQLAlchemy Core. Keys stand first among the parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, exists, func, insert, select

from jianwei.catalog.tables.queries import NO_OFFSET, PICTURE_COLUMNS
from jianwei.catalog.tables.schema import listing_pictures, picture_opinions, pictures, screenings

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Delete, Select
    from sqlalchemy.sql.dml import ReturningInsert

    from jianwei.catalog.engine.statements import Keys


def opinions_of(keys: Keys) -> Select[Any]:
    """All opinions on the pictures among the keys in the order of the columns, older before newer."""
    return (
        select(picture_opinions)
        .where(picture_opinions.c.picture_no.in_(keys))
        .order_by(picture_opinions.c.picture_no, picture_opinions.c.opinion_no)
    )


def pictures_without_opinion(keys: Keys) -> Select[Any]:
    """Pictures on listings with the statuses among the keys that a model was not asked about, ascending.

    Takes the last number seen, the model and a limit.
    """
    return (
        select(*PICTURE_COLUMNS)
        .where(_shown_with(keys), pictures.c.picture_no > bindparam("after"), ~_given())
        .order_by(pictures.c.picture_no)
        .limit(bindparam("limit"))
        .offset(NO_OFFSET)
    )


def count_without_opinion(keys: Keys) -> Select[Any]:
    """(pictures,) on listings with the statuses among the keys; takes the model."""
    return select(func.count()).select_from(pictures).where(_shown_with(keys), ~_given())


def delete_opinion() -> Delete:
    """Take a picture and a model."""
    return delete(picture_opinions).where(
        picture_opinions.c.picture_no == bindparam("no"), picture_opinions.c.model_id == bindparam("model")
    )


def insert_opinion() -> ReturningInsert[tuple[Any]]:
    """Take all columns but the number; return (opinion_no,)."""
    names = [column.name for column in picture_opinions.columns][1:]
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return insert(picture_opinions).values(values).returning(picture_opinions.c.opinion_no)


def _shown_with(keys: Keys) -> ColumnElement[bool]:
    return exists().where(
        listing_pictures.c.picture_no == pictures.c.picture_no,
        screenings.c.listing_no == listing_pictures.c.listing_no,
        screenings.c.status.in_(keys),
    )


def _given() -> ColumnElement[bool]:
    return exists().where(
        picture_opinions.c.picture_no == pictures.c.picture_no, picture_opinions.c.model_id == bindparam("model")
    )
