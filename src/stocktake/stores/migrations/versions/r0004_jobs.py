"""Imports on their way: uploads, jobs and their progress, answers that are given once (UPL, REL-4, REL-9)."""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, text

from stocktake.stores.column_type import FLAG, NUMBER, WHOLE, WORDS, Instant
from stocktake.stores.definition import guard_table

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _uploads()
    _jobs()
    _answers()


def _uploads() -> None:
    _create(
        "st_upload",
        Column("workspace_id", WHOLE, nullable=False),
        Column("draft_id", WHOLE, nullable=False),
        Column("name", WORDS, nullable=False),
        Column("label", WORDS, nullable=False),
        Column("bytes", WHOLE, nullable=False),
        Column("sha256", WORDS, nullable=False),
        Column("choices", WORDS, nullable=False),
        Column("plan_id", WORDS),
        Column("created_at", Instant(), nullable=False),
        Column("created_by", WORDS, nullable=False),
        Column("deleted_at", Instant()),
        Column("deleted_because", WORDS),
        PrimaryKeyConstraint("workspace_id", "draft_id"),
    )
    op.create_index(
        "st_upload_kept",
        "st_upload",
        ["workspace_id", "created_at"],
        sqlite_where=text("deleted_at IS NULL"),
        postgresql_where=text("deleted_at IS NULL"),
    )


def _jobs() -> None:
    _create(
        "st_job",
        Column("workspace_id", WHOLE, nullable=False),
        Column("about", WORDS, nullable=False),
        Column("wanted", WORDS, nullable=False),
        Column("arguments", WORDS, nullable=False),
        Column("asked_by", WORDS, nullable=False),
        Column("wanted_at", Instant(), nullable=False),
        PrimaryKeyConstraint("workspace_id", "about"),
    )
    _create(
        "st_job_progress",
        Column("workspace_id", WHOLE, nullable=False),
        Column("about", WORDS, nullable=False),
        Column("wanted", WORDS, nullable=False),
        Column("attempts", NUMBER, nullable=False),
        Column("claimed_by", WORDS),
        Column("phase", WORDS),
        Column("total", WHOLE),
        Column("done", WHOLE, nullable=False),
        Column("at", Instant(), nullable=False),
        Column("stopping", FLAG, nullable=False),
        Column("finished_at", Instant()),
        Column("made_run", WHOLE),
        Column("document", WORDS),
        Column("outcome", WORDS),
        PrimaryKeyConstraint("workspace_id", "about"),
    )


def _answers() -> None:
    _create(
        "st_idempotency",
        Column("workspace_id", WHOLE, nullable=False),
        Column("key", WORDS, nullable=False),
        Column("request_hash", WORDS, nullable=False),
        Column("status", NUMBER),
        Column("body", WORDS),
        Column("created_at", Instant(), nullable=False),
        PrimaryKeyConstraint("workspace_id", "key"),
    )


def _create(name: str, *parts: Any) -> None:
    table = op.create_table(name, *parts, sqlite_strict=True, sqlite_with_rowid=False)
    guard_table(op.get_bind(), table)
