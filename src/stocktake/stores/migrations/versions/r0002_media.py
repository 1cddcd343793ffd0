"""Media sources and collections, what importers want to be told again, links out of sight, and the view of presence."""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, text

from stocktake.stores.column_type import BYTES, KEY, NUMBER, WHOLE, WORDS, Instant
from stocktake.stores.definition import APPLICATION_ROLE, guard_table

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, and the view."""
    _tables()
    _create(
        "st_unsighted_link",
        Column("workspace_id", WHOLE, nullable=False),
        Column("feed_id", NUMBER, nullable=False),
        Column("snapshot_run", NUMBER, nullable=False),
        Column("external_id", KEY, nullable=False),
        Column("seen_run", NUMBER, nullable=False),
        PrimaryKeyConstraint("workspace_id", "feed_id", "snapshot_run", "external_id"),
    )
    connection = op.get_bind()
    postgres = connection.dialect.name == "postgresql"
    invoker = "WITH (security_invoker = true) " if postgres else ""
    connection.execute(text(f"CREATE VIEW source_presence {invoker}AS {_PRESENCE}"))
    if postgres:
        connection.execute(text(f"GRANT SELECT ON source_presence TO {APPLICATION_ROLE}"))


#: PRE-28: a present link was last seen by its source's last complete snapshot, or by itself in a later run. A sighting's
#: time is that of its run, or of the last run that read the same content again (PLN-16). What lay out of that snapshot's
#: sight (MED-D10) was last seen by the snapshot before it went out of sight, or by itself.
_PRESENCE = """
SELECT link.workspace_id, feed.record_type, feed.source,
       coalesce(link.external_id_raw, link.external_id) AS external_id, link.record_id, link.is_present,
       first_run.applied_at AS first_seen_at,
       CASE WHEN link.is_present AND unsighted.seen_run > link.last_run THEN seen.applied_at
            WHEN link.is_present AND NOT link.is_keyless AND unsighted.external_id IS NULL
                 AND freshness.snapshot_run > link.last_run
                 AND (again.applied_at IS NULL OR again.applied_at < freshness.snapshot_at)
            THEN freshness.snapshot_at ELSE coalesce(again.applied_at, last_run.applied_at) END AS last_seen_at,
       link.missing_since, link.missed_snapshots, link.held_run, link.back_run_3,
       link.acknowledged_run, link.acknowledged_at, link.acknowledged_by, link.acknowledged_reason, link.acknowledged_until,
       link.metadata
FROM st_source_link AS link
JOIN st_feed AS feed ON feed.workspace_id = link.workspace_id AND feed.feed_id = link.feed_id
LEFT JOIN st_import_run AS first_run
  ON first_run.workspace_id = link.workspace_id AND first_run.run_id = link.first_run
LEFT JOIN st_import_run AS last_run
  ON last_run.workspace_id = link.workspace_id AND last_run.run_id = link.last_run
LEFT JOIN (SELECT workspace_id, content_run, max(applied_at) AS applied_at FROM st_import_run
           WHERE status = 'applied' AND content_run IS NOT NULL GROUP BY workspace_id, content_run) AS again
  ON again.workspace_id = link.workspace_id AND again.content_run = link.last_run
LEFT JOIN st_source_freshness AS freshness
  ON freshness.workspace_id = link.workspace_id AND freshness.source = feed.source
 AND freshness.record_type = feed.record_type
LEFT JOIN st_unsighted_link AS unsighted
  ON unsighted.workspace_id = link.workspace_id AND unsighted.feed_id = link.feed_id
 AND unsighted.snapshot_run = freshness.snapshot_run AND unsighted.external_id = link.external_id
LEFT JOIN st_import_run AS seen
  ON seen.workspace_id = link.workspace_id AND seen.run_id = unsighted.seen_run
"""


def _tables() -> None:
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
