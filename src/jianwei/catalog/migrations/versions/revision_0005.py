"""Findings are kept with all that they rest on, beside scores, numbers, contacts and the codes of pictures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Replace the table of findings, which nothing has written before, and add those around it."""
    for column in ("category", "listing_no", "picture_no"):
        op.drop_index(op.f(f"ix_findings_{column}"), table_name="findings")
    op.drop_table("findings")
    _create_scores()
    _create_findings()
    _create_numbers_and_contacts()
    op.create_table(
        "picture_codes",
        sa.Column("picture_no", _KEY, nullable=False),
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("codes", sa.Text(), nullable=False),
        _picture("picture_codes"),
        sa.PrimaryKeyConstraint("picture_no", name=op.f("pk_picture_codes")),
    )


def _create_scores() -> None:
    op.create_table(
        "screenings",
        sa.Column("listing_no", _KEY, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("rulebook_version", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("product_classes", sa.Text(), nullable=False),
        sa.Column("screened_at_us", sa.BigInteger(), nullable=False),
        _listing("screenings"),
        sa.PrimaryKeyConstraint("listing_no", name=op.f("pk_screenings")),
    )
    op.create_index(op.f("ix_screenings_status_score"), "screenings", ["status", "score"], unique=False)
    op.create_table(
        "category_scores",
        sa.Column("listing_no", _KEY, nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        _listing("category_scores"),
        sa.PrimaryKeyConstraint("listing_no", "category", name=op.f("pk_category_scores")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_category_scores_category_status"), "category_scores", ["category", "status"], unique=False)


def _create_findings() -> None:
    op.create_table(
        "findings",
        sa.Column("finding_no", _KEY, nullable=False),
        sa.Column("listing_no", _KEY, nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.Column("laws", sa.Text(), nullable=False),
        sa.Column("explain", sa.Text(), nullable=False),
        sa.Column("explain_zh", sa.Text(), nullable=False),
        _listing("findings"),
        sa.PrimaryKeyConstraint("finding_no", name=op.f("pk_findings")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_findings_listing_no"), "findings", ["listing_no"], unique=False)
    op.create_index(op.f("ix_findings_category"), "findings", ["category"], unique=False)


def _create_numbers_and_contacts() -> None:
    op.create_table(
        "identifiers",
        sa.Column("identifier_no", _KEY, nullable=False),
        sa.Column("listing_no", _KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        _listing("identifiers"),
        sa.PrimaryKeyConstraint("identifier_no", name=op.f("pk_identifiers")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_identifiers_listing_no"), "identifiers", ["listing_no"], unique=False)
    op.create_index(op.f("ix_identifiers_value_kind"), "identifiers", ["value", "kind"], unique=False)
    op.create_table(
        "contacts",
        sa.Column("contact_no", _KEY, nullable=False),
        sa.Column("listing_no", _KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("picture_no", _KEY, nullable=True),
        sa.Column("places", sa.Text(), nullable=False),
        _listing("contacts"),
        _picture("contacts"),
        sa.PrimaryKeyConstraint("contact_no", name=op.f("pk_contacts")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_contacts_listing_no"), "contacts", ["listing_no"], unique=False)
    op.create_index(op.f("ix_contacts_picture_no"), "contacts", ["picture_no"], unique=False)
    op.create_index(
        op.f("ix_contacts_kind_value_listing_no"), "contacts", ["kind", "value", "listing_no"], unique=False
    )


def _listing(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["listing_no"], ["listings.listing_no"], name=op.f(f"fk_{table}_listing_no"), ondelete="CASCADE"
    )


def _picture(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["picture_no"], ["pictures.picture_no"], name=op.f(f"fk_{table}_picture_no"), ondelete="CASCADE"
    )
