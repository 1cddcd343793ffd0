"""The first schema: system tables, and on PostgreSQL the role and the policies.

A migration is history: it names every column itself, and never changes with ``stores.schema``.
"""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, UniqueConstraint, text

from stocktake.stores.column_type import BYTES, FLAG, KEY, NUMBER, WHOLE, WORDS, Instant
from stocktake.stores.definition import APPLICATION_ROLE, guard_table

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
    _beside_records()
    _tables()


def _create(name: str, *parts: Any) -> None:
    table = op.create_table(name, *parts, sqlite_strict=True, sqlite_with_rowid=False)
    guard_table(op.get_bind(), table)


def _beside_records() -> None:
    """What is kept of records and of the headers that they came from."""
    _create(
        "st_record_stretch",
        Column("workspace_id", WHOLE, nullable=False),
        Column("record_type", WORDS, nullable=False),
        Column("stretch", WHOLE, nullable=False),
        Column("records", WHOLE, nullable=False),
        Column("retired", WHOLE, nullable=False),
        Column("version", WHOLE, nullable=False),
        PrimaryKeyConstraint("workspace_id", "record_type", "stretch"),
    )
    _create(
        "st_mapping",
        Column("workspace_id", WHOLE, nullable=False),
        Column("mapping_id", WHOLE, nullable=False),
        Column("source", WORDS, nullable=False),
        Column("record_type", WORDS, nullable=False),
        Column("version", WORDS, nullable=False),
        Column("fields", WORDS, nullable=False),
        Column("columns", WORDS, nullable=False),
        Column("created_run", WHOLE, nullable=False),
        PrimaryKeyConstraint("workspace_id", "mapping_id"),
    )
    op.create_index(
        "st_mapping_version", "st_mapping", ["workspace_id", "source", "record_type", "version"], unique=True
    )


