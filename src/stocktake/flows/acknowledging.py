"""Acknowledging: a person has seen that a source misses a record, and says why that is all right (PRE-22, PRE-29)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from stocktake.flows.act import Act, announced, conclude
from stocktake.flows.trail import closing
from stocktake.model.errors import InvalidInput, NotFound
from stocktake.model.record_type import RecordType
from stocktake.model.run import RunKind
from stocktake.model.source import Source
from stocktake.ports.frame import ACKNOWLEDGED, ACKNOWLEDGED_IMAGE
from stocktake.ports.store import Store, Unit
from stocktake.reporting import sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """That ``by`` knows that ``source`` misses records; told again after ``until``, or when one comes back and goes."""

    record_type: RecordType
    source: Source
    record_ids: tuple[int, ...]
    reason: str
    until: datetime | None
    by: str


def acknowledge(
    store: Store, workspace_id: int, told: Acknowledgement, *, clock: Callable[[], datetime]
) -> int:
    """Write it to the links that are missing, with its audit; the run's id. Status and presence stay as they are.

    It is written beside what links say: no plan grows stale by it, and it hinders no rollback of what was before.
    Raises ``NotFound`` ``not-missing``.
    """
    at = clock()
    act = Act(
        kind=RunKind.ACKNOWLEDGE,
        source=told.source.name,
        record_type=told.record_type.name,
        by=told.by,
        reason=told.reason,
    )
    with store.reading(workspace_id) as unit:
        _missing(unit, told)
    run_id = announced(store, workspace_id, act, at=at)
    with closing(store, workspace_id, run_id, clock=clock), store.writing(workspace_id) as unit:
        unit.lock_target(act.record_type)
        _write(unit, told, _missing(unit, told), run_id, act, at=at)
    return run_id


def _missing(unit: Unit, told: Acknowledgement) -> pl.DataFrame:
    links = unit.missing_links(told.source.name, told.record_type.name)
    mine = links.filter(pl.col("_record_id").is_in(list(told.record_ids)))
    there = set(mine["_record_id"])
    lacking = [each for each in told.record_ids if each not in there]
    if not told.record_ids:
        raise InvalidInput(
            "bad-arguments", "No record was named. Nothing was written.", hint="Name one or several."
        )
    if lacking:
        raise NotFound(
            "not-missing",
            f"{told.source.name} does not miss {told.record_type.name} {lacking[0]}. Nothing was written.",
            hint=f"`stocktake missing --source {told.source.name}` lists what it misses.",
            details={"record_ids": lacking},
        )
    return mine


def _write(
    unit: Unit, told: Acknowledgement, missing: pl.DataFrame, run_id: int, act: Act, *, at: datetime
) -> None:
    name = told.record_type.name
    named = missing.select(source=pl.lit(told.source.name), external_id="_key")
    unit.keep_image(run_id, ACKNOWLEDGED, unit.link_image(name, named, ACKNOWLEDGED_IMAGE))
    unit.change_links(
        name,
        named,
        acknowledged_run=run_id,
        acknowledged_at=at,
        acknowledged_by=told.by,
        acknowledged_reason=told.reason,
        acknowledged_until=told.until,
    )
    ids = missing["_record_id"].unique().sort()
    known = unit.names(told.record_type, ids)
    entries = sentence.acknowledgements(
        ids.to_frame().join(known, on="_record_id", how="left", maintain_order="left"),
        told.source.name,
        by=told.by,
        reason=told.reason,
        until=f"{told.until:%Y-%m-%d}" if told.until else None,
    )
    unit.log(run_id, entries, at=at, actor=told.by, source=told.source.name, record_type=name)
    conclude(unit, run_id, act, {"acknowledged": missing.height}, at=at, writes=False)
