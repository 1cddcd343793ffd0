"""The tables of media sources and collections (MED); their assets have a typed table as other records do."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint

from stocktake.stores.column_type import BYTES, KEY, NUMBER, WHOLE, WORDS, Instant
from stocktake.stores.schema import clustered, metadata, workspace_key

media_source = clustered(
    "st_media_source",
    metadata,
    workspace_key(),
    Column("name", WORDS, nullable=False),
    Column("descriptor", WORDS, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    PrimaryKeyConstraint("workspace_id", "name"),
)

#: ``source``: under which the engine knows who has its assets; ``ingest_run``: the last one that succeeded.
collection = clustered(
    "st_collection",
    metadata,
    workspace_key(),
    Column("collection_id", WORDS, nullable=False),
    Column("media_source", WORDS, nullable=False),
    Column("external_id", WORDS, nullable=False),
    Column("source", WORDS, nullable=False),
    Column("descriptor", WORDS, nullable=False),
    Column("last_ingest_time", Instant),
    Column("ingest_run", WHOLE),
    Column("key_rule", WORDS),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    PrimaryKeyConstraint("workspace_id", "collection_id"),
    Index("st_collection_by_media_source", "workspace_id", "media_source", "external_id", unique=True),
    Index("st_collection_by_source", "workspace_id", "source", unique=True),
)

#: What an importer wants to be told next time, part by part; a cache that may be thrown away.
collection_scan = clustered(
    "st_collection_scan",
    metadata,
    workspace_key(),
    Column("collection_id", WORDS, nullable=False),
    Column("part", NUMBER, nullable=False),
    Column("content", BYTES, nullable=False),
    PrimaryKeyConstraint("workspace_id", "collection_id", "part"),
)

#: What lay out of a complete snapshot's sight (MED-D10); ``seen_run``: the last one before that had it in sight, or 0.
unsighted_link = clustered(
    "st_unsighted_link",
    metadata,
    workspace_key(),
    Column("feed_id", NUMBER, nullable=False),
    Column("snapshot_run", NUMBER, nullable=False),
    Column("external_id", KEY, nullable=False),
    Column("seen_run", NUMBER, nullable=False),
    PrimaryKeyConstraint("workspace_id", "feed_id", "snapshot_run", "external_id"),
)
