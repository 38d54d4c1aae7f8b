"""The tables of a catalog, as SQLAlchemy Core metadata.

They exist here once for the statements to be built from; the migrations create and change them in files, and a test
holds both equal. Only types that every database binds and returns unchanged are used (integers, floats, text, bytes),
because statements run on the driver without type conversion: moments are microseconds since 1970 in UTC (`_us`), and
pairs, keywords and raw records are JSON text. `stored/values.py` does both conversions.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from jianwei.catalog.tables.schema_metadata import KEY, metadata
from jianwei.catalog.tables.schema_risk import (
    category_scores,
    contacts,
    dismissed_marks,
    findings,
    identifiers,
    picture_codes,
    picture_opinions,
    review_states,
    reviews,
    screenings,
    watch_hits,
    watches,
)

__all__ = [
    "captions",
    "cases",
    "category_scores",
    "changes",
    "contacts",
    "dismissed_marks",
    "failures",
    "findings",
    "identifiers",
    "kept_apart",
    "listing_pictures",
    "listing_titles",
    "listings",
    "meta",
    "metadata",
    "ocr_lines",
    "ocr_results",
    "picture_codes",
    "picture_families",
    "picture_features",
    "picture_locations",
    "picture_opinions",
    "pictures",
    "review_states",
    "reviews",
    "screenings",
    "seller_links",
    "seller_shops",
    "spaces",
    "vectors",
    "watch_hits",
    "watches",
]

listings = Table(
    "listings",
    metadata,
    Column("listing_no", KEY, primary_key=True),
    Column("listing_id", Text, nullable=False, unique=True),
    Column("platform", Text, nullable=False, index=True),
    Column("product_code", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("price", Double, index=True),
    Column("shop", Text, nullable=False, index=True),
    Column("category", Text, nullable=False, index=True),
    Column("captured_at_us", BigInteger, index=True),
    Column("intro", Text, nullable=False),
    Column("spec", Text, nullable=False),
    Column("record_hash", Text, nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Column("updated_at_us", BigInteger, nullable=False),
    # Last and long: SQLite then reads the other columns of a row without touching its overflow pages.
    Column("source", Text, nullable=False),
    sqlite_autoincrement=True,  # numbers are never given twice, so that an index cannot take a new listing for an old
)

cases = Table(
    "cases",
    metadata,
    Column("listing_no", KEY, ForeignKey(listings.c.listing_no, ondelete="CASCADE"), primary_key=True),
    Column("illegal_type", Text, nullable=False),
    Column("keywords", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("origin", Text, nullable=False),  # "source" or "reviewer": a source never undoes a reviewer
    Column("decided_at_us", BigInteger, nullable=False),
)

pictures = Table(
    "pictures",
    metadata,
    Column("picture_no", KEY, primary_key=True),
    Column("sha256", Text, nullable=False, unique=True),
    Column("format", Text, nullable=False),
    Column("width_px", Integer, nullable=False),
    Column("height_px", Integer, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("frames", Integer, nullable=False),
    Column("pdq", LargeBinary),
    Column("pdq_quality", Integer, nullable=False),
    Column("location", Text, nullable=False),
    Column("first_seen_at_us", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

picture_features = Table(
    "picture_features",
    metadata,
    Column("picture_no", KEY, ForeignKey(pictures.c.picture_no, ondelete="CASCADE"), primary_key=True),
    Column("method", Text, nullable=False),  # what made them; those of another method cannot be compared with ours
    Column("data", LargeBinary, nullable=False),  # rows of `jianwei.images.local_features`
)

listing_pictures = Table(
    "listing_pictures",
    metadata,
    Column("listing_no", KEY, ForeignKey(listings.c.listing_no, ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),  # 0, 1, 2 … in page order
    Column("picture_no", KEY, ForeignKey(pictures.c.picture_no), nullable=False),
    Column("role", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Index(None, "picture_no", "listing_no"),
    sqlite_with_rowid=False,
)

picture_locations = Table(
    "picture_locations",
    metadata,
    Column("location", Text, primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("sha256", Text, index=True),
    sqlite_with_rowid=False,
)

ocr_results = Table(
    "ocr_results",
    metadata,
    Column("result_no", KEY, primary_key=True),
    Column("picture_no", KEY, ForeignKey(pictures.c.picture_no, ondelete="CASCADE"), nullable=False),
    Column("model_id", Text, nullable=False),
    Column("read_at_us", BigInteger, nullable=False),
    Column("line_count", Integer, nullable=False),
    Column("newest", Boolean, nullable=False),  # true for exactly one result of each picture that was read
    UniqueConstraint("picture_no", "model_id"),
    sqlite_autoincrement=True,
)

ocr_lines = Table(
    "ocr_lines",
    metadata,
    Column("result_no", KEY, ForeignKey(ocr_results.c.result_no, ondelete="CASCADE"), primary_key=True),
    Column("line_no", Integer, primary_key=True, autoincrement=False),  # 0, 1, 2 … in reading order
    Column("text", Text, nullable=False),
    *(Column(f"{axis}{corner}", Double, nullable=False) for corner in range(1, 5) for axis in "xy"),
    Column("confidence", Double, nullable=False),
    sqlite_with_rowid=False,
)

captions = Table(
    "captions",
    metadata,
    Column("caption_no", KEY, primary_key=True),
    Column("picture_no", KEY, ForeignKey(pictures.c.picture_no, ondelete="CASCADE"), nullable=False),
    Column("model_id", Text, nullable=False),  # the model and the version of its prompt
    Column("text", Text, nullable=False),
    Column("written_at_us", BigInteger, nullable=False),
    UniqueConstraint("picture_no", "model_id"),
    sqlite_autoincrement=True,
)

spaces = Table(
    "spaces",
    metadata,
    Column("space_no", KEY, primary_key=True),
    Column("name", Text, nullable=False, unique=True),  # model@revision
    Column("dims", Integer, nullable=False),
    sqlite_autoincrement=True,
)

vectors = Table(
    "vectors",
    metadata,
    Column("space_no", KEY, ForeignKey(spaces.c.space_no, ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("owner_kind", Text, primary_key=True),  # "picture", "title" or "caption"
    Column("content_sha256", Text, primary_key=True),
    Column("data", LargeBinary, nullable=False),  # float16, little-endian
)

listing_titles = Table(
    "listing_titles",
    metadata,
    Column("listing_no", KEY, ForeignKey(listings.c.listing_no, ondelete="CASCADE"), primary_key=True),
    Column("sha256", Text, nullable=False, index=True),  # of the title; a listing without one has no row
    sqlite_with_rowid=False,
)

picture_families = Table(
    "picture_families",
    metadata,
    Column("picture_no", KEY, ForeignKey(pictures.c.picture_no, ondelete="CASCADE"), primary_key=True),
    Column("pivot_no", BigInteger, nullable=False, index=True),  # no foreign key: a pivot that goes is noticed later
    Column("distance", Integer, nullable=False),
)

seller_shops = Table(
    "seller_shops",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("shop", Text, primary_key=True),
    Column("cluster_no", Integer, nullable=False, index=True),
)

seller_links = Table(
    "seller_links",
    metadata,
    Column("link_no", KEY, primary_key=True),
    Column("cluster_no", Integer, nullable=False, index=True),
    Column("first_platform", Text, nullable=False),
    Column("first_shop", Text, nullable=False),
    Column("second_platform", Text, nullable=False),
    Column("second_shop", Text, nullable=False),
    Column("strength", Double, nullable=False),
    Column("reasons", Text, nullable=False),  # JSON list
)

kept_apart = Table(
    "kept_apart",
    metadata,
    Column("kind", Text, primary_key=True),  # "picture" or "shop"
    Column("first", Text, primary_key=True),
    Column("second", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("decided_at_us", BigInteger, nullable=False),
)

failures = Table(
    "failures",
    metadata,
    Column("failure_no", KEY, primary_key=True),
    Column("stage", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("message_zh", Text, nullable=False),
    Column("listing_id", Text, nullable=False, index=True),
    Column("transient", Boolean, nullable=False),
    Column("happened_at_us", BigInteger, nullable=False),
    UniqueConstraint("location", "stage"),
    sqlite_autoincrement=True,
)

changes = Table(
    "changes",
    metadata,
    Column("kind", Text, primary_key=True),  # "listing", "picture", "picture-vector:<space_no>", "title-vector:<…>"
    Column("entity_no", BigInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False, unique=True),
    Column("deleted", Boolean, nullable=False),
    Index(None, "kind", "sequence"),
    sqlite_with_rowid=False,
)

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
