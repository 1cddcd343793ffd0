"""Webhooks, and deliveries to them that are given up."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint

from stocktake.stores.column_type import BYTES, FLAG, WHOLE, WORDS, Instant
from stocktake.stores.definition import guard_table

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.add_column("st_outbox", Column("given_up_at", Instant()))
    table = op.create_table(
        "st_webhook",
        Column("workspace_id", WHOLE, nullable=False),
        Column("webhook_id", WHOLE, nullable=False),
        Column("url", WORDS, nullable=False),
        Column("salt", BYTES, nullable=False),
        Column("secret_check", BYTES, nullable=False),
        Column("is_active", FLAG, nullable=False),
        Column("created_at", Instant(), nullable=False),
        Column("created_by", WORDS, nullable=False),
        Column("stopped_because", WORDS),
        PrimaryKeyConstraint("workspace_id", "webhook_id"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    guard_table(op.get_bind(), table)
