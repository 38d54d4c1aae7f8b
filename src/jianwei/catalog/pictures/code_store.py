"""Codes of pictures in the catalog: statements, reading and writing, as functions over an open session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from jianwei.catalog.stored.finding_rows import quad_from_json
from jianwei.catalog.stored.values import from_json, to_json
from jianwei.catalog.tables.schema import picture_codes
from jianwei.records import PictureCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select

    from jianwei.catalog.engine.statements import Keys, Session


def stored_codes(keys: Keys) -> Select[Any]:
    """(picture_no, reader, codes) of the pictures among the keys."""
    return select(picture_codes).where(picture_codes.c.picture_no.in_(keys))


def codes_of(session: Session, picture_nos: Sequence[int]) -> dict[int, tuple[PictureCode, ...]]:
    """Return the codes of the pictures that were looked at for codes."""
    rows = session.rows_for(stored_codes, sorted(set(picture_nos)))
    return {
        picture_no: tuple(PictureCode(kind, content, quad_from_json(box)) for kind, content, box in from_json(codes))
        for picture_no, _, codes in rows
    }


def put_codes(session: Session, picture_no: int, reader: str, codes: Sequence[PictureCode]) -> None:
    """Store what a reader found in place of what was there."""
    session.put(
        picture_codes, [(picture_no, reader, to_json([[code.format, code.content, code.box] for code in codes]))]
    )
