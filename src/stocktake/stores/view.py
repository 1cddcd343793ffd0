"""The view ``source_presence``: what the tables of links and runs say together."""

from __future__ import annotations

from sqlalchemy import Column, MetaData, Table

from stocktake.stores.column_type import FLAG, KEY, NUMBER, WHOLE, WORDS, Instant
from stocktake.stores.schema import workspace_key

#: Links with names, and with the sightings that count (PRE-1, PRE-28).
presence_view = Table(
    "source_presence",
    MetaData(),
    workspace_key(),
    Column("record_type", WORDS),
    Column("source", WORDS),
    Column("external_id", KEY),
    Column("record_id", WHOLE),
    Column("is_present", FLAG),
    Column("first_seen_at", Instant),
    Column("last_seen_at", Instant),
    Column("missing_since", Instant),
    Column("missed_snapshots", NUMBER),
    Column("held_run", NUMBER),
    Column("back_run_3", NUMBER),
    Column("acknowledged_run", NUMBER),
    Column("acknowledged_at", Instant),
    Column("acknowledged_by", WORDS),
    Column("acknowledged_reason", WORDS),
    Column("acknowledged_until", Instant),
    Column("metadata", WORDS),
)
