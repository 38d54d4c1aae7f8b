"""Captions of pictures in the catalog: statements and reading, as functions over an open session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, func, select

from jianwei.catalog.stored.rows import picture_from_row
from jianwei.catalog.stored.values import from_stored_text
from jianwei.catalog.tables.queries import NO_OFFSET, PICTURE_COLUMNS
from jianwei.catalog.tables.schema import captions, pictures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Select

    from jianwei.catalog.engine.statements import Keys, Session
    from jianwei.records import Picture


def captions_of_pictures(keys: Keys) -> Select[Any]:
    """(picture_no, text) of all captions of the pictures among the keys, older before newer."""
    return (
        select(captions.c.picture_no, captions.c.text)
        .where(captions.c.picture_no.in_(keys))
        .order_by(captions.c.picture_no, captions.c.caption_no)
    )


def pictures_without_caption() -> Select[Any]:
    """Pictures that a model has not described, ascending; takes the last number seen, the model and a limit."""
    return (
        select(*PICTURE_COLUMNS)
        .where(pictures.c.picture_no > bindparam("after"), ~_described())
        .order_by(pictures.c.picture_no)
        .limit(bindparam("limit"))
        .offset(NO_OFFSET)
    )


def count_without_caption() -> Select[Any]:
    """(pictures,); takes the model."""
    return select(func.count()).select_from(pictures).where(~_described())


def captions_of(session: Session, picture_nos: Sequence[int]) -> dict[int, str]:
    """Return the newest caption of each of the pictures that has one."""
    rows = session.rows_for(captions_of_pictures, sorted(set(picture_nos)))
    return {picture_no: from_stored_text(text) for picture_no, text in rows}


def undescribed(session: Session, model_id: str, after_no: int, limit: int) -> list[Picture]:
    """Return the next pictures that a model has not described."""
    return [picture_from_row(row) for row in session.rows(pictures_without_caption, after_no, model_id, limit)]


def count_undescribed(session: Session, model_id: str) -> int:
    """Count the pictures that a model has not described."""
    ((count,),) = session.rows(count_without_caption, model_id)
    return int(count)


def _described() -> ColumnElement[bool]:
    return exists().where(captions.c.picture_no == pictures.c.picture_no, captions.c.model_id == bindparam("model"))
