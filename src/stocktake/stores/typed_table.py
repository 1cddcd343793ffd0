"""The typed table of a record type, made from its declaration."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import Column, Index, MetaData, PrimaryKeyConstraint, Table, text

from stocktake.model.record_type import RecordType
from stocktake.stores.column_type import BYTES, WHOLE, WORDS, Instant, column_type
from stocktake.stores.schema import clustered, workspace_key


@lru_cache(maxsize=256)
def typed_table(declared: RecordType) -> Table:
    """The typed table of a record type, in a metadata of its own (TYP-6, ROL-11).

    One declaration has one table, so that SQLAlchemy knows a statement again and compiles it once.
    """
    name = declared.name
    return clustered(
        name,
        MetaData(),
        workspace_key(),
        Column("id", WHOLE, nullable=False),
        *(Column(each.name, column_type(each.type)) for each in declared.fields),
        Column("extra", WORDS),
        Column("retired_at", Instant),
        Column("retired_by", WORDS),
        Column("retired_run", WHOLE),
        Column("source", WORDS, nullable=False),
        Column("external_id", WORDS),
        Column("created_run", WHOLE, nullable=False),
        Column("changed_run", WHOLE),
        Column("row_run", WHOLE, nullable=False),
        Column("row_number", WHOLE),
        Column("row_hash", BYTES),
        Column("mapping_hash", BYTES),
        Column("imported_at", Instant, nullable=False),
        Column("updated_at", Instant, nullable=False),
        Column("version", WHOLE, nullable=False),
        PrimaryKeyConstraint("workspace_id", "id"),
        Index(f"{name}_created_run", "workspace_id", "created_run"),
        Index(
            f"{name}_changed_run",
            "workspace_id",
            "changed_run",
            sqlite_where=text("changed_run IS NOT NULL"),
            postgresql_where=text("changed_run IS NOT NULL"),
        ),
        Index(
            f"{name}_retired",
            "workspace_id",
            "retired_at",
            "id",
            sqlite_where=text("retired_at IS NOT NULL"),
            postgresql_where=text("retired_at IS NOT NULL"),
        ),
    )
