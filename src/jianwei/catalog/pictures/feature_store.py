"""Local features of pictures in the catalog: statements, reading and writing, as functions over an open session.

They change with the hash of their picture, and are told of by the same changes, of kind "picture".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from jianwei.catalog.tables.schema import picture_features
from jianwei.images.local_features import METHOD, features_from_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select

    from jianwei.catalog.engine.statements import Keys, Session
    from jianwei.images.local_features import Features


def stored_features(keys: Keys) -> Select[Any]:
    """(picture_no, data) of the pictures among the keys; takes a method."""
    return select(picture_features.c.picture_no, picture_features.c.data).where(
        picture_features.c.picture_no.in_(keys), picture_features.c.method == bindparam("method")
    )


def features_of(session: Session, picture_nos: Sequence[int]) -> dict[int, Features]:
    """Return the features of the pictures that have some of the method that is used now."""
    rows = session.rows_for(stored_features, sorted(set(picture_nos)), METHOD)
    return {picture_no: features_from_bytes(data) for picture_no, data in rows}


def put_features(session: Session, picture_no: int, features: Features) -> bool:
    """Store features in place of those that were there; tell whether that changed anything."""
    data = features.tobytes()
    stored: dict[int, bytes] = dict(session.rows_for(stored_features, [picture_no], METHOD))
    if stored.get(picture_no, b"") == data:
        return False
    session.put(picture_features, [(picture_no, METHOD, data)])
    return True
