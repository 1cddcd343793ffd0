"""Retiring: the one way in which absence retires records, and what it leaves behind (PRE-7, PRE-21, ROL-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from stocktake.flows.hand_edit import forget_written
from stocktake.flows.overwriting import overwritten
from stocktake.flows.staleness import stale
from stocktake.flows.succession import write_succession
from stocktake.model.record_type import RecordType
from stocktake.planning import assembly, holding
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Records that a source has no more by a person's word, and what that changes.

    absent: its decided links, ``_key, _record_id, _version, _action, _rule, _name, _waited`` and the tracked fields. given:
    what the next source in order gives, as ``holding.SUCCESSION``; None where no field has an order.
    """

    record_type: RecordType
    source: str
    absent: pl.DataFrame
    given: pl.DataFrame | None = None

    @property
    def changes(self) -> pl.DataFrame:
        """Field changes: of the retirements, and of what is given (``_record_id, _action, field, before, after``)."""
        return pl.concat([assembly.retirements(self.absent, self.record_type), holding.given(self.given)])


def depart(unit: Unit, told: Departure, run_id: int, said: pl.DataFrame, *, by: str, at: datetime) -> None:
    """Retire records and hand their fields on; all that is overwritten is kept (ROL-2), with history and audit (HIS-7).

    The links themselves are left to the caller, who writes them afterwards. said: further entries of the audit: ``act,
    sentence`` ….
    """
    name, changes = told.record_type.name, told.changes
    nothing = pl.DataFrame(schema={"_record_id": pl.Int64, "_key": pl.String})
    words = overwritten(unit, told.record_type, told.source, nothing, changes).select(
        source="_source", external_id="_key", said="_said"
    )
    own = told.absent.select(source=pl.lit(told.source), external_id="_key")
    named = pl.concat([own, words.select("source", "external_id")]).unique(maintain_order=True)
    unit.keep_image(run_id, "links", unit.link_image(name, named, LINK_IMAGE))
    touched = changes["_record_id"].unique()
    if not touched.is_empty():
        unit.keep_image(run_id, "lineage", unit.lineage_image(told.record_type, touched))
    unit.keep_changes(
        run_id,
        name,
        changes.select("field", "before", "after", record_id="_record_id", act="_action"),
    )
    forget_written(unit, {name: changes.select("field", record_id="_record_id")}, run_id)
    _keep_history(unit, told, run_id, at=at)
    lifecycle = told.record_type.lifecycle
    status, retired = (lifecycle.field, lifecycle.retired) if lifecycle else (None, None)
    retirements = sentence.retirements(told.absent, told.source, status, retired, run_id=run_id, by=by)
    entries = pl.concat([said, retirements], how="diagonal")
    unit.log(run_id, entries, at=at, actor=by, source=told.source, record_type=name)
    retire(unit, told.record_type, told.absent, run_id, at)
    write_succession(unit, told.record_type, told.given, run_id, at)
    unit.change_links(name, words, changed_run=run_id)


def _keep_history(unit: Unit, told: Departure, run_id: int, *, at: datetime) -> None:
    kind = told.record_type
    nobody = pl.DataFrame(schema={"_record_id": pl.Int64, **dict.fromkeys(kind.tracked, pl.String)})
    moved = assembly.history(kind, holding.given(told.given), nobody, told.absent)
    unit.keep_history(run_id, kind.name, moved.rename({"_record_id": "record_id"}), at=at)
