"""Stocktake's own tables; those of the record types are made in ``typed_table``.

Every key starts with ``workspace_id``, so that one workspace's data lies together and the whole shards by it. No column has
a database default: ids and times come from the application. Migrations make these tables; a test holds both together.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, MetaData, PrimaryKeyConstraint, Table, text
from sqlalchemy.sql.schema import SchemaItem

from stocktake.stores.column_type import BYTES, FLAG, KEY, NUMBER, WHOLE, WORDS, Instant

metadata = MetaData()


def clustered(name: str, of: MetaData, *parts: SchemaItem) -> Table:
    """STRICT on SQLite ('0123' stays text), and clustered by the key: one workspace's rows lie together."""
    return Table(name, of, *parts, sqlite_strict=True, sqlite_with_rowid=False)


def workspace_key() -> Column[int]:
    """The column that every key starts with."""
    return Column("workspace_id", WHOLE, nullable=False)


workspace = clustered(
    "st_workspace",
    metadata,
    Column("workspace_id", WHOLE, primary_key=True, autoincrement=False),
    Column("name", WORDS, nullable=False, unique=True),
    Column("account_id", WHOLE, nullable=False),
    Column("allows_rollback", FLAG, nullable=False),
    Column("created_at", Instant, nullable=False),
)

record_type = clustered(
    "st_record_type",
    metadata,
    Column("name", WORDS, primary_key=True),
    Column("descriptor", WORDS, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

source = clustered(
    "st_source",
    metadata,
    workspace_key(),
    Column("name", WORDS, nullable=False),
    Column("descriptor", WORDS, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    PrimaryKeyConstraint("workspace_id", "name"),
)

saved_mapping = clustered(
    "st_saved_mapping",
    metadata,
    workspace_key(),
    Column("name", WORDS, nullable=False),
    Column("source", WORDS, nullable=False),
    Column("record_type", WORDS, nullable=False),
    Column("descriptor", WORDS, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    PrimaryKeyConstraint("workspace_id", "name"),
)

counter = clustered(
    "st_counter",
    metadata,
    workspace_key(),
    Column("name", WORDS, nullable=False),
    Column("next_value", WHOLE, nullable=False),
    PrimaryKeyConstraint("workspace_id", "name"),
)

target = clustered(
    "st_target",
    metadata,
    workspace_key(),
    Column("record_type", WORDS, nullable=False),
    Column("version", WHOLE, nullable=False),
    PrimaryKeyConstraint("workspace_id", "record_type"),
)

mapping = clustered(
    "st_mapping",
    metadata,
    workspace_key(),
    Column("mapping_id", WHOLE, nullable=False),
    Column("source", WORDS, nullable=False),
    Column("record_type", WORDS, nullable=False),
    Column("version", WORDS, nullable=False),
    Column("fields", WORDS, nullable=False),
    Column("columns", WORDS, nullable=False),
    Column("created_run", WHOLE, nullable=False),
    PrimaryKeyConstraint("workspace_id", "mapping_id"),
    Index("st_mapping_version", "workspace_id", "source", "record_type", "version", unique=True),
)

import_run = clustered(
    "st_import_run",
    metadata,
    workspace_key(),
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
    Column("as_of", Instant),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("applied_at", Instant),
    Column("initiated_by", WORDS, nullable=False),
    Column("reason", WORDS),
    Column("undoes_run", WHOLE),
    Column("replaces_run", WHOLE),
    Column("mends_run", WHOLE),
    Column("rolled_back_at", Instant),
    Column("rolled_back_by", WORDS),
    Column("raw_pruned_at", Instant),
    Column("discovery_flow_id", WORDS),
    Column("master_flow_id", WORDS),
    Column("phase", WORDS),
    Column("wiring", WORDS),
    Column("draft_id", WHOLE),
    PrimaryKeyConstraint("workspace_id", "run_id"),
    Index("st_import_run_by_source", "workspace_id", "source", "record_type", "run_id"),
    Index("st_import_run_by_start", "workspace_id", "started_at"),
    Index("st_import_run_by_plan", "workspace_id", "plan_id", unique=True),
    Index("st_import_run_by_draft", "workspace_id", "draft_id", unique=True),
)

#: What one source says of one record type. Links name it by its number: two names a link would be a third of the table.
feed = clustered(
    "st_feed",
    metadata,
    workspace_key(),
    Column("feed_id", NUMBER, nullable=False),
    Column("source", WORDS, nullable=False),
    Column("record_type", WORDS, nullable=False),
    Column("version", WHOLE, nullable=False),
    PrimaryKeyConstraint("workspace_id", "feed_id"),
    Index("st_feed_by_source", "workspace_id", "source", "record_type", unique=True),
)

#: ``back_run_1`` to ``back_run_3``: the last runs in which the source had the record again, newest first (PRE-8).
#: ``metadata``: who settled a conflict by which the link came to its record, as JSON (PRE-1, PRE-20); most have none.
source_link = clustered(
    "st_source_link",
    metadata,
    workspace_key(),
    Column("feed_id", NUMBER, nullable=False),
    Column("external_id", KEY, nullable=False),
    Column("external_id_raw", KEY),
    Column("record_id", WHOLE, nullable=False),
    Column("is_present", FLAG, nullable=False),
    Column("is_keyless", FLAG, nullable=False),
    Column("first_run", NUMBER, nullable=False),
    Column("last_run", NUMBER, nullable=False),
    Column("changed_run", NUMBER, nullable=False),
    Column("missing_since", Instant),
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
    Column("acknowledged_at", Instant),
    Column("acknowledged_by", WORDS),
    Column("acknowledged_reason", WORDS),
    Column("acknowledged_until", Instant),
    Column("metadata", WORDS),
    PrimaryKeyConstraint("workspace_id", "feed_id", "external_id"),
    Index("st_source_link_by_record", "workspace_id", "record_id"),
    Index(
        "st_source_link_missing",
        "workspace_id",
        "feed_id",
        "missing_since",
        sqlite_where=text("is_present = 0"),
        postgresql_where=text("NOT is_present"),
    ),
    Index(
        "st_source_link_back",
        "workspace_id",
        "feed_id",
        "back_run_2",
        sqlite_where=text("back_run_2 IS NOT NULL"),
        postgresql_where=text("back_run_2 IS NOT NULL"),
    ),
)

source_freshness = clustered(
    "st_source_freshness",
    metadata,
    workspace_key(),
    Column("source", WORDS, nullable=False),
    Column("record_type", WORDS, nullable=False),
    Column("imported_at", Instant),
    Column("record_count", WHOLE),
    Column("filename", WORDS),
    Column("run_id", WHOLE),
    Column("snapshot_at", Instant),
    Column("snapshot_run", WHOLE),
    Column("snapshot_as_of", Instant),
    PrimaryKeyConstraint("workspace_id", "source", "record_type"),
)

#: What became of the rows stands before their cells: who reads only that does not walk over those (HEA-4).
#: ``decisions``: rows of each, as JSON. The index has what is small: SQLite reads a row with its cells to see its key.
raw_chunk = clustered(
    "st_raw_chunk",
    metadata,
    workspace_key(),
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
    Index("st_raw_chunk_heads", "workspace_id", "run_id", "first_row", "rows", "linked", "decisions"),
)

record_change = clustered(
    "st_record_change",
    metadata,
    workspace_key(),
    Column("run_id", WHOLE, nullable=False),
    Column("record_type", WORDS, nullable=False),
    Column("record_id", WHOLE, nullable=False),
    Column("field", WORDS, nullable=False),
    Column("act", WORDS, nullable=False),
    Column("before", WORDS),
    Column("after", WORDS),
    PrimaryKeyConstraint("workspace_id", "run_id", "record_type", "record_id", "field"),
    Index("st_record_change_by_record", "workspace_id", "record_type", "record_id"),
)

run_image = clustered(
    "st_run_image",
    metadata,
    workspace_key(),
    Column("run_id", WHOLE, nullable=False),
    Column("name", WORDS, nullable=False),
    Column("chunk", WHOLE, nullable=False),
    Column("rows", WHOLE, nullable=False),
    Column("content", BYTES, nullable=False),
    PrimaryKeyConstraint("workspace_id", "run_id", "name", "chunk"),
)

unresolved_reference = clustered(
    "st_unresolved_reference",
    metadata,
    workspace_key(),
    Column("record_type", WORDS, nullable=False),
    Column("record_id", WHOLE, nullable=False),
    Column("field", WORDS, nullable=False),
    Column("to_type", WORDS, nullable=False),
    Column("text", WORDS, nullable=False),
    Column("source", WORDS, nullable=False),
    Column("run_id", WHOLE, nullable=False),
    PrimaryKeyConstraint("workspace_id", "record_type", "record_id", "field"),
    Index("st_unresolved_reference_by_text", "workspace_id", "to_type", "text"),
    Index("st_unresolved_reference_by_run", "workspace_id", "run_id"),
)

#: The values that a person has given, as long as they stand (PRE-24); one row per field that was edited by hand.
hand_edit = clustered(
    "st_hand_edit",
    metadata,
    workspace_key(),
    Column("record_type", WORDS, nullable=False),
    Column("record_id", WHOLE, nullable=False),
    Column("field", WORDS, nullable=False),
    Column("run_id", WHOLE, nullable=False),
    PrimaryKeyConstraint("workspace_id", "record_type", "record_id", "field"),
)

field_history = clustered(
    "st_field_history",
    metadata,
    workspace_key(),
    Column("record_type", WORDS, nullable=False),
    Column("record_id", WHOLE, nullable=False),
    Column("run_id", WHOLE, nullable=False),
    Column("field", WORDS, nullable=False),
    Column("kind", WORDS, nullable=False),
    Column("from_value", WORDS),
    Column("to_value", WORDS),
    Column("changed_at", Instant, nullable=False),
    PrimaryKeyConstraint("workspace_id", "record_type", "record_id", "run_id", "field", "kind"),
    Index("st_field_history_by_run", "workspace_id", "record_type", "run_id", "record_id", "field", "kind"),
)

discovery_flow = clustered(
    "st_discovery_flow",
    metadata,
    workspace_key(),
    Column("id", WHOLE, nullable=False),
    Column("flow_id", WORDS, nullable=False),
    Column("master_flow_id", WORDS),
    Column("name", WORDS, nullable=False),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("workspace_id", "id"),
    Index("st_discovery_flow_by_flow", "workspace_id", "flow_id", unique=True),
)

#: ``run_id`` is 0 where an act has no run, as a declaration: a part of a key is never NULL.
activity_log = clustered(
    "st_activity_log",
    metadata,
    workspace_key(),
    Column("run_id", WHOLE, nullable=False),
    Column("entry", WHOLE, nullable=False),
    Column("at", Instant, nullable=False),
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
    Index("st_activity_log_by_time", "workspace_id", "at", "run_id", "entry"),
    Index("st_activity_log_by_record", "workspace_id", "record_type", "record_id", "at"),
    Index("st_activity_log_by_act", "workspace_id", "act", "at"),
    Index("st_activity_log_by_actor", "workspace_id", "actor", "at"),
    Index("st_activity_log_by_source", "workspace_id", "source", "at"),
)

#: ``next_at``: not to be tried before; it is set before each attempt, so that a process which dies in it holds nobody up.
outbox = clustered(
    "st_outbox",
    metadata,
    workspace_key(),
    Column("run_id", WHOLE, nullable=False),
    Column("topic", WORDS, nullable=False),
    Column("at", Instant, nullable=False),
    Column("content", WORDS, nullable=False),
    Column("attempts", NUMBER, nullable=False),
    Column("next_at", Instant, nullable=False),
    Column("error", WORDS),
    Column("sent_at", Instant),
    Column("given_up_at", Instant),
    PrimaryKeyConstraint("workspace_id", "run_id", "topic"),
    Index(
        "st_outbox_waiting",
        "workspace_id",
        "topic",
        "run_id",
        sqlite_where=text("sent_at IS NULL"),
        postgresql_where=text("sent_at IS NULL"),
    ),
)

#: Tables of the whole installation, which everybody reads and its owner alone changes.
GLOBAL_TABLES = frozenset({record_type.name})
#: Tables that the workers of the whole installation look over, beside the rows of their own workspace.
QUEUES = frozenset({"st_job", "st_webhook"})
#: Tables that the application may add to and never change (SEC-8).
APPEND_ONLY = frozenset({activity_log.name})
