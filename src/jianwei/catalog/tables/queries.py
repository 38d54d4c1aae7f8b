"""The statements that read a catalog, as SQLAlchemy Core; each function builds one, its rows are read in `rows`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Text,
    and_,
    bindparam,
    cast,
    column,
    delete,
    func,
    literal_column,
    select,
    tuple_,
    values,
)

from jianwei.catalog.tables.schema import (
    captions,
    cases,
    changes,
    failures,
    listing_pictures,
    listings,
    meta,
    ocr_lines,
    ocr_results,
    picture_locations,
    pictures,
    spaces,
    vectors,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Delete, Select

    from jianwei.catalog.engine.statements import Keys

NO_OFFSET: ColumnElement[int] = literal_column("0")
"""Written out, since SQLite's dialect would pass it as one more parameter."""

_COMMA: Any = literal_column("','")
"""Written out, since as the text that SQLAlchemy's types ask for it is left to an engine that a search does without."""

PICTURE_COLUMNS = (
    pictures.c.picture_no,
    pictures.c.sha256,
    pictures.c.format,
    pictures.c.width_px,
    pictures.c.height_px,
    pictures.c.size_bytes,
    pictures.c.frames,
    pictures.c.pdq,
    pictures.c.pdq_quality,
    pictures.c.location,
)

_BOX_COLUMNS = [ocr_lines.c[f"{axis}{corner}"] for corner in range(1, 5) for axis in "xy"]


def _listing() -> Select[Any]:
    columns = listings.c
    return select(
        columns.listing_no,
        columns.listing_id,
        columns.platform,
        columns.product_code,
        columns.url,
        columns.title,
        columns.price,
        columns.shop,
        columns.category,
        columns.captured_at_us,
        columns.intro,
        columns.spec,
        cases.c.illegal_type,
        cases.c.keywords,
        cases.c.basis,
        cases.c.description,
    ).select_from(listings.outerjoin(cases, cases.c.listing_no == columns.listing_no))


def listings_by_no(keys: Keys) -> Select[Any]:
    """Listings among the keys."""
    return _listing().where(listings.c.listing_no.in_(keys))


def listings_by_id(keys: Keys) -> Select[Any]:
    """Listings whose public id is among the keys."""
    return _listing().where(listings.c.listing_id.in_(keys))


def listings_after() -> Select[Any]:
    """The next listings; takes the last number seen and a limit."""
    return (
        _listing()
        .where(listings.c.listing_no > bindparam("after"))
        .order_by(listings.c.listing_no)
        .limit(bindparam("limit"))
        .offset(NO_OFFSET)
    )


def record_hashes(keys: Keys) -> Select[Any]:
    """(listing_id, record_hash) of the ids among the keys."""
    return select(listings.c.listing_id, listings.c.record_hash).where(listings.c.listing_id.in_(keys))


def raw_source(keys: Keys) -> Select[Any]:
    """(source,) of the listings among the keys."""
    return select(listings.c.source).where(listings.c.listing_no.in_(keys))


def pictures_by_no(keys: Keys) -> Select[Any]:
    """Pictures among the keys."""
    return select(*PICTURE_COLUMNS).where(pictures.c.picture_no.in_(keys))


def pictures_between() -> Select[Any]:
    """At most two pictures whose hashes lie between two bounds, both included."""
    bounds = pictures.c.sha256.between(bindparam("first"), bindparam("last"))
    return select(*PICTURE_COLUMNS).where(bounds).limit(literal_column("2")).offset(NO_OFFSET)


def known_pictures(keys: Keys) -> Select[Any]:
    """(sha256, picture_no) of the hashes among the keys."""
    return select(pictures.c.sha256, pictures.c.picture_no).where(pictures.c.sha256.in_(keys))


def models_of_pictures(keys: Keys) -> Select[Any]:
    """(sha256, picture_no, model_id) for each model that read a picture whose hash is among the keys."""
    return (
        select(pictures.c.sha256, pictures.c.picture_no, ocr_results.c.model_id)
        .join(ocr_results, ocr_results.c.picture_no == pictures.c.picture_no)
        .where(pictures.c.sha256.in_(keys))
    )


def picture_hashes(keys: Keys) -> Select[Any]:
    """(picture_no, pdq) of the pictures among the keys that have a hash."""
    return (
        select(pictures.c.picture_no, pictures.c.pdq)
        .where(pictures.c.picture_no.in_(keys), pictures.c.pdq.is_not(None))
        .order_by(pictures.c.picture_no)
    )


def pictures_of(keys: Keys) -> Select[Any]:
    """(listing_no, role, position, picture …) of the listings among the keys, in page order."""
    shown = listing_pictures.c
    return (
        select(shown.listing_no, shown.role, shown.position, *PICTURE_COLUMNS)
        .join_from(listing_pictures, pictures, pictures.c.picture_no == shown.picture_no)
        .where(shown.listing_no.in_(keys))
        .order_by(shown.listing_no, shown.place)
    )


