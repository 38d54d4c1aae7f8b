"""Rows of the catalog's statements as records, and records as rows.

Each function reads the columns in the order in which `queries` selects them. Records of which a page has many are made
without naming their fields, which takes half the time: in the order in which `records` declares them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.catalog.stored.values import (
    are_stored_as_they_are,
    from_json,
    from_microseconds,
    from_stored_text,
    pairs_from_json,
    pairs_to_json,
    to_json,
    to_microseconds,
    to_stored_price,
    to_stored_text,
)
from jianwei.quick_records import quickly
from jianwei.records import (
    CaseRecord,
    Failure,
    FilterValues,
    Listing,
    ListingPicture,
    LocationState,
    OcrLine,
    Picture,
    PictureFacts,
)

if TYPE_CHECKING:
    from jianwei.catalog.engine.statements import Row
    from jianwei.records import ListingRecord


# What a page of hits is made of.
_listing, _picture, _facts = quickly(Listing), quickly(Picture), quickly(PictureFacts)
_listing_picture, _ocr_line = quickly(ListingPicture), quickly(OcrLine)
_filter_values = quickly(FilterValues)


def listing_from_row(row: Row) -> Listing:
    """Return a listing with its case."""
    no, listing_id, platform, code, url, title, price, shop, category, captured_at_us, intro, spec, illegal_type = row[
        :13
    ]
    texts = (listing_id, platform, code, url, title, shop, category)
    if not are_stored_as_they_are(texts):
        listing_id, platform, code, url, title, shop, category = map(from_stored_text, texts)
    return _listing(
        no,
        listing_id,
        platform,
        code,
        url,
        title,
        price,
        shop,
        category,
        None if captured_at_us is None else from_microseconds(captured_at_us),
        pairs_from_json(intro),
        pairs_from_json(spec),
        None if illegal_type is None else _case_from_columns(illegal_type, *row[13:]),
    )


def filter_values_from_row(row: Row) -> FilterValues:
    """Return what filters ask of a listing, from its filter columns."""
    no, *stored, price, captured_at_us = row
    platform, shop, category = map(from_stored_text, stored)
    captured_at = None if captured_at_us is None else from_microseconds(captured_at_us)
    return _filter_values(no, platform, shop, category, price, captured_at)


def _case_from_columns(
    illegal_type: str, keywords: str | None, basis: str | None, description: str | None
) -> CaseRecord | None:
    if keywords is None or basis is None or description is None:
        return None
    return CaseRecord(
        illegal_type=from_stored_text(illegal_type),
        keywords=tuple(from_json(keywords)),
        basis=from_stored_text(basis),
        description=from_stored_text(description),
    )


def listing_to_fields(record: ListingRecord) -> Row:
    """Return the columns from `listing_id` to `spec`: all that a reader can see of a listing."""
    return (
        to_stored_text(record.listing_id),
        to_stored_text(record.platform),
        to_stored_text(record.product_code),
        to_stored_text(record.url),
        to_stored_text(record.title),
        to_stored_price(record.price),
        to_stored_text(record.shop),
        to_stored_text(record.category),
        None if record.captured_at is None else to_microseconds(record.captured_at),
        pairs_to_json(record.intro),
        pairs_to_json(record.spec),
    )


def case_to_fields(case: CaseRecord) -> Row:
    """Return the columns from `illegal_type` to `description`."""
    return (
        to_stored_text(case.illegal_type),
        to_json(case.keywords),
        to_stored_text(case.basis),
        to_stored_text(case.description),
    )


def picture_from_row(row: Row) -> Picture:
    """Return a picture."""
    picture_no, sha256, picture_format, width_px, height_px, size_bytes, frames, pdq, pdq_quality, location = row
    facts = _facts(sha256, picture_format, width_px, height_px, size_bytes, frames, pdq, pdq_quality)
    return _picture(picture_no, facts, from_stored_text(location))


def picture_to_fields(facts: PictureFacts, location: str) -> Row:
    """Return the columns from `format` to `location`."""
    return (
        facts.format,
        facts.width_px,
        facts.height_px,
        facts.size_bytes,
        facts.frames,
        facts.pdq,
        facts.pdq_quality,
        to_stored_text(location),
    )


def listing_picture_from_row(row: Row) -> ListingPicture:
    """Return a picture in its place."""
    listing_no, role, position, picture_no, *facts, location = row
    return _listing_picture(
        listing_no, _picture(picture_no, _facts(*facts), from_stored_text(location)), role, position
    )


def ocr_line_from_row(row: Row) -> OcrLine:
    """Return a line; the first column, the picture's number, is not part of it."""
    _, text, x1, y1, x2, y2, x3, y3, x4, y4, confidence = row
    return _ocr_line(from_stored_text(text), ((x1, y1), (x2, y2), (x3, y3), (x4, y4)), confidence)


def ocr_line_to_row(result_no: int, line_no: int, line: OcrLine) -> Row:
    """Return the whole row of a line."""
    (x1, y1), (x2, y2), (x3, y3), (x4, y4) = line.box
    return (result_no, line_no, to_stored_text(line.text), x1, y1, x2, y2, x3, y3, x4, y4, line.confidence)


def location_from_row(row: Row) -> LocationState:
    """Return what is known of a location."""
    location, size_bytes, mtime_ns, sha256 = row
    return LocationState(from_stored_text(location), size_bytes, mtime_ns, sha256)


def failure_from_row(row: Row) -> Failure:
    """Return a failure."""
    stage, location, reason, message, message_zh, listing_id, transient, happened_at_us = row
    return Failure(
        stage=stage,
        location=from_stored_text(location),
        reason=reason,
        message=from_stored_text(message),
        message_zh=from_stored_text(message_zh),
        listing_id=from_stored_text(listing_id),
        transient=bool(transient),
        happened_at=from_microseconds(happened_at_us),
    )


def failure_to_row(failure: Failure, now_us: int) -> Row:
    """Return the columns from `stage` to `happened_at_us`; a failure without a moment happened now."""
    return (
        failure.stage,
        to_stored_text(failure.location),
        failure.reason,
        to_stored_text(failure.message),
        to_stored_text(failure.message_zh),
        to_stored_text(failure.listing_id),
        failure.transient,
        now_us if failure.happened_at is None else to_microseconds(failure.happened_at),
    )
