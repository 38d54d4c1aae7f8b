"""Second opinions of vision-language models on pictures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table of opinions."""
    op.create_table(
        "picture_opinions",
        sa.Column("opinion_no", _KEY, nullable=False),
        sa.Column("picture_no", _KEY, nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("claims", sa.Text(), nullable=False),
        sa.Column("rejections", sa.Text(), nullable=False),
        sa.Column("asked_at_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["picture_no"], ["pictures.picture_no"], name=op.f("fk_picture_opinions_picture_no"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("opinion_no", name=op.f("pk_picture_opinions")),
        sa.UniqueConstraint("picture_no", "model_id", name=op.f("uq_picture_opinions_picture_no_model_id")),
        sqlite_autoincrement=True,
    )
