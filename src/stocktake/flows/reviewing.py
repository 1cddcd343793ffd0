"""Reviewing: what a guard held back is retired after all, or kept, by a person (PRE-16, PRE-32)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from stocktake.flows.retiring import retire
from stocktake.flows.sweeping import had_elsewhere
from stocktake.flows.trail import closing
from stocktake.model.errors import NotFound
from stocktake.model.record_type import RecordType
from stocktake.model.run import RunKind, RunStatus
from stocktake.model.source import Source
from stocktake.planning import assembly, review, sweep
from stocktake.ports.store import LINK_IMAGE, Store, Unit
from stocktake.reporting import sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a person decided about held retirements of one source and type.

    ids: the records meant, all that are held where it is None. keeps: they stay; else they are retired. keepers: the sources
    whose presence keeps records alive.
    """

    record_type: RecordType
    source: Source
    ids: tuple[int, ...] | None
    keeps: bool
    reason: str | None
    by: str
    keepers: tuple[Source, ...]


def held(unit: Unit, record_types: tuple[RecordType, ...], *, at: datetime) -> pl.DataFrame:
    """The held retirements, as ``review.HELD``: those whose hold has not run out, longest waiting first (PRE-16)."""
    found = [pl.DataFrame(schema=review.HELD), *(unit.held_links(each) for each in record_types)]
    waiting = review.open_holds(pl.concat(found), at).sort("missing_since", "source", "record_id")
    why = {run_id: _why(unit, run_id) for run_id in waiting["held_run"].unique().to_list()}
    return waiting.with_columns(
        why=pl.col("held_run").replace_strict(list(why), list(why.values()), return_dtype=pl.String)
    )


def _why(unit: Unit, run_id: int) -> str:
    """What the guards of the run said that held something."""
    (run,) = unit.runs(limit=1, run_id=run_id)
    return " ".join(each.message for each in run.guards if each.holds)


def decide(store: Store, workspace_id: int, told: Review, *, clock: Callable[[], datetime]) -> int:
    """Retire or keep what was held, in one transaction; the run's id. Raises ``NotFound`` ``not-held``."""
    at, name = clock(), told.record_type.name
    with store.reading(workspace_id) as unit:
        _wanted(unit, told, at)
    with store.writing(workspace_id) as unit:
        unit.ensure_target(name)
        run_id = unit.reserve("run", 1)
        unit.announce_run(
            run_id,
            kind=RunKind.REVIEW.value,
            status=RunStatus.APPLYING.value,
            source=told.source.name,
            record_type=name,
            is_full_snapshot=False,
            started_at=at,
            initiated_by=told.by,
            reason=told.reason,
        )
    with closing(store, workspace_id, run_id, clock=clock), store.writing(workspace_id) as unit:
        unit.lock_target(name)
        unit.interrupt_dead_runs(name, run_id, at=at)
        _write(unit, told, _wanted(unit, told, at), run_id, at=at)
    return run_id


def _wanted(unit: Unit, told: Review, at: datetime) -> pl.DataFrame:
    mine = held(unit, (told.record_type,), at=at).filter(pl.col("source") == told.source.name)
    if told.ids is None:
        if mine.is_empty():
            raise NotFound(
                "not-held",
                f"No retirement of {told.record_type.title} by {told.source.name} is held.",
                hint="`stocktake held` lists what is.",
            )
        return mine
    lacking = sorted(set(told.ids) - set(mine["record_id"].to_list()))
    if lacking:
        raise NotFound(
            "not-held",
            f"Record {lacking[0]} is not held for {told.source.name}. Nothing was written.",
            hint="`stocktake held` lists what is.",
            details={"record_ids": lacking},
        )
    return mine.filter(pl.col("record_id").is_in(list(told.ids)))


def _write(unit: Unit, told: Review, wanted: pl.DataFrame, run_id: int, *, at: datetime) -> None:
    record_type, source = told.record_type, told.source
    absent = _decided(unit, told, wanted, at)
    gone = absent.filter(pl.col("_action") == "retire").unique("_record_id")
    named = absent.select(source=pl.lit(source.name), external_id="_key")
    unit.keep_image(run_id, "links", unit.link_image(record_type.name, named, LINK_IMAGE))
    if not gone.is_empty():
        unit.keep_image(run_id, "lineage", unit.lineage_image(record_type, gone["_record_id"]))
    retire(unit, record_type, absent, run_id, at)
    keeping = pl.when(pl.col("_action") == "suppressed").then(pl.lit(run_id, dtype=pl.Int64))
    unit.change_links(
        record_type.name,
        absent.select(source=pl.lit(source.name), external_id="_key", kept_run=keeping),
        held_run=None,
        changed_run=run_id,
    )
    changes = assembly.retirements(absent, record_type)
    unit.keep_changes(
        run_id,
        record_type.name,
        changes.select("field", "before", "after", record_id="_record_id", act="_action"),
    )
    history = sweep.removals(absent, record_type.tracked)
    unit.keep_history(run_id, record_type.name, history.rename({"_record_id": "record_id"}), at=at)
    lifecycle = record_type.lifecycle
    status, retired = (lifecycle.field, lifecycle.retired) if lifecycle else (None, None)
    entries = [
        sentence.reviewed(absent, source.name, by=told.by, reason=told.reason),
        sentence.retirements(absent, source.name, status, retired),
    ]
    unit.log(
        run_id,
        pl.concat(entries, how="diagonal"),
        at=at,
        actor=told.by,
        source=source.name,
        record_type=record_type.name,
    )
    numbers = review.counts(absent)
    unit.change_run(run_id, status=RunStatus.APPLIED.value, applied_at=at, finished_at=at, stats=numbers)
    unit.raise_links_version(source.name, record_type.name)
    unit.raise_target(record_type.name)
    unit.announce_outcome(run_id, "run.finished", {"run_id": run_id, "counts": numbers}, at=at)


def _decided(unit: Unit, told: Review, wanted: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """The held links, decided anew as a sweep would: somebody else may have the record by now (PRE-7)."""
    record_type = told.record_type
    lifecycle = [record_type.lifecycle.field] if record_type.lifecycle else []
    fields = list(dict.fromkeys([*record_type.tracked, *lifecycle]))
    absent = wanted.select(_key="external_id", _record_id="record_id", _name="name")
    records = unit.record_values(record_type, wanted["record_id"].unique(), fields)
    elsewhere = had_elsewhere(unit, "snapshot", absent, told.source, told.keepers, record_type.name, at)
    return review.decided(absent, records, elsewhere, keeps=told.keeps)
