"""Groups: the family of each picture, shops that belong together, and what a reviewer keeps apart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables of groups."""
    op.create_table(
        "picture_families",
        sa.Column("picture_no", _KEY, nullable=False),
        sa.Column("pivot_no", sa.BigInteger(), nullable=False),
        sa.Column("distance", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["picture_no"], ["pictures.picture_no"], name=op.f("fk_picture_families_picture_no"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("picture_no", name=op.f("pk_picture_families")),
    )
    op.create_index(op.f("ix_picture_families_pivot_no"), "picture_families", ["pivot_no"], unique=False)
    op.create_table(
        "seller_shops",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("cluster_no", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "shop", name=op.f("pk_seller_shops")),
    )
    op.create_index(op.f("ix_seller_shops_cluster_no"), "seller_shops", ["cluster_no"], unique=False)
    op.create_table(
        "seller_links",
        sa.Column("link_no", _KEY, nullable=False),
        sa.Column("cluster_no", sa.Integer(), nullable=False),
        sa.Column("first_platform", sa.Text(), nullable=False),
        sa.Column("first_shop", sa.Text(), nullable=False),
        sa.Column("second_platform", sa.Text(), nullable=False),
        sa.Column("second_shop", sa.Text(), nullable=False),
        sa.Column("strength", sa.Double(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("link_no", name=op.f("pk_seller_links")),
    )
    op.create_index(op.f("ix_seller_links_cluster_no"), "seller_links", ["cluster_no"], unique=False)
    op.create_table(
        "kept_apart",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("second", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "first", "second", name=op.f("pk_kept_apart")),
    )
