"""Writing vectors, and keeping note of which pictures and listings they reach.

A vector belongs to a content (the SHA-256 of a picture or title; a caption goes by that of its picture), an index
holds entities (pictures and listings), so a change of either side is noted for each entity in each space concerned.
Filling one space gives the indexes of the others nothing to do. Vectors and what they belong to may be put in either
order within a transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.catalog.change_log import stored_kind
from jianwei.catalog.stored.values import to_stored_text
from jianwei.catalog.tables.schema import listing_titles
from jianwei.catalog.tables.schema import vectors as vectors_table
from jianwei.catalog.vectors import vector_statements as statements
from jianwei.catalog.vectors.stored_vectors import ENTITY_CHANGES, space_from_row, to_stored_vectors
from jianwei.errors import CatalogError, VectorError
from jianwei.text.fingerprint import text_sha256

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwei.catalog.change_log import PendingChanges
    from jianwei.catalog.engine.statements import KeyedStatement, Session, Statement
    from jianwei.records import VectorKind, VectorSpace

_BEARERS: dict[VectorKind, KeyedStatement] = {
    "picture": statements.pictures_with_hash,
    "title": statements.listings_with_title,
    "caption": statements.pictures_with_hash,
}


class VectorWriter:
    """The part of a transaction that concerns vectors."""

    def __init__(self, session: Session, changes: PendingChanges) -> None:
        self._session = session
        self._changes = changes
        self._maybe_unused_titles: set[str] = set()
        self._spaces: dict[str, VectorSpace] | None = None

    def put(
        self, kind: VectorKind, *, space: str, keys: Sequence[str], vectors: NDArray[np.float16 | np.float32]
    ) -> None:
        """Insert or replace vectors, and note the change of every picture or listing that bears a new one.

        Raises:
            CatalogError: the space has vectors of another length.
            VectorError: the rows are not finite, not of one length, or not one for each key.
        """
        _check_rows(keys, vectors, space)
        if not keys:
            return
        space_no = self._space(space, vectors.shape[1]).space_no
        stored: dict[str, bytes] = dict(self._session.rows_for(statements.stored_vectors, keys, space_no, kind))
        given = dict(zip(keys, to_stored_vectors(vectors), strict=True))
        fresh = {key: data for key, data in given.items() if stored.get(key) != data}
        self._session.put(vectors_table, [(space_no, kind, key, data) for key, data in fresh.items()])
        for (entity_no,) in self._session.rows_for(_BEARERS[kind], fresh):
            self._mark(kind, space_no, entity_no)

    def delete_space(self, name: str) -> None:
        """Remove a space with its vectors and the notes of their changes."""
        space = self._known_spaces().pop(name, None)
        if space is None:
            return
        self._session.rows(statements.delete_space, space.space_no)
        for kind in ENTITY_CHANGES.values():
            self._session.rows(statements.forget_changes_of_kind, stored_kind(kind, space.space_no))

    def picture_came(self, picture_no: int, sha256: str) -> None:
        """Note a picture that is new in the catalog."""
        for space_no in self._spaces_with(statements.spaces_with_picture, sha256):
            self._mark("picture", space_no, picture_no)

    def picture_went(self, picture_no: int, sha256: str) -> None:
        """Remove the vectors of a picture that is not in the catalog any more."""
        if self._known_spaces():
            for (space_no,) in self._session.rows(statements.delete_vectors_of_picture, sha256):
                self._mark("picture", space_no, picture_no, deleted=True)
            self._caption_went(picture_no, sha256)

    def caption_came(self, picture_no: int) -> None:
        """Remove the vectors of what was written about a picture before."""
        if self._known_spaces():
            for _, sha256 in self._session.rows_for(statements.hashes_of_pictures, [picture_no]):
                self._caption_went(picture_no, sha256)

    def _caption_went(self, picture_no: int, sha256: str) -> None:
        for (space_no,) in self._session.rows(statements.delete_vectors_of_caption, sha256):
            self._mark("caption", space_no, picture_no, deleted=True)

    def set_title(self, listing_no: int, title: str) -> None:
        """Note which title a listing bears; an empty one when it goes or has none."""
        fresh = text_sha256(title) if title.strip() else None
        row = self._session.row(statements.title_of_listing, listing_no)
        stored = row[0] if row else None
        if fresh == stored:
            return
        if fresh is None:
            self._session.rows(statements.delete_title_of_listing, listing_no)
        else:
            self._session.put(listing_titles, [(listing_no, fresh)])
        before, after = self._spaces_of_title(stored), self._spaces_of_title(fresh)
        for space_no in sorted(before | after):
            self._mark("title", space_no, listing_no, deleted=space_no not in after)
        if before and stored is not None:
            self._maybe_unused_titles.add(stored)

    def finish(self) -> None:
        """Remove the vectors of titles that no listing bears any more."""
        for sha256 in self._maybe_unused_titles:
            self._session.rows(statements.delete_vectors_of_unused_title, sha256)

    def _mark(self, kind: VectorKind, space_no: int, entity_no: int, *, deleted: bool = False) -> None:
        self._changes.mark(ENTITY_CHANGES[kind], entity_no, deleted=deleted, space_no=space_no)

    def _spaces_of_title(self, sha256: str | None) -> set[int]:
        return set() if sha256 is None else set(self._spaces_with(statements.spaces_with_title, sha256))

    def _spaces_with(self, build: Statement, sha256: str) -> list[int]:
        if not self._known_spaces():
            return []
        return [space_no for (space_no,) in self._session.rows(build, sha256)]

    def _known_spaces(self) -> dict[str, VectorSpace]:
        if self._spaces is None:
            rows = self._session.rows(statements.all_spaces)
            self._spaces = {space.name: space for space in map(space_from_row, rows)}
        return self._spaces

    def _space(self, name: str, dims: int) -> VectorSpace:
        known = self._known_spaces().get(name)
        if known is None:
            ((space_no,),) = self._session.rows(statements.insert_space, to_stored_text(name), dims)
            known = space_from_row((space_no, name, dims))
            self._known_spaces()[name] = known
        if known.dims != dims:
            raise CatalogError(
                f"The space {name} has vectors of {known.dims} numbers, and vectors of {dims} came. Give the changed "
                f"model another name, or remove the old vectors first: jianwei embed --remove {name}",
                zh=f"向量空间 {name} 的维数是 {known.dims}，而收到的向量是 {dims} 维。请为改动过的模型另取名称，"
                f"或先删除旧向量：jianwei embed --remove {name}",
                space=name,
                dims=known.dims,
                given=dims,
            )
        return known


def _check_rows(keys: Sequence[str], vectors: NDArray[np.float16 | np.float32], space: str) -> None:
    if vectors.ndim != 2 or len(vectors) != len(keys) or (len(keys) and not vectors.shape[1]):
        raise VectorError(
            f"Vectors of shape {vectors.shape} came for {len(keys)} contents of {space}; expected one row for each.",
            zh=f"为 {space} 的 {len(keys)} 项内容收到形状为 {vectors.shape} 的向量；应为每项一行。",
            space=space,
        )
    if not np.isfinite(vectors).all():
        raise VectorError(
            f"A vector for {space} holds NaN or infinity. The model or its endpoint is broken: check it with "
            "jianwei models bench",
            zh=f"{space} 的向量含有 NaN 或无穷大。模型或其服务已损坏，可用 jianwei models bench 检查。",
            space=space,
        )
