"""Retiring: the one way in which absence retires records, and what it leaves behind (PRE-7, PRE-21, ROL-2)."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from stocktake.flows.hand_edit import forget_written
from stocktake.flows.staleness import stale
from stocktake.model.record_type import RecordType
from stocktake.planning import assembly, sweep
from stocktake.ports.frame import LINK_IMAGE
from stocktake.ports.store import Unit
from stocktake.reporting import sentence


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


def keep_absence(
    unit: Unit,
    record_type: RecordType,
    source: str,
    absent: pl.DataFrame,
    run_id: int,
    said: pl.DataFrame,
    *,
    by: str,
    at: datetime,
) -> None:
    """Keep images, field changes, history and audit of decided absent links, before they are written (ROL-2, HIS-7).

    said: further entries of the audit: ``act, sentence`` ….
    """
    gone = absent.filter(pl.col("_action") == "retire").unique("_record_id")
    named = absent.select(source=pl.lit(source), external_id="_key")
    unit.keep_image(run_id, "links", unit.link_image(record_type.name, named, LINK_IMAGE))
    if not gone.is_empty():
        unit.keep_image(run_id, "lineage", unit.lineage_image(record_type, gone["_record_id"]))
    changes = assembly.retirements(absent, record_type)
    unit.keep_changes(
        run_id,
        record_type.name,
        changes.select("field", "before", "after", record_id="_record_id", act="_action"),
    )
    forget_written(unit, {record_type.name: changes.select("field", record_id="_record_id")}, run_id)
    history = sweep.removals(absent, record_type.tracked)
    unit.keep_history(run_id, record_type.name, history.rename({"_record_id": "record_id"}), at=at)
    lifecycle = record_type.lifecycle
    status, retired = (lifecycle.field, lifecycle.retired) if lifecycle else (None, None)
    entries = pl.concat([said, sentence.retirements(absent, source, status, retired)], how="diagonal")
    unit.log(run_id, entries, at=at, actor=by, source=source, record_type=record_type.name)
