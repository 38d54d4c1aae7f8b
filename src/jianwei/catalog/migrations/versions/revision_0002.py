"""Spaces get a table of their own, vectors lie together by space, and titles are found by their content."""

from __future__ import annotations

from hashlib import sha256

import sqlalchemy as sa
from alembic import op

from jianwei.catalog.stored.values import from_stored_text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BATCH = 1000


def upgrade() -> None:
    """Replace the table of vectors, which nothing has written before, and note the title of each listing."""
    op.create_table(
        "spaces",
        sa.Column("space_no", _KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dims", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("space_no", name=op.f("pk_spaces")),
        sa.UniqueConstraint("name", name=op.f("uq_spaces_name")),
        sqlite_autoincrement=True,
    )
    op.drop_index(op.f("ix_vectors_space"), table_name="vectors")
    op.drop_table("vectors")
    op.create_table(
        "vectors",
        sa.Column("space_no", _KEY, autoincrement=False, nullable=False),
        sa.Column("owner_kind", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_no"], ["spaces.space_no"], name=op.f("fk_vectors_space_no"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("space_no", "owner_kind", "content_sha256", name=op.f("pk_vectors")),
    )
    _create_listing_titles()


def _create_listing_titles() -> None:
    titles = op.create_table(
        "listing_titles",
        sa.Column("listing_no", _KEY, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_no"], ["listings.listing_no"], name=op.f("fk_listing_titles_listing_no"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("listing_no", name=op.f("pk_listing_titles")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_listing_titles_sha256"), "listing_titles", ["sha256"], unique=False)
    connection = op.get_bind()
    after = 0
    page = sa.text("SELECT listing_no, title FROM listings WHERE listing_no > :after ORDER BY listing_no LIMIT :limit")
    while rows := connection.execute(page, {"after": after, "limit": _BATCH}).all():
        after = rows[-1][0]
        named = [{"listing_no": no, "sha256": name} for no, title in rows if (name := _title_sha256(title))]
        if named:
            connection.execute(sa.insert(titles), named)


def _title_sha256(stored: str) -> str:
    text = from_stored_text(stored).strip()
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest() if text else ""