def _tables() -> None:
    _create(
        "st_workspace",
        Column("workspace_id", WHOLE, nullable=False, autoincrement=False),
        Column("name", WORDS, nullable=False),
        Column("created_at", Instant(), nullable=False),
        PrimaryKeyConstraint("workspace_id"),
        UniqueConstraint("name"),
    )
    _create(
        "st_record_type",
        Column("name", WORDS, nullable=False),
        Column("descriptor", WORDS, nullable=False),
        Column("created_at", Instant(), nullable=False),
        Column("changed_at", Instant(), nullable=False),
        PrimaryKeyConstraint("name"),
    )
    _create(
        "st_source",
        Column("workspace_id", WHOLE, nullable=False),
        Column("name", WORDS, nullable=False),
        Column("descriptor", WORDS, nullable=False),
        Column("created_at", Instant(), nullable=False),
        Column("changed_at", Instant(), nullable=False),
        PrimaryKeyConstraint("workspace_id", "name"),
    )
    _create(
        "st_saved_mapping",
        Column("workspace_id", WHOLE, nullable=False),
        Column("name", WORDS, nullable=False),
        Column("source", WORDS, nullable=False),
        Column("record_type", WORDS, nullable=False),
        Column("descriptor", WORDS, nullable=False),
        Column("created_at", Instant(), nullable=False),
        Column("changed_at", Instant(), nullable=False),
        PrimaryKeyConstraint("workspace_id", "name"),
    )
    _create(
        "st_counter",
        Column("workspace_id", WHOLE, nullable=False),
        Column("name", WORDS, nullable=False),
        Column("next_value", WHOLE, nullable=False),
        PrimaryKeyConstraint("workspace_id", "name"),
    )
    _create(
        "st_target",
        Column("workspace_id", WHOLE, nullable=False),
        Column("record_type", WORDS, nullable=False),
        Column("version", WHOLE, nullable=False),
        PrimaryKeyConstraint("workspace_id", "record_type"),
    )
    _create(
        "st_import_run",
        Column("workspace_id", WHOLE, nullable=False),
        Column("run_id", WHOLE, nullable=False),
        Column("kind", WORDS, nullable=False),
        Column("status", WORDS, nullable=False),
        Column("source", WORDS),
        Column("record_type", WORDS),
        Column("strategy", WORDS),
        Column("is_full_snapshot", FLAG, nullable=False),
        Column("filename", WORDS),
        Column("file_sha256", WORDS),
        Column("plan_id", WORDS),
        Column("mapping_id", WHOLE),
        Column("mapping_hash", WORDS),
        Column("header", WORDS),
        Column("file", WORDS),
        Column("warnings", WORDS),
        Column("baseline", WORDS),
        Column("decisions", WORDS),
        Column("guards", WORDS),
        Column("content_run", WHOLE),
        Column("rules_hash", WORDS),
        Column("ground", WHOLE),
        Column("options", WORDS),
        Column("stats", WORDS),
        Column("phases", WORDS),
        Column("as_of", Instant()),
        Column("started_at", Instant(), nullable=False),
        Column("finished_at", Instant()),
        Column("applied_at", Instant()),
        Column("initiated_by", WORDS, nullable=False),
        Column("reason", WORDS),
        Column("undoes_run", WHOLE),
        Column("replaces_run", WHOLE),
        Column("mends_run", WHOLE),
        Column("rolled_back_at", Instant()),
        Column("rolled_back_by", WORDS),
        Column("raw_pruned_at", Instant()),
        Column("discovery_flow_id", WORDS),
        Column("master_flow_id", WORDS),
        Column("phase", WORDS),
        Column("wiring", WORDS),
        Column("draft_id", WHOLE),
        PrimaryKeyConstraint("workspace_id", "run_id"),
    )
    op.create_index("st_import_run_by_draft", "st_import_run", ["workspace_id", "draft_id"], unique=True)
    op.create_index("st_import_run_by_plan", "st_import_run", ["workspace_id", "plan_id"], unique=True)
    op.create_index(
        "st_import_run_by_source", "st_import_run", ["workspace_id", "source", "record_type", "run_id"]
    )
    op.create_index("st_import_run_by_start", "st_import_run", ["workspace_id", "started_at"])
    _create(
        "st_feed",
        Column("workspace_id", WHOLE, nullable=False),
        Column("feed_id", NUMBER, nullable=False),
        Column("source", WORDS, nullable=False),
        Column("record_type", WORDS, nullable=False),
        Column("version", WHOLE, nullable=False),
        PrimaryKeyConstraint("workspace_id", "feed_id"),
    )
    op.create_index("st_feed_by_source", "st_feed", ["workspace_id", "source", "record_type"], unique=True)
    _create(
        "st_source_link",
        Column("workspace_id", WHOLE, nullable=False),
        Column("feed_id", NUMBER, nullable=False),
        Column("external_id", KEY, nullable=False),
        Column("external_id_raw", KEY),
        Column("record_id", WHOLE, nullable=False),
        Column("is_present", FLAG, nullable=False),
        Column("is_keyless", FLAG, nullable=False),
        Column("first_run", NUMBER, nullable=False),
        Column("last_run", NUMBER, nullable=False),
        Column("changed_run", NUMBER, nullable=False),
        Column("missing_since", Instant()),
        Column("missed_snapshots", NUMBER, nullable=False),
        Column("held_run", NUMBER),
        Column("kept_run", NUMBER),
        Column("row_hash", BYTES),
        Column("mapping_id", NUMBER),
        Column("said", WORDS),
        Column("back_run_1", NUMBER),
        Column("back_run_2", NUMBER),
        Column("back_run_3", NUMBER),
        Column("acknowledged_run", NUMBER),
        Column("acknowledged_at", Instant()),
        Column("acknowledged_by", WORDS),
        Column("acknowledged_reason", WORDS),
        Column("acknowledged_until", Instant()),
        Column("metadata", WORDS),
        PrimaryKeyConstraint("workspace_id", "feed_id", "external_id"),
    )
    op.create_index("st_source_link_by_record", "st_source_link", ["workspace_id", "record_id"])
    op.create_index(
        "st_source_link_missing",
        "st_source_link",
        ["workspace_id", "feed_id", "missing_since"],
        sqlite_where=text("is_present = 0"),
        postgresql_where=text("NOT is_present"),
    )
    op.create_index(
        "st_source_link_back",
        "st_source_link",
        ["workspace_id", "feed_id", "back_run_2"],
        sqlite_where=text("back_run_2 IS NOT NULL"),
        postgresql_where=text("back_run_2 IS NOT NULL"),
    )
    _create(
        "st_source_freshness",
        Column("workspace_id", WHOLE, nullable=False),
        Column("source", WORDS, nullable=False),
        Column("record_type", WORDS, nullable=False),
        Column("imported_at", Instant()),
        Column("record_count", WHOLE),
        Column("filename", WORDS),
        Column("run_id", WHOLE),
        Column("snapshot_at", Instant()),
        Column("snapshot_run", WHOLE),
        Column("snapshot_as_of", Instant()),
        PrimaryKeyConstraint("workspace_id", "source", "record_type"),
    )
    _create(
        "st_raw_chunk",
        Column("workspace_id", WHOLE, nullable=False),
        Column("run_id", WHOLE, nullable=False),
        Column("chunk", WHOLE, nullable=False),
        Column("first_row", WHOLE, nullable=False),
        Column("rows", WHOLE, nullable=False),
        Column("processed", WHOLE, nullable=False),
        Column("linked", WHOLE, nullable=False),
        Column("decisions", WORDS, nullable=False),
        Column("outcome", BYTES, nullable=False),
        Column("cells", BYTES, nullable=False),
        PrimaryKeyConstraint("workspace_id", "run_id", "chunk"),
    )
    op.create_index(
        "st_raw_chunk_heads",
        "st_raw_chunk",
        ["workspace_id", "run_id", "first_row", "rows", "linked", "decisions"],
    )
    _create(
        "st_record_change",
        Column("workspace_id", WHOLE, nullable=False),
        Column("run_id", WHOLE, nullable=False),
        Column("record_type", WORDS, nullable=False),
        Column("record_id", WHOLE, nullable=False),
        Column("field", WORDS, nullable=False),
        Column("act", WORDS, nullable=False),
        Column("before", WORDS),
        Column("after", WORDS),
        PrimaryKeyConstraint("workspace_id", "run_id", "record_type", "record_id", "field"),
    )
    op.create_index(
        "st_record_change_by_record", "st_record_change", ["workspace_id", "record_type", "record_id"]
    )
    _create(
        "st_run_image",
        Column("workspace_id", WHOLE, nullable=False),
        Column("run_id", WHOLE, nullable=False),
        Column("name", WORDS, nullable=False),
        Column("chunk", WHOLE, nullable=False),
        Column("rows", WHOLE, nullable=False),
        Column("content", BYTES, nullable=False),
        PrimaryKeyConstraint("workspace_id", "run_id", "name", "chunk"),
    )
    _create(
        "st_unresolved_reference",
        Column("workspace_id", WHOLE, nullable=False),
        Column("record_type", WORDS, nullable=False),
        Column("record_id", WHOLE, nullable=False),
        Column("field", WORDS, nullable=False),
        Column("to_type", WORDS, nullable=False),
        Column("text", WORDS, nullable=False),
        Column("source", WORDS, nullable=False),
        Column("run_id", WHOLE, nullable=False),
        PrimaryKeyConstraint("workspace_id", "record_type", "record_id", "field"),
    )
    op.create_index(
        "st_unresolved_reference_by_text", "st_unresolved_reference", ["workspace_id", "to_type", "text"]
    )
    op.create_index("st_unresolved_reference_by_run", "st_unresolved_reference", ["workspace_id", "run_id"])
    _create(
        "st_hand_edit",
        Column("workspace_id", WHOLE, nullable=False),
        Column("record_type", WORDS, nullable=False),
        Column("record_id", WHOLE, nullable=False),
        Column("field", WORDS, nullable=False),
        Column("run_id", WHOLE, nullable=False),
        PrimaryKeyConstraint("workspace_id", "record_type", "record_id", "field"),
    )
    _create(
        "st_field_history",
        Column("workspace_id", WHOLE, nullable=False),
        Column("record_type", WORDS, nullable=False),
        Column("record_id", WHOLE, nullable=False),
        Column("run_id", WHOLE, nullable=False),
        Column("field", WORDS, nullable=False),
        Column("kind", WORDS, nullable=False),
        Column("from_value", WORDS),
        Column("to_value", WORDS),
        Column("changed_at", Instant(), nullable=False),
        PrimaryKeyConstraint("workspace_id", "record_type", "record_id", "run_id", "field", "kind"),
    )
    op.create_index(
        "st_field_history_by_run",
        "st_field_history",
        ["workspace_id", "record_type", "run_id", "record_id", "field", "kind"],
    )
    _create(
        "st_discovery_flow",
        Column("workspace_id", WHOLE, nullable=False),
        Column("id", WHOLE, nullable=False),
        Column("flow_id", WORDS, nullable=False),
        Column("master_flow_id", WORDS),
        Column("name", WORDS, nullable=False),
        Column("created_at", Instant(), nullable=False),
        PrimaryKeyConstraint("workspace_id", "id"),
    )
    op.create_index(
        "st_discovery_flow_by_flow", "st_discovery_flow", ["workspace_id", "flow_id"], unique=True
    )
    _create(
        "st_activity_log",
        Column("workspace_id", WHOLE, nullable=False),
        Column("run_id", WHOLE, nullable=False),
        Column("entry", WHOLE, nullable=False),
        Column("at", Instant(), nullable=False),
        Column("actor", WORDS, nullable=False),
        Column("act", WORDS, nullable=False),
        Column("source", WORDS),
        Column("record_type", WORDS),
        Column("record_id", WHOLE),
        Column("rule", WORDS),
        Column("before", WORDS),
        Column("after", WORDS),
        Column("sentence", WORDS, nullable=False),
        PrimaryKeyConstraint("workspace_id", "run_id", "entry"),
    )
    op.create_index("st_activity_log_by_time", "st_activity_log", ["workspace_id", "at", "run_id", "entry"])
    op.create_index(
        "st_activity_log_by_record", "st_activity_log", ["workspace_id", "record_type", "record_id", "at"]
    )
    op.create_index("st_activity_log_by_act", "st_activity_log", ["workspace_id", "act", "at"])
    op.create_index("st_activity_log_by_actor", "st_activity_log", ["workspace_id", "actor", "at"])
    op.create_index("st_activity_log_by_source", "st_activity_log", ["workspace_id", "source", "at"])
    _create(
        "st_outbox",
        Column("workspace_id", WHOLE, nullable=False),
        Column("run_id", WHOLE, nullable=False),
        Column("topic", WORDS, nullable=False),
        Column("at", Instant(), nullable=False),
        Column("content", WORDS, nullable=False),
        Column("attempts", NUMBER, nullable=False),
        Column("next_at", Instant(), nullable=False),
        Column("error", WORDS),
        Column("sent_at", Instant()),
        PrimaryKeyConstraint("workspace_id", "run_id", "topic"),
    )
    op.create_index(
        "st_outbox_waiting",
        "st_outbox",
        ["workspace_id", "topic", "run_id"],
        sqlite_where=text("sent_at IS NULL"),
        postgresql_where=text("sent_at IS NULL"),
    )
