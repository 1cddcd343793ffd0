"""Media sources, collections, and what importers want to be told again (MED)."""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint

from stocktake.stores.column_type import BYTES, NUMBER, WHOLE, WORDS, Instant
from stocktake.stores.definition import guard_table

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _create(
        "st_media_source",
        Column("workspace_id", WHOLE, nullable=False),
        Column("name", WORDS, nullable=False),
        Column("descriptor", WORDS, nullable=False),
        Column("created_at", Instant(), nullable=False),
        Column("changed_at", Instant(), nullable=False),
        PrimaryKeyConstraint("workspace_id", "name"),
    )
    _create(
        "st_collection",
        Column("workspace_id", WHOLE, nullable=False),
        Column("collection_id", WORDS, nullable=False),
        Column("media_source", WORDS, nullable=False),
        Column("external_id", WORDS, nullable=False),
        Column("source", WORDS, nullable=False),
        Column("descriptor", WORDS, nullable=False),
        Column("last_ingest_time", Instant()),
        Column("ingest_run", WHOLE),
        Column("key_rule", WORDS),
        Column("created_at", Instant(), nullable=False),
        Column("changed_at", Instant(), nullable=False),
        PrimaryKeyConstraint("workspace_id", "collection_id"),
    )
    op.create_index(
        "st_collection_by_media_source",
        "st_collection",
        ["workspace_id", "media_source", "external_id"],
        unique=True,
    )
    op.create_index("st_collection_by_source", "st_collection", ["workspace_id", "source"], unique=True)
    _create(
        "st_collection_scan",
        Column("workspace_id", WHOLE, nullable=False),
        Column("collection_id", WORDS, nullable=False),
        Column("part", NUMBER, nullable=False),
        Column("content", BYTES, nullable=False),
        PrimaryKeyConstraint("workspace_id", "collection_id", "part"),
    )


def _create(name: str, *parts: Any) -> None:
    table = op.create_table(name, *parts, sqlite_strict=True, sqlite_with_rowid=False)
    guard_table(op.get_bind(), table)
