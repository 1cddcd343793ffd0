"""The table of the stretches of records."""

from __future__ import annotations

from sqlalchemy import Column, PrimaryKeyConstraint

from stocktake.stores.column_type import WHOLE, WORDS
from stocktake.stores.schema import clustered, metadata, workspace_key

#: How many records of a type have numbers of one stretch, how many of them are retired, and how often one was written:
#: a row stays when its records go, so that its version never comes again (ADR 21).
record_stretch = clustered(
    "st_record_stretch",
    metadata,
    workspace_key(),
    Column("record_type", WORDS, nullable=False),
    Column("stretch", WHOLE, nullable=False),
    Column("records", WHOLE, nullable=False),
    Column("retired", WHOLE, nullable=False),
    Column("version", WHOLE, nullable=False),
    PrimaryKeyConstraint("workspace_id", "record_type", "stretch"),
)
