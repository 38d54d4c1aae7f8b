"""The statements about vectors, their spaces and the titles they stand for, as SQLAlchemy Core.

Keys stand first among the parameters, then those that a docstring names, in its order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, literal_column, select

from jianwei.catalog.tables.queries import NO_OFFSET, PICTURE_COLUMNS
from jianwei.catalog.tables.schema import captions, changes, listing_titles, listings, pictures, spaces, vectors

if TYPE_CHECKING:
    from sqlalchemy import CTE, Delete, Select
    from sqlalchemy.sql.dml import ReturningDelete, ReturningInsert

    from jianwei.catalog.engine.statements import Keys

_PICTURE: ColumnElement[str] = literal_column("'picture'")
_TITLE: ColumnElement[str] = literal_column("'title'")
_CAPTION: ColumnElement[str] = literal_column("'caption'")


# --- spaces -----------------------------------------------------------------------------------------------------------


def all_spaces() -> Select[Any]:
    """(space_no, name, dims), by name."""
    return select(spaces.c.space_no, spaces.c.name, spaces.c.dims).order_by(spaces.c.name)


def insert_space() -> ReturningInsert[tuple[Any]]:
    """Take a name and dims, return (space_no,)."""
    values: dict[str, ColumnElement[Any]] = {"name": bindparam("new_name"), "dims": bindparam("new_dims")}
    return insert(spaces).values(values).returning(spaces.c.space_no)


def delete_space() -> Delete:
    """Take the number of a space; its vectors go with it."""
    return delete(spaces).where(spaces.c.space_no == bindparam("space_no"))


def forget_changes_of_kind() -> Delete:
    """Take a kind as stored; the newest change of all stays, so that no number is given twice."""
    newest = select(func.max(changes.alias("every").c.sequence)).scalar_subquery()
    return delete(changes).where(changes.c.kind == bindparam("kind"), changes.c.sequence < newest)


# --- vectors ----------------------------------------------------------------------------------------------------------


def stored_vectors(keys: Keys) -> Select[Any]:
    """(content_sha256, data) of the contents among the keys; takes a space and a kind."""
    return select(vectors.c.content_sha256, vectors.c.data).where(
        vectors.c.content_sha256.in_(keys),
        vectors.c.space_no == bindparam("space_no"),
        vectors.c.owner_kind == bindparam("kind"),
    )


def known_vectors(keys: Keys) -> Select[Any]:
    """(content_sha256,) of the contents among the keys that have a vector; takes a space and a kind."""
    return select(vectors.c.content_sha256).where(
        vectors.c.content_sha256.in_(keys),
        vectors.c.space_no == bindparam("space_no"),
        vectors.c.owner_kind == bindparam("kind"),
    )


def spaces_with_picture() -> Select[Any]:
    """(space_no,) of the spaces that have a vector of a picture; takes its hash."""
    return _spaces_with(_PICTURE)


def spaces_with_title() -> Select[Any]:
    """(space_no,) of the spaces that have a vector of a title; takes its hash."""
    return _spaces_with(_TITLE)


def _spaces_with(kind: ColumnElement[str]) -> Select[Any]:
    # Naming the spaces lets the primary key answer; there are a handful of them.
    return select(vectors.c.space_no).where(
        vectors.c.space_no.in_(select(spaces.c.space_no)),
        vectors.c.owner_kind == kind,
        vectors.c.content_sha256 == bindparam("sha256"),
    )


def delete_vectors_of_picture() -> ReturningDelete[tuple[Any]]:
    """Take a hash, return (space_no,) of each vector that was there."""
    return _delete_vectors(_PICTURE)


def delete_vectors_of_caption() -> ReturningDelete[tuple[Any]]:
    """Take the hash of the picture that it describes, return (space_no,) of each vector that was there."""
    return _delete_vectors(_CAPTION)


def _delete_vectors(kind: ColumnElement[str]) -> ReturningDelete[tuple[Any]]:
    return (
        delete(vectors)
        .where(
            vectors.c.space_no.in_(select(spaces.c.space_no)),
            vectors.c.owner_kind == kind,
            vectors.c.content_sha256 == bindparam("sha256"),
        )
        .returning(vectors.c.space_no)
    )


def delete_vectors_of_unused_title() -> Delete:
    """Take a hash: the vectors of a title go when no listing bears it any more."""
    borne = select(listing_titles.c.listing_no).where(listing_titles.c.sha256 == vectors.c.content_sha256)
    return delete(vectors).where(
        vectors.c.space_no.in_(select(spaces.c.space_no)),
        vectors.c.owner_kind == _TITLE,
        vectors.c.content_sha256 == bindparam("sha256"),
        ~borne.exists(),
    )


# --- contents ---------------------------------------------------------------------------------------------------------


def hashes_of_titles(keys: Keys) -> Select[Any]:
    """(listing_no, sha256) of the listings among the keys that have a title, ascending."""
    return (
        select(listing_titles.c.listing_no, listing_titles.c.sha256)
        .where(listing_titles.c.listing_no.in_(keys))
        .order_by(listing_titles.c.listing_no)
    )


def hashes_of_pictures(keys: Keys) -> Select[Any]:
    """(picture_no, sha256) of the pictures among the keys, ascending."""
    return (
        select(pictures.c.picture_no, pictures.c.sha256)
        .where(pictures.c.picture_no.in_(keys))
        .order_by(pictures.c.picture_no)
    )


def title_of_listing() -> Select[Any]:
    """(sha256,) of the title that a listing bears; takes its number."""
    return select(listing_titles.c.sha256).where(listing_titles.c.listing_no == bindparam("listing_no"))


def delete_title_of_listing() -> Delete:
    """Take the number of a listing."""
    return delete(listing_titles).where(listing_titles.c.listing_no == bindparam("listing_no"))


def listings_with_title(keys: Keys) -> Select[Any]:
    """(listing_no,) of the listings whose title is among the keys."""
    return select(listing_titles.c.listing_no).where(listing_titles.c.sha256.in_(keys))


def pictures_with_hash(keys: Keys) -> Select[Any]:
    """(picture_no,) of the pictures whose hash is among the keys."""
    return select(pictures.c.picture_no).where(pictures.c.sha256.in_(keys))


# --- what is missing --------------------------------------------------------------------------------------------------


def pictures_without_vector() -> Select[Any]:
    """Pictures without a vector, ascending; takes the last number seen, a space and a limit."""
    return (
        select(*PICTURE_COLUMNS)
        .where(pictures.c.picture_no > bindparam("after"), ~_vector_of(pictures.c.sha256, _PICTURE))
        .order_by(pictures.c.picture_no)
        .limit(bindparam("limit"))
        .offset(NO_OFFSET)
    )


def titles_without_vector() -> Select[Any]:
    """(listing_no, title, sha256) of titles without a vector; takes the last number seen, a space and a limit."""
    return (
        select(listing_titles.c.listing_no, listings.c.title, listing_titles.c.sha256)
        .join_from(listing_titles, listings, listings.c.listing_no == listing_titles.c.listing_no)
        .where(
            listing_titles.c.listing_no > bindparam("after"),
            _is_first_bearer(),
            ~_vector_of(listing_titles.c.sha256, _TITLE),
        )
        .order_by(listing_titles.c.listing_no)
        .limit(bindparam("limit"))
        .offset(NO_OFFSET)
    )


def captions_without_vector() -> Select[Any]:
    """(picture_no, text, sha256) of newest captions without a vector; takes the last number seen, a space, a limit."""
    return (
        select(pictures.c.picture_no, captions.c.text, pictures.c.sha256)
        .join_from(pictures, captions, captions.c.picture_no == pictures.c.picture_no)
        .where(
            pictures.c.picture_no > bindparam("after"),
            _is_newest_caption(),
            ~_vector_of(pictures.c.sha256, _CAPTION),
        )
        .order_by(pictures.c.picture_no)
        .limit(bindparam("limit"))
        .offset(NO_OFFSET)
    )


def count_captions_without_vector() -> Select[Any]:
    """(described pictures,); takes a space."""
    described = select(captions.c.picture_no).where(captions.c.picture_no == pictures.c.picture_no).exists()
    return select(func.count()).select_from(pictures).where(described, ~_vector_of(pictures.c.sha256, _CAPTION))


def count_pictures_without_vector() -> Select[Any]:
    """(pictures,); takes a space."""
    return select(func.count()).select_from(pictures).where(~_vector_of(pictures.c.sha256, _PICTURE))


def count_titles_without_vector() -> Select[Any]:
    """(distinct titles,); takes a space."""
    titles: CTE = select(listing_titles.c.sha256).distinct().cte("titles")
    return select(func.count()).select_from(titles).where(~_vector_of(titles.c.sha256, _TITLE))


def _is_newest_caption() -> ColumnElement[bool]:
    later = captions.alias("later")
    return ~(
        select(later.c.caption_no)
        .where(later.c.picture_no == captions.c.picture_no, later.c.caption_no > captions.c.caption_no)
        .exists()
    )


def _is_first_bearer() -> ColumnElement[bool]:
    earlier = listing_titles.alias("earlier")
    return ~(
        select(earlier.c.listing_no)
        .where(earlier.c.sha256 == listing_titles.c.sha256, earlier.c.listing_no < listing_titles.c.listing_no)
        .exists()
    )


def _vector_of(sha256: ColumnElement[str], kind: ColumnElement[str]) -> ColumnElement[bool]:
    return (
        select(vectors.c.content_sha256)
        .where(
            vectors.c.space_no == bindparam("space_no"),
            vectors.c.owner_kind == kind,
            vectors.c.content_sha256 == sha256,
        )
        .exists()
    )
