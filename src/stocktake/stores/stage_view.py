"""The view ``<type>_stage_history`` of a record type that tracks a field named stage, for people who query it (HIS-9)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CompoundSelect, Select, Subquery, and_, case, func, literal, null, select, union_all

from stocktake.model.record_type import RecordType
from stocktake.stores import schema
from stocktake.stores.column_type import to_text
from stocktake.stores.typed_table import typed_table

STAGE = "stage"
_NEW = "file_import_new"


def stage_view_name(record_type: RecordType) -> str:
    """``deal_stage_history``."""
    return f"{record_type.name}_stage_history"


def stage_history(record_type: RecordType, dialect: str) -> CompoundSelect[Any]:
    """``workspace_id, deal_id, from_stage, to_stage, changed_at, source``: what is stored, and what is derived (HIS-4).

    ``source`` is the kind of the change. Of a record that was deleted, the moment of its beginning is not known here.
    """
    entry = schema.field_history.alias("entry")
    told = select(
        entry.c.workspace_id,
        entry.c.record_id.label(f"{record_type.name}_id"),
        entry.c.from_value.label("from_stage"),
        entry.c.to_value.label("to_stage"),
        entry.c.changed_at,
        entry.c.kind.label("source"),
    ).where(entry.c.record_type == record_type.name, entry.c.field == STAGE)
    if not record_type.first_history:
        return union_all(told)
    return union_all(told, _of_records(record_type, dialect), _of_deleted(record_type))


def _of_records(record_type: RecordType, dialect: str) -> Select[Any]:
    """Beginnings of records that are there: what they were before their first stored change, else what they are."""
    table, run, first = typed_table(record_type), schema.import_run, _first_entries(record_type)
    value = case((first.c.record_id.is_not(None), first.c.from_value), else_=to_text(table.c[STAGE], dialect))
    changed = and_(first.c.workspace_id == table.c.workspace_id, first.c.record_id == table.c.id)
    made = and_(run.c.workspace_id == table.c.workspace_id, run.c.run_id == table.c.created_run)
    return (
        select(table.c.workspace_id, table.c.id, null(), value, run.c.applied_at, literal(_NEW))
        .select_from(table.outerjoin(first, changed).outerjoin(run, made))
        .where(value.is_not(None))
    )


def _of_deleted(record_type: RecordType) -> Select[Any]:
    """Beginnings of records that are gone, as their first stored change tells them (HIS-7)."""
    table, first = typed_table(record_type), _first_entries(record_type)
    there = and_(table.c.workspace_id == first.c.workspace_id, table.c.id == first.c.record_id)
    return (
        select(first.c.workspace_id, first.c.record_id, null(), first.c.from_value, null(), literal(_NEW))
        .select_from(first.outerjoin(table, there))
        .where(table.c.id.is_(None), first.c.from_value.is_not(None))
    )


def _first_entries(record_type: RecordType) -> Subquery:
    """The first stored change of each record's stage."""
    entry = schema.field_history.alias("entry")
    place = func.row_number().over(
        partition_by=(entry.c.workspace_id, entry.c.record_id), order_by=(entry.c.run_id, entry.c.kind)
    )
    ranked = (
        select(entry.c.workspace_id, entry.c.record_id, entry.c.from_value, place.label("place"))
        .where(entry.c.record_type == record_type.name, entry.c.field == STAGE)
        .subquery("ranked")
    )
    return (
        select(ranked.c.workspace_id, ranked.c.record_id, ranked.c.from_value)
        .where(ranked.c.place == 1)
        .subquery("first")
    )