def listings_showing(keys: Keys) -> Select[Any]:
    """(picture_no, listing_no), ascending, of the pictures among the keys."""
    shown = listing_pictures.c
    return (
        select(shown.picture_no, shown.listing_no)
        .where(shown.picture_no.in_(keys))
        .order_by(shown.picture_no, shown.listing_no)
        .distinct()
    )


def pictures_shown(keys: Keys) -> Select[Any]:
    """(listing_no, picture_no) of the listings among the keys, in page order."""
    shown = listing_pictures.c
    chosen = select(shown.listing_no, shown.picture_no).where(shown.listing_no.in_(keys))
    return chosen.order_by(shown.listing_no, shown.place)


def pictures_shown_after() -> Select[Any]:
    """(listing_nos, picture_nos, places) of `limit` places behind (`listing_no`, `place`), by listing in page order.

    One row of texts with commas between their numbers, all None where there are no such places: to fetch a row for each
    place takes four times as long.
    """
    shown = listing_pictures.c
    behind = tuple_(shown.listing_no, shown.place) > tuple_(bindparam("listing_no"), bindparam("place"))
    asked = select(shown.listing_no, shown.picture_no, shown.place).where(behind)
    ordered = asked.order_by(shown.listing_no, shown.place).limit(bindparam("limit")).offset(NO_OFFSET).subquery()
    texts: list[ColumnElement[Any]] = [func.aggregate_strings(cast(numbers, Text), _COMMA) for numbers in ordered.c]
    return select(*texts)


def filter_columns() -> Select[Any]:
    """(listing_no, platform, shop, category, price, captured_at_us) of all listings."""
    columns = listings.c
    return select(
        columns.listing_no,
        columns.platform,
        columns.shop,
        columns.category,
        columns.price,
        columns.captured_at_us,
    )


def filter_columns_of_shops(keys: Keys) -> Select[Any]:
    """The filter columns of the listings of the shops among the keys."""
    return filter_columns().where(listings.c.shop.in_(keys))


def filter_columns_of_listings(keys: Keys) -> Select[Any]:
    """The filter columns of the listings among the keys."""
    return filter_columns().where(listings.c.listing_no.in_(keys))


def filter_columns_after() -> Select[Any]:
    """The filter columns of the next listings; takes the last number seen and a limit."""
    number = listings.c.listing_no
    return (
        filter_columns().where(number > bindparam("after")).order_by(number).limit(bindparam("limit")).offset(NO_OFFSET)
    )


def ocr_lines_of_pictures(keys: Keys) -> Select[Any]:
    """(picture_no, text, x1 … y4, confidence) in reading order; text is NULL for a picture without any."""
    return (
        select(ocr_results.c.picture_no, ocr_lines.c.text, *_BOX_COLUMNS, ocr_lines.c.confidence)
        .select_from(ocr_results.outerjoin(ocr_lines, ocr_lines.c.result_no == ocr_results.c.result_no))
        .where(ocr_results.c.picture_no.in_(keys), ocr_results.c.newest)
        .order_by(ocr_results.c.picture_no, ocr_lines.c.line_no)
    )


def ocr_lines_at(keys: Keys) -> Select[Any]:
    """(picture_no, text, x1 … y4, confidence, line_no) of single lines; the keys are a picture and a line by turns."""
    pairs = [
        (cast(picture, BigInteger), cast(line, BigInteger)) for picture, line in zip(keys[::2], keys[1::2], strict=True)
    ]
    asked = (
        values(column("picture_no", BigInteger), column("line_no", BigInteger), name="asked").data(pairs).cte("asked")
    )
    return (
        select(asked.c.picture_no, ocr_lines.c.text, *_BOX_COLUMNS, ocr_lines.c.confidence, ocr_lines.c.line_no)
        .select_from(asked)
        .join(ocr_results, and_(ocr_results.c.picture_no == asked.c.picture_no, ocr_results.c.newest))
        .join(
            ocr_lines,
            and_(ocr_lines.c.result_no == ocr_results.c.result_no, ocr_lines.c.line_no == asked.c.line_no),
        )
    )


def document_fields(keys: Keys) -> Select[Any]:
    """The text and filter columns of the listings among the keys with their first picture, ascending."""
    columns = listings.c
    shown = listing_pictures.c
    is_first = shown.place == literal_column("0")
    first = select(shown.picture_no).where(shown.listing_no == columns.listing_no, is_first).scalar_subquery()
    return (
        select(
            columns.listing_no,
            columns.title,
            columns.intro,
            columns.spec,
            columns.platform,
            columns.shop,
            columns.category,
            columns.price,
            columns.captured_at_us,
            first,
        )
        .where(columns.listing_no.in_(keys))
        .order_by(columns.listing_no)
    )


