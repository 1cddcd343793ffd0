"""The history of one record, read together: what is stored, after the beginning that is not (HIS-4, HIS-6, HIS-7)."""

from __future__ import annotations

import polars as pl

from stocktake.model.errors import NotFound
from stocktake.model.record_type import RecordType, check_known
from stocktake.ports.frame import DELETED_RECORDS
from stocktake.ports.store import Unit
from stocktake.reporting.history import REMOVED, TIMELINE, timeline


def record_history(
    unit: Unit, record_type: RecordType, record_id: int, *, field: str | None = None
) -> pl.DataFrame:
    """``run_id, changed_at, field, from, to, kind`` of one record, oldest first; ``field`` narrows it.

    A record that was deleted keeps its history. The run and the moment of its beginning are null where nothing tells them
    any more. Raises ``NotFound`` ``unknown-record`` for a record that is not there and of which no history tells, and
    ``InvalidInput`` ``unknown-field``. The type must have its table.
    """
    if field is not None:
        check_known(record_type, [field])
    record = unit.record(record_type, record_id)
    stored = unit.history_of(record_type.name, record_id)
    if record is None and not stored:
        raise unknown_record(record_type, record_id)
    created_run = record["created_run"] if record else _creation(unit, record_id, stored)
    found = unit.runs(limit=1, run_id=created_run) if created_run is not None else []
    entries = timeline(
        record_type,
        record,
        stored,
        created_run=created_run,
        created_at=found[0].applied_at if found else None,
    )
    frame = pl.DataFrame(entries, schema=TIMELINE, orient="row")
    return frame if field is None else frame.filter(pl.col("field") == field)


def unknown_record(record_type: RecordType, record_id: int) -> NotFound:
    """The refusal of a number that no record has."""
    return NotFound(
        "unknown-record",
        f"There is no {record_type.title.lower()} {record_id}.",
        hint=f"List them with `stocktake records {record_type.name}`.",
    )


def _creation(unit: Unit, record_id: int, stored: list[dict[str, object]]) -> int | None:
    """The run that created a deleted record, from what the run that deleted it kept; None where that was pruned."""
    last = next((each["run_id"] for each in reversed(stored) if each["kind"] == REMOVED), None)
    if not isinstance(last, int):
        return None
    image = unit.image_of(last, DELETED_RECORDS, {"id": pl.Int64, "created_run": pl.Int64})
    runs = image.filter(pl.col("id") == record_id)["created_run"]
    return int(runs[0]) if len(runs) else None
