"""The first schema: system tables, the view of presence, and on PostgreSQL the role and the policies."""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

from stocktake.stores import schema
from stocktake.stores.definition import guard_table
from stocktake.stores.postgres import APPLICATION_ROLE

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ROLE = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APPLICATION_ROLE}') THEN
        CREATE ROLE {APPLICATION_ROLE} NOLOGIN NOSUPERUSER NOBYPASSRLS;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""


def upgrade() -> None:
    """Create everything."""
    connection = op.get_bind()
    postgres = connection.dialect.name == "postgresql"
    if postgres:
        connection.execute(text(_ROLE))
        connection.execute(text(f"GRANT {APPLICATION_ROLE} TO CURRENT_USER"))
    schema.metadata.create_all(connection)
    for table in schema.metadata.sorted_tables:
        guard_table(connection, table)
    invoker = "WITH (security_invoker = true) " if postgres else ""
    connection.execute(text(f"CREATE VIEW source_presence {invoker}AS {_PRESENCE}"))
    if postgres:
        connection.execute(text(f"GRANT SELECT ON source_presence TO {APPLICATION_ROLE}"))


#: PRE-28: a present link was last seen when its source's last complete snapshot was read, or by itself later.
_PRESENCE = """
SELECT link.workspace_id, link.record_type, link.source, link.external_id, link.record_id, link.is_present,
       link.first_seen_at,
       CASE WHEN link.is_present AND NOT link.is_keyless AND freshness.snapshot_at > link.last_seen_at
            THEN freshness.snapshot_at ELSE link.last_seen_at END AS last_seen_at,
       link.missing_since, link.missed_snapshots, link.held_run
FROM st_source_link AS link
LEFT JOIN st_source_freshness AS freshness
  ON freshness.workspace_id = link.workspace_id AND freshness.source = link.source
 AND freshness.record_type = link.record_type
"""
