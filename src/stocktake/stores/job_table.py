"""The tables of imports on their way: uploads, the queue of jobs, their progress, and answers that are given once."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint, text

from stocktake.stores.column_type import FLAG, NUMBER, WHOLE, WORDS, Instant
from stocktake.stores.schema import clustered, metadata, workspace_key

#: ``draft_id``: the number of the run as long as it is a draft. ``choices``: JSON by the names of ``Book.plan``.
upload = clustered(
    "st_upload",
    metadata,
    workspace_key(),
    Column("draft_id", WHOLE, nullable=False),
    Column("name", WORDS, nullable=False),
    Column("label", WORDS, nullable=False),
    Column("bytes", WHOLE, nullable=False),
    Column("sha256", WORDS, nullable=False),
    Column("choices", WORDS, nullable=False),
    Column("plan_id", WORDS),
    Column("created_at", Instant, nullable=False),
    Column("created_by", WORDS, nullable=False),
    Column("deleted_at", Instant),
    Column("deleted_because", WORDS),
    PrimaryKeyConstraint("workspace_id", "draft_id"),
    Index(
        "st_upload_kept",
        "workspace_id",
        "created_at",
        sqlite_where=text("deleted_at IS NULL"),
        postgresql_where=text("deleted_at IS NULL"),
    ),
)

#: The queue; ``about``: what the work is about, such as ``run 3``, of which there is one at a time. On PostgreSQL
#: whoever works on a job holds its row locked, so that nobody else takes it (REL-9).
job = clustered(
    "st_job",
    metadata,
    workspace_key(),
    Column("about", WORDS, nullable=False),
    Column("wanted", WORDS, nullable=False),
    Column("arguments", WORDS, nullable=False),
    Column("asked_by", WORDS, nullable=False),
    Column("wanted_at", Instant, nullable=False),
    PrimaryKeyConstraint("workspace_id", "about"),
)

#: Of the newest job about each thing. ``attempts``: how often somebody began it; who finds one begun and free knows of a
#: death. ``stopping``: somebody has asked that it stop.
job_progress = clustered(
    "st_job_progress",
    metadata,
    workspace_key(),
    Column("about", WORDS, nullable=False),
    Column("wanted", WORDS, nullable=False),
    Column("attempts", NUMBER, nullable=False),
    Column("claimed_by", WORDS),
    Column("phase", WORDS),
    Column("total", WHOLE),
    Column("done", WHOLE, nullable=False),
    Column("at", Instant, nullable=False),
    Column("stopping", FLAG, nullable=False),
    Column("finished_at", Instant),
    Column("made_run", WHOLE),
    Column("document", WORDS),
    Column("outcome", WORDS),
    PrimaryKeyConstraint("workspace_id", "about"),
)

#: ``status`` and ``body`` are NULL while the request is being answered (REL-4).
idempotency = clustered(
    "st_idempotency",
    metadata,
    workspace_key(),
    Column("key", WORDS, nullable=False),
    Column("request_hash", WORDS, nullable=False),
    Column("status", NUMBER),
    Column("body", WORDS),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("workspace_id", "key"),
)
