"""The tables of what is suspected of listings, what is watched for, and what people decided; see `schema`."""

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

screenings = Table(
    "screenings",
    metadata,
    Column("listing_no", KEY, ForeignKey("listings.listing_no", ondelete="CASCADE"), primary_key=True),
    Column("status", Text, nullable=False),  # suspected, review, clear
    Column("score", Double, nullable=False),
    Column("rulebook_version", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),  # the newest change of the listing that was seen
    Column("product_classes", Text, nullable=False),  # JSON list
    Column("screened_at_us", BigInteger, nullable=False),
    Index(None, "status", "score"),
)

category_scores = Table(
    "category_scores",
    metadata,
    Column("listing_no", KEY, ForeignKey("listings.listing_no", ondelete="CASCADE"), primary_key=True),
    Column("category", Text, primary_key=True),
    Column("score", Double, nullable=False),
    Column("status", Text, nullable=False),
    Index(None, "category", "status"),
    sqlite_with_rowid=False,
)

watches = Table(
    "watches",
    metadata,
    Column("watch_no", KEY, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("query", Text, nullable=False),  # JSON: words, filters and the threshold
    Column("picture", LargeBinary),
    Column("cap", Integer, nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),  # every change up to this one was looked at
    Column("last_run_at_us", BigInteger),
    sqlite_autoincrement=True,
)

watch_hits = Table(
    "watch_hits",
    metadata,
    Column("watch_no", KEY, ForeignKey(watches.c.watch_no, ondelete="CASCADE"), primary_key=True, autoincrement=False),
    # No foreign key: a hit outlives its listing.
    Column("listing_no", BigInteger, primary_key=True, autoincrement=False),
    Column("listing_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("shop", Text, nullable=False),
    Column("relevance", Double, nullable=False),
    Column("channels", Text, nullable=False),  # JSON object
    Column("matched_words", Text, nullable=False),  # JSON list
    Column("picture_sha256", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("found_at_us", BigInteger, nullable=False),
    Column("seen_at_us", BigInteger),
    Column("held_back", Boolean, nullable=False),
    Index(None, "watch_no", "found_at_us"),
)

findings = Table(
    "findings",
    metadata,
    Column("finding_no", KEY, primary_key=True),
    Column("listing_no", KEY, ForeignKey("listings.listing_no", ondelete="CASCADE"), nullable=False, index=True),
    Column("category", Text, nullable=False, index=True),
    Column("rule_id", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("view", Text, nullable=False),  # how the words were read in what is written
    Column("words", Text, nullable=False),  # JSON list
    Column("seen", Text, nullable=False),  # JSON list
    Column("score", Double, nullable=False),
    Column("places", Text, nullable=False),  # JSON list of [field, line, start, end, picture_no, line_no, box]
    Column("laws", Text, nullable=False),  # JSON list of [law, version, article, role]
    Column("explain", Text, nullable=False),
    Column("explain_zh", Text, nullable=False),
    sqlite_autoincrement=True,
)

identifiers = Table(
    "identifiers",
    metadata,
    Column("identifier_no", KEY, primary_key=True),
    Column("listing_no", KEY, ForeignKey("listings.listing_no", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("problem", Text, nullable=False),  # empty where the form is in order
    Column("places", Text, nullable=False),
    Index(None, "value", "kind"),
    sqlite_autoincrement=True,
)

contacts = Table(
    "contacts",
    metadata,
    Column("contact_no", KEY, primary_key=True),
    Column("listing_no", KEY, ForeignKey("listings.listing_no", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("public", Boolean, nullable=False),
    Column("picture_no", KEY, ForeignKey("pictures.picture_no", ondelete="CASCADE"), index=True),  # NULL: own text
    Column("places", Text, nullable=False),
    Index(None, "kind", "value", "listing_no"),
    sqlite_autoincrement=True,
)

picture_codes = Table(
    "picture_codes",
    metadata,
    Column("picture_no", KEY, ForeignKey("pictures.picture_no", ondelete="CASCADE"), primary_key=True),
    Column("reader", Text, nullable=False),  # the reader and its version
    Column("codes", Text, nullable=False),  # JSON list of [format, content, box]
)

picture_opinions = Table(
    "picture_opinions",
    metadata,
    Column("opinion_no", KEY, primary_key=True),
    Column("picture_no", KEY, ForeignKey("pictures.picture_no", ondelete="CASCADE"), nullable=False),
    Column("model_id", Text, nullable=False),  # the model and the version of all that it was told
    Column("claims", Text, nullable=False),  # JSON list of [category, quotes, law, article, confidence, reason]
    Column("rejections", Text, nullable=False),  # JSON list of [kind, value, category]
    Column("asked_at_us", BigInteger, nullable=False),
    UniqueConstraint("picture_no", "model_id"),
    sqlite_autoincrement=True,
)

reviews = Table(
    "reviews",
    metadata,
    Column("review_no", KEY, primary_key=True),
    Column("listing_id", Text, nullable=False, index=True),  # no foreign key: a decision outlives its listing
    Column("category", Text, nullable=False),  # empty: all that was found
    Column("decision", Text, nullable=False),  # confirm, dismiss, assign, reopen
    Column("reason", Text, nullable=False),
    Column("reviewer", Text, nullable=False, index=True),
    Column("assignee", Text, nullable=False),
    Column("decided_at_us", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

review_states = Table(
    "review_states",
    metadata,
    Column("listing_no", KEY, ForeignKey("listings.listing_no", ondelete="CASCADE"), primary_key=True),
    Column("category", Text, primary_key=True),
    Column("review_no", KEY, ForeignKey(reviews.c.review_no), nullable=False),
    sqlite_with_rowid=False,
)

dismissed_marks = Table(
    "dismissed_marks",
    metadata,
    Column("category", Text, primary_key=True),
    Column("kind", Text, primary_key=True),  # "picture" or "line"
    Column("value", Text, primary_key=True),
    Column("review_no", KEY, ForeignKey(reviews.c.review_no), nullable=False, index=True),
    sqlite_with_rowid=False,
)
