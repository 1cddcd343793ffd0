"""The table of webhooks: who is told of finished runs. Deliveries wait in the outbox, each webhook's under its topic."""

from __future__ import annotations

from sqlalchemy import Column, PrimaryKeyConstraint

from stocktake.stores.column_type import BYTES, FLAG, WHOLE, WORDS, Instant
from stocktake.stores.schema import clustered, metadata, workspace_key

#: ``salt, secret_check``: of the secret, which is kept nowhere (SEC-7). ``stopped_because``: why it is not active.
webhook = clustered(
    "st_webhook",
    metadata,
    workspace_key(),
    Column("webhook_id", WHOLE, nullable=False),
    Column("url", WORDS, nullable=False),
    Column("salt", BYTES, nullable=False),
    Column("secret_check", BYTES, nullable=False),
    Column("is_active", FLAG, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", WORDS, nullable=False),
    Column("stopped_because", WORDS),
    PrimaryKeyConstraint("workspace_id", "webhook_id"),
)
