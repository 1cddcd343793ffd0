"""Lineage: one record traced to the rows of the files that it comes from (LIN-1, LIN-2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from stocktake.flows.record_history import unknown_record
from stocktake.model.lineage import Lineage, RawRow, Trace
from stocktake.model.record_type import RecordType
from stocktake.model.run import Run
from stocktake.ports.store import Unit


def record_lineage(unit: Unit, record_type: RecordType, record_id: int) -> Lineage:
    """The runs that created and changed a record or last saw it, each with the raw rows that led to it.

    The type must have its table. Raises ``NotFound`` ``unknown-record``.
    """
    record = unit.record(record_type, record_id)
    if record is None:
        raise unknown_record(record_type, record_id)
    acts = _acts(unit, record_type, record_id, record)
    runs = {number: found[0] for number in acts if (found := unit.runs(limit=1, run_id=number))}
    return Lineage(
        record_type=record_type.name,
        record_id=record_id,
        created_run=record["created_run"],
        changed_run=record["changed_run"],
        row_run=record["row_run"],
        row_number=record["row_number"],
        mapping_hash=bytes(record["mapping_hash"]).hex() if record["mapping_hash"] else None,
        traces=tuple(
            Trace(run=runs[number], acts=tuple(acts[number]), rows=_rows(unit, runs[number], record_id))
            for number in sorted(runs)
        ),
    )


def raw_row(row: Mapping[str, Any], header: list[str], run: Run) -> RawRow:
    """A row of ``raw_chunks`` with its cells by header and when its run cleaned and applied it."""
    return RawRow(
        line=row["line"],
        decision=row["decision"],
        reason=row["reason"],
        record_id=row["record_id"],
        external_id=row["external_id"],
        name=row["name"],
        cells=tuple((label, row[f"c{place}"]) for place, label in enumerate(header)),
        field_count=row["field_count"],
        has_critical_fields=row["has_critical_fields"],
        cleansed_at=run.started_at,
        processed_at=run.applied_at if row["decision"] is not None else None,
    )


def _acts(
    unit: Unit, record_type: RecordType, record_id: int, record: Mapping[str, Any]
) -> dict[int, list[str]]:
    """Run → what it did to the record, in the order in which it is told."""
    found: dict[int, list[str]] = defaultdict(list)
    found[record["created_run"]].append("created")
    for run_id, act in unit.acts_on(record_type.name, record_id):
        found[run_id].append(act)
    for run_id in (record["changed_run"], record["row_run"]):
        if run_id is not None and not found[run_id]:
            found[run_id].append("changed")
    for link in unit.sightings_of(record_type.name, record_id):
        for run_id in link:
            if not found[run_id]:
                found[run_id].append("seen")
    return found


def _rows(unit: Unit, run: Run, record_id: int) -> tuple[RawRow, ...]:
    header = unit.header_of(run.content_run or run.run_id)
    return tuple(raw_row(each, header, run) for each in unit.raw_rows_of(run.run_id, record_id))
