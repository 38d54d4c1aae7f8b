"""What Alembic runs for each command: it works on the connection that `schema_version.alembic_config` carries.

That connection is in a transaction already, so a migration that is interrupted leaves nothing behind.
"""

from __future__ import annotations

from alembic import context

from jianwei.catalog.opening.schema_version import VERSION_TABLE
from jianwei.catalog.tables.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,  # SQLite cannot alter most things: a batch rebuilds the table
)

with context.begin_transaction():
    context.run_migrations()
