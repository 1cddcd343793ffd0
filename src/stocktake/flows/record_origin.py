"""Where the values of one record come from, read together: writings, hand edits, and what its sources say (PRE-24)."""

from __future__ import annotations

import polars as pl

from stocktake.flows.record_history import unknown_record
from stocktake.model.record_type import RecordType
from stocktake.planning.memory import remembered
from stocktake.ports.store import Unit
from stocktake.reporting.provenance import provenance


def record_origin(unit: Unit, record_type: RecordType, record_id: int) -> pl.DataFrame:
    """A line per field, as ``reporting.provenance.PROVENANCE``. Raises ``NotFound`` ``unknown-record``."""
    record = unit.record(record_type, record_id)
    if record is None:
        raise unknown_record(record_type, record_id)
    ids = pl.Series([record_id], dtype=pl.Int64)
    links = unit.links_of(record_type.name, ids)
    fields = tuple(each.name for each in record_type.fields)
    made = unit.runs(limit=1, run_id=record["created_run"])
    return provenance(
        record_type,
        record,
        unit.writings_of(record_type.name, record_id),
        unit.hand_edits(record_type.name, ids),
        pl.concat([links.select("_source"), remembered(links["_said"], fields)], how="horizontal"),
        links.join(unit.spoken_fields(record_type.name), on="_link_mapping").select("_source", "field"),
        created_by=made[0].initiated_by if made else None,
        created_at=made[0].applied_at if made else None,
    )
