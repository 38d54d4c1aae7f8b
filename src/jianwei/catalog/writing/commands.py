"""The statements that change a catalog, as SQLAlchemy Core; whole rows by primary key are put by `Session.put`.

Parameters stand in the order of the table's columns, those of a condition last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, bindparam, delete, insert, literal_column, select, update

from jianwei.catalog.tables.schema import (
    captions,
    cases,
    failures,
    listing_pictures,
    listings,
    ocr_lines,
    ocr_results,
    picture_locations,
    pictures,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Column, Delete, Insert, Select, Table, Update
    from sqlalchemy.sql.dml import ReturningInsert

    from jianwei.catalog.engine.statements import Keys

_TRUE: ColumnElement[bool] = literal_column("true")
_FALSE: ColumnElement[bool] = literal_column("false")


def _parameters(columns: Iterable[Column[Any]]) -> dict[str, ColumnElement[Any]]:
    return {column.name: bindparam(f"new_{column.name}", type_=column.type) for column in columns}


def _insert_numbered(table: Table, number: Column[Any]) -> ReturningInsert[tuple[Any]]:
    rest = [column for column in table.columns if column is not number]
    return insert(table).values(_parameters(rest)).returning(number)


# --- listings ---------------------------------------------------------------------------------------------------------

_LISTING_FIELDS = (
    listings.c.listing_id,
    listings.c.platform,
    listings.c.product_code,
    listings.c.url,
    listings.c.title,
    listings.c.price,
    listings.c.shop,
    listings.c.category,
    listings.c.captured_at_us,
    listings.c.intro,
    listings.c.spec,
)


def stored_listing() -> Select[Any]:
    """(listing_no, listing_id … spec) of a public id."""
    return select(listings.c.listing_no, *_LISTING_FIELDS).where(listings.c.listing_id == bindparam("listing_id"))


def insert_listing() -> ReturningInsert[tuple[Any]]:
    """Take listing_id … source, return (listing_no,)."""
    return _insert_numbered(listings, listings.c.listing_no)


def update_listing() -> Update:
    """Take listing_id … spec, record_hash, updated_at_us, source and the number of the listing."""
    columns = (*_LISTING_FIELDS, listings.c.record_hash, listings.c.updated_at_us, listings.c.source)
    return update(listings).values(_parameters(columns)).where(listings.c.listing_no == bindparam("no"))


def delete_listing() -> Delete:
    """Take the number of a listing; its case, places of pictures and findings go with it."""
    return delete(listings).where(listings.c.listing_no == bindparam("no"))


def listing_id_of() -> Select[Any]:
    """(listing_id,) of a number."""
    return select(listings.c.listing_id).where(listings.c.listing_no == bindparam("no"))


def stored_case() -> Select[Any]:
    """(illegal_type, keywords, basis, description, origin) of a listing."""
    columns = cases.c
    return select(columns.illegal_type, columns.keywords, columns.basis, columns.description, columns.origin).where(
        columns.listing_no == bindparam("no")
    )


def delete_case() -> Delete:
    """Take the number of a listing."""
    return delete(cases).where(cases.c.listing_no == bindparam("no"))


def forget_record() -> Update:
    """Let the next ingest look at a listing again, whatever its source says; take its number."""
    return update(listings).values(record_hash=literal_column("''")).where(listings.c.listing_no == bindparam("no"))


# --- pictures ---------------------------------------------------------------------------------------------------------

_PICTURE_FACTS = (
    pictures.c.format,
    pictures.c.width_px,
    pictures.c.height_px,
    pictures.c.size_bytes,
    pictures.c.frames,
    pictures.c.pdq,
    pictures.c.pdq_quality,
    pictures.c.location,
)


def stored_picture() -> Select[Any]:
    """(picture_no, format … location) of a hash."""
    return select(pictures.c.picture_no, *_PICTURE_FACTS).where(pictures.c.sha256 == bindparam("sha256"))


def insert_picture() -> ReturningInsert[tuple[Any]]:
    """Take sha256 … first_seen_at_us, return (picture_no,)."""
    return _insert_numbered(pictures, pictures.c.picture_no)


def update_picture() -> Update:
    """Take format … location and the number of the picture."""
    return update(pictures).values(_parameters(_PICTURE_FACTS)).where(pictures.c.picture_no == bindparam("no"))


def pictures_on_listing() -> Select[Any]:
    """(place, picture_no, role, position) of a listing, in page order."""
    shown = listing_pictures.c
    return (
        select(shown.place, shown.picture_no, shown.role, shown.position)
        .where(shown.listing_no == bindparam("no"))
        .order_by(shown.place)
    )


def clear_pictures_on_listing() -> Delete:
    """Take the number of a listing."""
    return delete(listing_pictures).where(listing_pictures.c.listing_no == bindparam("no"))


def listings_with_picture() -> Select[Any]:
    """(listing_no,) of the listings that show a picture."""
    return select(listing_pictures.c.listing_no).where(listing_pictures.c.picture_no == bindparam("no"))


def pictures_nobody_shows(keys: Keys) -> Select[Any]:
    """(picture_no, sha256, has a hash) of the pictures among the keys that are on no listing."""
    shown = select(listing_pictures.c.picture_no).where(listing_pictures.c.picture_no == pictures.c.picture_no)
    return select(pictures.c.picture_no, pictures.c.sha256, pictures.c.pdq.is_not(None)).where(
        pictures.c.picture_no.in_(keys), ~shown.exists()
    )


def delete_picture() -> Delete:
    """Take the number of a picture; its OCR lines, captions and findings go with it."""
    return delete(pictures).where(pictures.c.picture_no == bindparam("no"))


def forget_locations_of_picture() -> Delete:
    """Take a hash: a location must not vouch for a picture that is gone."""
    return delete(picture_locations).where(picture_locations.c.sha256 == bindparam("sha256"))


# --- what models said -------------------------------------------------------------------------------------------------


def has_ocr_result() -> Select[Any]:
    """(1,) when any model has read the picture."""
    return select(literal_column("1")).where(ocr_results.c.picture_no == bindparam("no"))


def delete_ocr_result() -> Delete:
    """Take the number of a picture and a model; the lines go with the result."""
    return delete(ocr_results).where(
        ocr_results.c.picture_no == bindparam("no"), ocr_results.c.model_id == bindparam("model")
    )


def outdate_ocr_results() -> Update:
    """Take the number of a picture: none of its results is the newest any more."""
    return (
        update(ocr_results)
        .values(newest=_FALSE)
        .where(ocr_results.c.picture_no == bindparam("no"), ocr_results.c.newest)
    )


def insert_ocr_result() -> ReturningInsert[tuple[Any]]:
    """Take picture_no, model_id, read_at_us, line_count; return (result_no,)."""
    columns = (
        ocr_results.c.picture_no,
        ocr_results.c.model_id,
        ocr_results.c.read_at_us,
        ocr_results.c.line_count,
    )
    return insert(ocr_results).values(_parameters(columns) | {"newest": _TRUE}).returning(ocr_results.c.result_no)


def insert_ocr_line() -> Insert:
    """Take a whole row."""
    return insert(ocr_lines).values(_parameters(ocr_lines.columns))


def delete_caption() -> Delete:
    """Take the number of a picture and a model."""
    return delete(captions).where(captions.c.picture_no == bindparam("no"), captions.c.model_id == bindparam("model"))


def insert_caption() -> ReturningInsert[tuple[Any]]:
    """Take picture_no … written_at_us, return (caption_no,)."""
    return _insert_numbered(captions, captions.c.caption_no)


# --- failures ---------------------------------------------------------------------------------------------------------


def delete_failure() -> Delete:
    """Take a stage and a location."""
    return delete(failures).where(failures.c.stage == bindparam("stage"), failures.c.location == bindparam("location"))


def insert_failure() -> ReturningInsert[tuple[Any]]:
    """Take stage … happened_at_us, return (failure_no,)."""
    return _insert_numbered(failures, failures.c.failure_no)


def clear_failures(keys: Keys) -> Delete:
    """Forget the failures of the locations among the keys."""
    return delete(failures).where(failures.c.location.in_(keys))


def clear_failures_of_stage(keys: Keys) -> Delete:
    """Forget the failures of one stage at the locations among the keys; takes the stage."""
    return delete(failures).where(failures.c.location.in_(keys), failures.c.stage == bindparam("stage"))


def clear_failures_of_listing() -> Delete:
    """Take a listing's public id."""
    return delete(failures).where(failures.c.listing_id == bindparam("listing_id"))
