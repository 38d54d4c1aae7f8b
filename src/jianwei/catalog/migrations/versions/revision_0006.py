"""Standing watches and what they found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables of watches."""
    op.create_table(
        "watches",
        sa.Column("watch_no", _KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=True),
        sa.Column("cap", sa.Integer(), nullable=False),
        sa.Column("created_at_us", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("last_run_at_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("watch_no", name=op.f("pk_watches")),
        sa.UniqueConstraint("name", name=op.f("uq_watches_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "watch_hits",
        sa.Column("watch_no", _KEY, autoincrement=False, nullable=False),
        sa.Column("listing_no", sa.BigInteger(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("listing_id", "title", "platform", "shop")),
        sa.Column("relevance", sa.Double(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("channels", "matched_words", "picture_sha256")),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("found_at_us", sa.BigInteger(), nullable=False),
        sa.Column("seen_at_us", sa.BigInteger(), nullable=True),
        sa.Column("held_back", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["watch_no"], ["watches.watch_no"], name=op.f("fk_watch_hits_watch_no"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("watch_no", "listing_no", name=op.f("pk_watch_hits")),
    )
    op.create_index(op.f("ix_watch_hits_watch_no_found_at_us"), "watch_hits", ["watch_no", "found_at_us"], unique=False)
