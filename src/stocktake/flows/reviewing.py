"""Reviewing: what a guard held back is retired after all, or kept, by a person (PRE-16, PRE-32)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from stocktake.flows.act import Act, announced, conclude
from stocktake.flows.retiring import Departure, depart
from stocktake.flows.sweeping import had_elsewhere
from stocktake.flows.trail import closing
from stocktake.model.errors import NotFound
from stocktake.model.record_type import RecordType
from stocktake.model.run import Run, RunKind
from stocktake.model.source import Source
from stocktake.planning import review
from stocktake.ports.store import Store, Unit
from stocktake.reporting import sentence
from stocktake.reporting.sentence import plural


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


def held(
    unit: Unit, record_types: tuple[RecordType, ...], sources: Iterable[Source], *, at: datetime
) -> pl.DataFrame:
    """The held retirements, as ``review.HELD`` beside ``held_at, expires, state``: open ones first, longest waiting first.

    A hold that has expired stays listed until its record is retired, kept for a reason, or back (PRE-16, PRE-32).
    """
    found = pl.concat([pl.DataFrame(schema=review.HELD), *(unit.held_links(each) for each in record_types)])
    runs = [unit.runs(limit=1, run_id=each)[0] for each in found["held_run"].unique().to_list()]
    told = pl.DataFrame(
        [(each.run_id, each.applied_at, _why(each)) for each in runs],
        schema={"held_run": pl.Int64, "held_at": pl.Datetime("us", "UTC"), "why": pl.String},
        orient="row",
    )
    days = {each.name: each.guards.hold_days for each in sources}
    return (
        review.waiting(found.drop("why").join(told, on="held_run", how="left"), days, at)
        .with_columns(_over=pl.col("state") == review.EXPIRED)
        .sort("_over", "missing_since", "source", "record_id")
        .drop("_over")
    )


def _why(run: Run) -> str:
    """What the guards of the run said that held something."""
    return " ".join(each.message for each in run.guards if each.holds)


def decide(store: Store, workspace_id: int, told: Review, *, clock: Callable[[], datetime]) -> int:
    """Retire or keep what was held, in one transaction; the run's id. Raises ``NotFound`` ``not-held``."""
    at = clock()
    act = Act(
        kind=RunKind.REVIEW,
        source=told.source.name,
        record_type=told.record_type.name,
        by=told.by,
        reason=told.reason,
    )
    with store.reading(workspace_id) as unit:
        _wanted(unit, told, at)
    run_id = announced(store, workspace_id, act, at=at)
    with closing(store, workspace_id, run_id, clock=clock), store.writing(workspace_id) as unit:
        unit.lock_target(act.record_type)
        unit.interrupt_dead_runs(act.record_type, run_id, at=at)
        _write(unit, told, _wanted(unit, told, at), run_id, act, at=at)
    return run_id


def _wanted(unit: Unit, told: Review, at: datetime) -> pl.DataFrame:
    """The held retirements that are meant. One whose hold has expired can only be kept: its record is (PRE-32)."""
    all_held = held(unit, (told.record_type,), [told.source], at=at).filter(
        pl.col("source") == told.source.name
    )
    expired = all_held.filter((pl.col("state") == review.EXPIRED) & pl.lit(not told.keeps))
    mine = all_held.join(expired, on="external_id", how="anti", maintain_order="left")
    if told.ids is None:
        if mine.is_empty():
            raise NotFound(
                "not-held",
                f"No retirement of {told.record_type.title} by {told.source.name} is held{_expired_words(expired)}.",
                hint="`stocktake held` lists what is.",
            )
        return mine
    lacking = sorted(set(told.ids) - set(mine["record_id"].to_list()))
    if not lacking:
        return mine.filter(pl.col("record_id").is_in(list(told.ids)))
    gone = expired.filter(pl.col("record_id") == lacking[0])
    by_hand = f"Retire it by hand: `stocktake record edit {told.record_type.name} {lacking[0]}` with its retired status."
    if not gone.is_empty():
        raise NotFound(
            "not-held",
            f"The hold of record {lacking[0]} expired on {gone['expires'][0]:%Y-%m-%d}; the record is kept. Nothing was "
            "written.",
            hint=by_hand,
            details={"record_ids": lacking},
        )
    raise NotFound(
        "not-held",
        f"Record {lacking[0]} is not held for {told.source.name}. Nothing was written.",
        hint="`stocktake held` lists what is.",
        details={"record_ids": lacking},
    )


def _expired_words(expired: pl.DataFrame) -> str:
    return (
        f" any more; {plural(expired.height, 'hold')} expired, and their records are kept"
        if expired.height
        else ""
    )


def _write(unit: Unit, told: Review, wanted: pl.DataFrame, run_id: int, act: Act, *, at: datetime) -> None:
    record_type, source = told.record_type, told.source.name
    absent = _decided(unit, told, wanted, at)
    said = sentence.reviewed(absent, source, by=told.by, reason=told.reason)
    departure = Departure(record_type=record_type, source=source, absent=absent)
    depart(unit, departure, run_id, said, by=told.by, at=at)
    keeping = pl.when(pl.col("_action") == "suppressed").then(pl.lit(run_id, dtype=pl.Int64))
    decided = absent.select(source=pl.lit(source), external_id="_key", kept_run=keeping)
    unit.change_links(record_type.name, decided, held_run=None, changed_run=run_id)
    conclude(unit, run_id, act, review.counts(absent), at=at)


def _decided(unit: Unit, told: Review, wanted: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """The held links, decided anew as a sweep would: somebody else may have the record by now (PRE-7)."""
    record_type = told.record_type
    lifecycle = [record_type.lifecycle.field] if record_type.lifecycle else []
    fields = list(dict.fromkeys([*record_type.tracked, *lifecycle]))
    absent = wanted.select(_key="external_id", _record_id="record_id", _name="name")
    records = unit.record_values(record_type, wanted["record_id"].unique(), fields)
    elsewhere = had_elsewhere(unit, "snapshot", absent, told.source, told.keepers, record_type.name, at)
    return review.decided(absent, records, elsewhere, keeps=told.keeps)