def document_ocr_lines(keys: Keys) -> Select[Any]:
    """(listing_no, place, picture_no, text, line_no) of all lines on the listings among the keys, in page order."""
    shown = listing_pictures.c
    return (
        select(shown.listing_no, shown.place, shown.picture_no, ocr_lines.c.text, ocr_lines.c.line_no)
        .join_from(listing_pictures, ocr_results, ocr_results.c.picture_no == shown.picture_no)
        .join(ocr_lines, ocr_lines.c.result_no == ocr_results.c.result_no)
        .where(shown.listing_no.in_(keys), ocr_results.c.newest)
        .order_by(shown.listing_no, shown.place, ocr_lines.c.line_no)
    )


def document_captions(keys: Keys) -> Select[Any]:
    """(listing_no, place, picture_no, text, 0) of the newest caption of each picture shown, in page order."""
    shown = listing_pictures.c
    other = captions.alias("other")
    newest = (
        select(func.max(other.c.caption_no))
        .where(other.c.picture_no == captions.c.picture_no)
        .correlate(captions)
        .scalar_subquery()
    )
    return (
        select(shown.listing_no, shown.place, shown.picture_no, captions.c.text, literal_column("0"))
        .join_from(listing_pictures, captions, captions.c.picture_no == shown.picture_no)
        .where(shown.listing_no.in_(keys), captions.c.caption_no == newest)
        .order_by(shown.listing_no, shown.place)
    )


def location_states(keys: Keys) -> Select[Any]:
    """The locations among the keys."""
    columns = picture_locations.c
    return select(columns.location, columns.size_bytes, columns.mtime_ns, columns.sha256).where(
        columns.location.in_(keys)
    )


def newest_failures() -> Select[Any]:
    """The failures, newest first; takes a limit."""
    columns = failures.c
    return (
        select(
            columns.stage,
            columns.location,
            columns.reason,
            columns.message,
            columns.message_zh,
            columns.listing_id,
            columns.transient,
            columns.happened_at_us,
        )
        .order_by(columns.failure_no.desc())
        .limit(bindparam("limit"))
        .offset(NO_OFFSET)
    )


def case_listing_nos() -> Select[Any]:
    """(listing_no), ascending."""
    return select(cases.c.listing_no).order_by(cases.c.listing_no)


def single_value() -> Select[Any]:
    """(value,) of a name in the table of single values; takes the name."""
    return select(meta.c.value).where(meta.c.name == bindparam("name"))


def forget_value() -> Delete:
    """Take the name of a single value."""
    return delete(meta).where(meta.c.name == bindparam("name"))


def last_sequence() -> Select[Any]:
    """(sequence,) of the newest change; NULL when there is none."""
    return select(func.max(changes.c.sequence))


def changes_after() -> Select[Any]:
    """(sequence, entity_no, deleted); takes a kind, the last sequence seen and a limit."""
    return (
        select(changes.c.sequence, changes.c.entity_no, changes.c.deleted)
        .where(changes.c.kind == bindparam("kind"), changes.c.sequence > bindparam("after"))
        .order_by(changes.c.sequence)
        .limit(bindparam("limit"))
        .offset(NO_OFFSET)
    )


def totals() -> Select[Any]:
    """(listings, pictures, captions, cases, failures)."""
    counted = (listings, pictures, captions, cases, failures)
    return select(*(select(func.count()).select_from(table).scalar_subquery() for table in counted))


def text_totals() -> Select[Any]:
    """(pictures with text, OCR lines) by the newest result of each picture."""
    return select(func.count(), func.coalesce(func.sum(ocr_results.c.line_count), literal_column("0"))).where(
        ocr_results.c.newest, ocr_results.c.line_count > literal_column("0")
    )


def listings_by_platform() -> Select[Any]:
    """(platform, listings), most first."""
    return _counted(select(listings.c.platform, func.count()).group_by(listings.c.platform), listings.c.platform)


def listings_by_category() -> Select[Any]:
    """(category, listings), most first."""
    return _counted(select(listings.c.category, func.count()).group_by(listings.c.category), listings.c.category)


def vectors_by_space() -> Select[Any]:
    """(space, vectors), most first."""
    found = select(spaces.c.name, func.count()).join_from(vectors, spaces, spaces.c.space_no == vectors.c.space_no)
    return _counted(found.group_by(spaces.c.name), spaces.c.name)


def _counted(statement: Select[Any], name: Any) -> Select[Any]:  # noqa: ANN401 # any column expression
    return statement.order_by(func.count().desc(), name)
