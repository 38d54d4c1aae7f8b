"""Decisions of reviewers, the one in force, and what dismissals are remembered by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables of decisions."""
    op.create_table(
        "reviews",
        sa.Column("review_no", _KEY, nullable=False),
        sa.Column("listing_id", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("assignee", sa.Text(), nullable=False),
        sa.Column("decided_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("review_no", name=op.f("pk_reviews")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_reviews_listing_id"), "reviews", ["listing_id"], unique=False)
    op.create_index(op.f("ix_reviews_reviewer"), "reviews", ["reviewer"], unique=False)
    op.create_table(
        "review_states",
        sa.Column("listing_no", _KEY, nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("review_no", _KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_no"], ["listings.listing_no"], name=op.f("fk_review_states_listing_no"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["review_no"], ["reviews.review_no"], name=op.f("fk_review_states_review_no")),
        sa.PrimaryKeyConstraint("listing_no", "category", name=op.f("pk_review_states")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dismissed_marks",
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("review_no", _KEY, nullable=False),
        sa.ForeignKeyConstraint(["review_no"], ["reviews.review_no"], name=op.f("fk_dismissed_marks_review_no")),
        sa.PrimaryKeyConstraint("category", "kind", "value", name=op.f("pk_dismissed_marks")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_dismissed_marks_review_no"), "dismissed_marks", ["review_no"], unique=False)
