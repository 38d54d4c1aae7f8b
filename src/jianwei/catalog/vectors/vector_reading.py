"""Reading vectors and finding what has none yet, as functions over an open session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.catalog.engine.late_statements import LateStatements
from jianwei.catalog.stored.rows import picture_from_row
from jianwei.catalog.stored.values import from_stored_text
from jianwei.catalog.vectors.stored_vectors import from_stored_vectors, space_from_row
from jianwei.records import CaptionText, TitleText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwei.catalog.engine.statements import KeyedStatement, Session, Statement
    from jianwei.catalog.vectors import vector_statements as statements
    from jianwei.records import Picture, VectorKind, VectorSpace
else:
    statements = LateStatements("jianwei.catalog.vectors.vector_statements")

_CONTENTS_OF: dict[VectorKind, KeyedStatement] = {
    "picture": statements.hashes_of_pictures,
    "title": statements.hashes_of_titles,
    "caption": statements.hashes_of_pictures,
}
_COUNT_MISSING: dict[VectorKind, Statement] = {
    "picture": statements.count_pictures_without_vector,
    "title": statements.count_titles_without_vector,
    "caption": statements.count_captions_without_vector,
}
_NO_SPACE = 0  # numbers begin with 1, so nothing has a vector in it


def spaces(session: Session) -> list[VectorSpace]:
    """Return the spaces that have vectors, by name."""
    return [space_from_row(row) for row in session.rows(statements.all_spaces)]


def space_named(session: Session, name: str) -> VectorSpace | None:
    """Return the space of a name; None when it has no vectors."""
    return next((space for space in spaces(session) if space.name == name), None)


def vectors(
    session: Session, kind: VectorKind, space: str, entity_nos: Sequence[int]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the ascending (n,) numbers that have a vector in the space and the (n, dims) float32 vectors.

    The session needs a snapshot. In one statement, SQLite would read the vectors of the whole space.
    """
    found = space_named(session, space)
    if found is None:
        return np.empty(0, np.int64), np.empty((0, 0), np.float32)
    contents = session.rows_for(_CONTENTS_OF[kind], sorted(entity_nos))
    stored: dict[str, bytes] = dict(
        session.rows_for(statements.stored_vectors, (sha256 for _, sha256 in contents), found.space_no, kind)
    )
    filled = [(entity_no, sha256) for entity_no, sha256 in contents if sha256 in stored]
    numbers = np.fromiter((entity_no for entity_no, _ in filled), np.int64, len(filled))
    return numbers, from_stored_vectors((stored[sha256] for _, sha256 in filled), found.dims)


def known_vectors(session: Session, kind: VectorKind, space: str, keys: Sequence[str]) -> set[str]:
    """Return which of the contents have a vector in the space."""
    return {key for (key,) in session.rows_for(statements.known_vectors, keys, _number(session, space), kind)}


def pictures_without_vector(session: Session, space: str, after_no: int, limit: int) -> list[Picture]:
    """Return the next pictures that have no vector in the space."""
    rows = session.rows(statements.pictures_without_vector, after_no, _number(session, space), limit)
    return [picture_from_row(row) for row in rows]


def titles_without_vector(session: Session, space: str, after_no: int, limit: int) -> list[TitleText]:
    """Return the next titles that have no vector in the space, each once, stripped."""
    rows = session.rows(statements.titles_without_vector, after_no, _number(session, space), limit)
    return [TitleText(listing_no, from_stored_text(title).strip(), sha256) for listing_no, title, sha256 in rows]


def captions_without_vector(session: Session, space: str, after_no: int, limit: int) -> list[CaptionText]:
    """Return the next newest captions that have no vector in the space, stripped."""
    rows = session.rows(statements.captions_without_vector, after_no, _number(session, space), limit)
    return [CaptionText(picture_no, from_stored_text(text).strip(), sha256) for picture_no, text, sha256 in rows]


def missing_vectors(session: Session, kind: VectorKind, space: str) -> int:
    """Count what has no vector in the space."""
    ((count,),) = session.rows(_COUNT_MISSING[kind], _number(session, space))
    return int(count)


def _number(session: Session, space: str) -> int:
    found = space_named(session, space)
    return _NO_SPACE if found is None else found.space_no
