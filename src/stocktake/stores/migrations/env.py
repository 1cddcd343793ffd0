"""Alembic's entry: migrate over the connection that ``Store.migrate`` opened, in its transaction."""

from __future__ import annotations

from alembic import context

from stocktake.stores import schema
from stocktake.stores.migrations import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
context.run_migrations()
