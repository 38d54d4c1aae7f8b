"""The first schema: listings, pictures, what models said of them, failures and the change log.

Revisions are never edited after a release; what `schema.py` says today may differ.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create all tables, those that others refer to first."""
    _create_listings()
    _create_cases()
    _create_pictures()
    _create_listing_pictures()
    _create_picture_locations()
    _create_ocr_results()
    _create_ocr_lines()
    _create_captions()
    _create_vectors()
    _create_findings()
    _create_failures()
    _create_changes()
    _create_meta()


def _create_listings() -> None:
    op.create_table(
        "listings",
        sa.Column("listing_no", _KEY, nullable=False),
        sa.Column("listing_id", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("product_code", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("price", sa.Double(), nullable=True),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("captured_at_us", sa.BigInteger(), nullable=True),
        sa.Column("intro", sa.Text(), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("record_hash", sa.Text(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_us", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("listing_no", name=op.f("pk_listings")),
        sa.UniqueConstraint("listing_id", name=op.f("uq_listings_listing_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_listings_captured_at_us"), "listings", ["captured_at_us"], unique=False)
    op.create_index(op.f("ix_listings_category"), "listings", ["category"], unique=False)
    op.create_index(op.f("ix_listings_platform"), "listings", ["platform"], unique=False)
    op.create_index(op.f("ix_listings_price"), "listings", ["price"], unique=False)
    op.create_index(op.f("ix_listings_shop"), "listings", ["shop"], unique=False)


def _create_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("listing_no", _KEY, nullable=False),
        sa.Column("illegal_type", sa.Text(), nullable=False),
        sa.Column("keywords", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("decided_at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_no"], ["listings.listing_no"], name=op.f("fk_cases_listing_no"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("listing_no", name=op.f("pk_cases")),
    )


def _create_pictures() -> None:
    op.create_table(
        "pictures",
        sa.Column("picture_no", _KEY, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("width_px", sa.Integer(), nullable=False),
        sa.Column("height_px", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("pdq", sa.LargeBinary(), nullable=True),
        sa.Column("pdq_quality", sa.Integer(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("first_seen_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("picture_no", name=op.f("pk_pictures")),
        sa.UniqueConstraint("sha256", name=op.f("uq_pictures_sha256")),
        sqlite_autoincrement=True,
    )


def _create_listing_pictures() -> None:
    op.create_table(
        "listing_pictures",
        sa.Column("listing_no", _KEY, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("picture_no", _KEY, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_no"], ["listings.listing_no"], name=op.f("fk_listing_pictures_listing_no"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["picture_no"], ["pictures.picture_no"], name=op.f("fk_listing_pictures_picture_no")),
        sa.PrimaryKeyConstraint("listing_no", "place", name=op.f("pk_listing_pictures")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_listing_pictures_picture_no_listing_no"),
        "listing_pictures",
        ["picture_no", "listing_no"],
        unique=False,
    )


def _create_picture_locations() -> None:
    op.create_table(
        "picture_locations",
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("location", name=op.f("pk_picture_locations")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_picture_locations_sha256"), "picture_locations", ["sha256"], unique=False)


def _create_ocr_results() -> None:
    op.create_table(
        "ocr_results",
        sa.Column("result_no", _KEY, nullable=False),
        sa.Column("picture_no", _KEY, nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("read_at_us", sa.BigInteger(), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("newest", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["picture_no"], ["pictures.picture_no"], name=op.f("fk_ocr_results_picture_no"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("result_no", name=op.f("pk_ocr_results")),
        sa.UniqueConstraint("picture_no", "model_id", name=op.f("uq_ocr_results_picture_no_model_id")),
        sqlite_autoincrement=True,
    )


def _create_ocr_lines() -> None:
    op.create_table(
        "ocr_lines",
        sa.Column("result_no", _KEY, nullable=False),
        sa.Column("line_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("x1", sa.Double(), nullable=False),
        sa.Column("y1", sa.Double(), nullable=False),
        sa.Column("x2", sa.Double(), nullable=False),
        sa.Column("y2", sa.Double(), nullable=False),
        sa.Column("x3", sa.Double(), nullable=False),
        sa.Column("y3", sa.Double(), nullable=False),
        sa.Column("x4", sa.Double(), nullable=False),
        sa.Column("y4", sa.Double(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["result_no"], ["ocr_results.result_no"], name=op.f("fk_ocr_lines_result_no"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("result_no", "line_no", name=op.f("pk_ocr_lines")),
        sqlite_with_rowid=False,
    )


def _create_captions() -> None:
    op.create_table(
        "captions",
        sa.Column("caption_no", _KEY, nullable=False),
        sa.Column("picture_no", _KEY, nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["picture_no"], ["pictures.picture_no"], name=op.f("fk_captions_picture_no"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("caption_no", name=op.f("pk_captions")),
        sa.UniqueConstraint("picture_no", "model_id", name=op.f("uq_captions_picture_no_model_id")),
        sqlite_autoincrement=True,
    )


def _create_vectors() -> None:
    op.create_table(
        "vectors",
        sa.Column("owner_kind", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("space", sa.Text(), nullable=False),
        sa.Column("dims", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("owner_kind", "content_sha256", "space", name=op.f("pk_vectors")),
    )
    op.create_index(op.f("ix_vectors_space"), "vectors", ["space"], unique=False)


def _create_findings() -> None:
    op.create_table(
        "findings",
        sa.Column("finding_no", _KEY, nullable=False),
        sa.Column("listing_no", _KEY, nullable=False),
        sa.Column("picture_no", _KEY, nullable=True),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("rulebook_version", sa.Text(), nullable=False),
        sa.Column("law", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("box", sa.Text(), nullable=True),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("found_at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_no"], ["listings.listing_no"], name=op.f("fk_findings_listing_no"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["picture_no"], ["pictures.picture_no"], name=op.f("fk_findings_picture_no"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("finding_no", name=op.f("pk_findings")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_findings_category"), "findings", ["category"], unique=False)
    op.create_index(op.f("ix_findings_listing_no"), "findings", ["listing_no"], unique=False)
    op.create_index(op.f("ix_findings_picture_no"), "findings", ["picture_no"], unique=False)


def _create_failures() -> None:
    op.create_table(
        "failures",
        sa.Column("failure_no", _KEY, nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("message_zh", sa.Text(), nullable=False),
        sa.Column("listing_id", sa.Text(), nullable=False),
        sa.Column("transient", sa.Boolean(), nullable=False),
        sa.Column("happened_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("failure_no", name=op.f("pk_failures")),
        sa.UniqueConstraint("location", "stage", name=op.f("uq_failures_location_stage")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_failures_listing_id"), "failures", ["listing_id"], unique=False)


def _create_changes() -> None:
    op.create_table(
        "changes",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("entity_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "entity_no", name=op.f("pk_changes")),
        sa.UniqueConstraint("sequence", name=op.f("uq_changes_sequence")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_changes_kind_sequence"), "changes", ["kind", "sequence"], unique=False)


def _create_meta() -> None:
    op.create_table(
        "meta",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
    )
