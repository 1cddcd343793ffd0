"""Retiring: the one way in which absence retires records (PRE-7, PRE-21)."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from stocktake.flows.staleness import stale
from stocktake.model.record_type import RecordType
from stocktake.ports.store import Unit


def retire(unit: Unit, record_type: RecordType, absent: pl.DataFrame, run_id: int, at: datetime) -> None:
    """Retire the records that ``absent`` (``_record_id, _version, _action``) says. Raises ``StalePlan`` if one has moved."""
    gone = absent.filter(pl.col("_action") == "retire").unique("_record_id")
    lifecycle = record_type.lifecycle
    status = {lifecycle.field: lifecycle.retired} if lifecycle else {}
    retired = unit.change_records(
        record_type,
        gone.select(id="_record_id", version="_version"),
        at=at,
        changed_run=run_id,
        retired_at=at,
        retired_by="source",
        retired_run=run_id,
        **status,
    )
    if retired != gone.height:
        raise stale(f"{gone.height - retired} records have changed since this plan was made.", [])
