"""Readiness in the database: columns, checks and triggers that no code path gets around (MED-D8).

The checks hold on every store; the triggers add what a check cannot see, the row as it was before. What a statement of ours
sets follows from here too: whoever writes content begins the record's way anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlalchemy import CheckConstraint, Column, ColumnElement, Connection, Table, case, false, literal
from sqlalchemy.sql.schema import SchemaItem

from stocktake.model.record_type import RecordType
from stocktake.stores.column_type import FLAG, WHOLE, WORDS, Instant

NEW, ENRICHING, READY, RETIRED = "new", "enriching", "ready", "retired"

_FRESH = {"state": NEW, "approved_for_broadcast": False, "operator_verified": False}
#: What an approval or an enrichment left, and a change of content takes away.
_FORGOTTEN = ("enriched_at", "approved_at", "approved_by", "hindrances")


def readiness_parts(declared: RecordType) -> tuple[SchemaItem, ...]:
    """The columns and checks of a type whose records become ready; none for the others."""
    if not declared.readiness:
        return ()
    name = declared.name
    return (
        Column("state", WORDS, nullable=False),
        Column("approved_for_broadcast", FLAG, nullable=False),
        Column("operator_verified", FLAG, nullable=False),
        Column("content_version", WHOLE, nullable=False),
        Column("enriched_version", WHOLE, nullable=False),
        Column("enriched_at", Instant),
        Column("approved_at", Instant),
        Column("approved_by", WORDS),
        Column("hindrances", WORDS),
        CheckConstraint("state IN ('new', 'enriching', 'ready', 'retired')", name=f"{name}_known_state"),
        CheckConstraint("(state = 'retired') = (retired_at IS NOT NULL)", name=f"{name}_retired_state"),
        CheckConstraint(
            "state <> 'ready' OR enriched_version = content_version", name=f"{name}_ready_when_enriched"
        ),
        CheckConstraint("state = 'ready' OR NOT approved_for_broadcast", name=f"{name}_approved_when_ready"),
        CheckConstraint("enriched_version <= content_version", name=f"{name}_enriched_version"),
    )


def created(record_type: RecordType) -> dict[str, Any]:
    """What every new record of the type has."""
    if not record_type.readiness:
        return {}
    return {**_FRESH, "content_version": 1, "enriched_version": 0}


def recreated(record_type: RecordType, image: pl.DataFrame) -> pl.DataFrame:
    """The image of deleted records as they come back: whatever they were, new and unapproved (MED-D14)."""
    if not record_type.readiness:
        return image
    return image.with_columns(
        pl.when(pl.col("retired_at").is_null()).then(pl.lit(NEW)).otherwise(pl.lit(RETIRED)).alias("state"),
        pl.lit("false").alias("approved_for_broadcast"),
        pl.lit("false").alias("operator_verified"),
        pl.col("content_version") + 1,
        *(pl.lit(None, dtype=pl.String).alias(name) for name in _FORGOTTEN),
    )


def begun_anew(record_type: RecordType, table: Table, given: Mapping[str, Any]) -> dict[str, Any]:
    """What else an update sets that sets ``given`` by column; nothing where that is no content."""
    if not record_type.readiness or {*record_type.content, "retired_at"}.isdisjoint(given):
        return {}
    retired_at = given.get("retired_at", table.c.retired_at)
    gone = (
        retired_at.is_not(None) if isinstance(retired_at, ColumnElement) else literal(retired_at is not None)
    )
    return {
        "state": case((gone, RETIRED), else_=NEW),
        "approved_for_broadcast": false(),
        "operator_verified": false(),
        "content_version": table.c.content_version + 1,
        **dict.fromkeys(_FORGOTTEN),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trigger:
    """Before which statement the database looks, what it refuses, in terms of OLD and NEW, and what it says."""

    name: str
    event: str
    refused: str
    sentence: str


def guard_readiness(connection: Connection, record_type: RecordType, table: Table) -> None:
    """Make the triggers of a type anew: nothing is created ready, and nothing stays ready when its content changes."""
    if not record_type.readiness:
        return
    guard = _guard_postgres if connection.dialect.name == "postgresql" else _guard_sqlite
    preparer = connection.dialect.identifier_preparer
    for each in _triggers(connection, record_type):
        guard(connection, each, preparer.quote(each.name), preparer.format_table(table))


def _triggers(connection: Connection, record_type: RecordType) -> Iterator[_Trigger]:
    name = record_type.name
    yield _Trigger(
        name=f"{name}_created_new",
        event="INSERT",
        refused="NEW.state NOT IN ('new', 'retired') OR NEW.approved_for_broadcast",
        sentence=f"no {name} is created ready or approved: it is enriched first, and approved then",
    )
    changed = " OR ".join(_differs(connection, each) for each in record_type.content)
    yield _Trigger(
        name=f"{name}_content_counts",
        event="UPDATE",
        refused=f"({changed}) AND NEW.content_version <= OLD.content_version",
        sentence=f"the content of a {name} changes only together with its content_version",
    )
    ready = "NEW.state IN ('enriching', 'ready') OR NEW.approved_for_broadcast"
    turned = "NEW.content_version < OLD.content_version OR NEW.enriched_version <> OLD.enriched_version"
    yield _Trigger(
        name=f"{name}_changed_not_ready",
        event="UPDATE",
        refused=f"NEW.content_version <> OLD.content_version AND ({ready} OR {turned})",
        sentence=f"a {name} whose content changes is new and unapproved: it is enriched and approved again",
    )


def _differs(connection: Connection, field: str) -> str:
    """Whether a field changes. Documents of PostgreSQL have no equality of their own."""
    quoted = connection.dialect.identifier_preparer.quote(field)
    if connection.dialect.name == "postgresql":
        return f"NEW.{quoted}::text IS DISTINCT FROM OLD.{quoted}::text"
    return f"NEW.{quoted} IS NOT OLD.{quoted}"


def _guard_sqlite(connection: Connection, trigger: _Trigger, name: str, table: str) -> None:
    connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
    connection.exec_driver_sql(
        f"CREATE TRIGGER {name} BEFORE {trigger.event} ON {table} WHEN {trigger.refused} "
        f"BEGIN SELECT RAISE(ABORT, '{trigger.sentence}'); END"
    )


def _guard_postgres(connection: Connection, trigger: _Trigger, name: str, table: str) -> None:
    connection.exec_driver_sql(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = '{trigger.sentence}'; END $$"
    )
    connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {table}")
    connection.exec_driver_sql(
        f"CREATE TRIGGER {name} BEFORE {trigger.event} ON {table} "
        f"FOR EACH ROW WHEN ({trigger.refused}) EXECUTE FUNCTION {name}()"
    )
