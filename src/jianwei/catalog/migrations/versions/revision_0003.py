"""Local features of pictures, by which cropped and framed copies are found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table; pictures that are there already get their features when they are next read."""
    op.create_table(
        "picture_features",
        sa.Column("picture_no", _KEY, nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["picture_no"],
            ["pictures.picture_no"],
            name=op.f("fk_picture_features_picture_no"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("picture_no", name=op.f("pk_picture_features")),
    )
