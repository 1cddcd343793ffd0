"""Rollback: undo one run, or a chain of runs, previewed like an import and applied in one transaction (ROL)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from stocktake.flows.chain import chained
from stocktake.flows.delivering import announce
from stocktake.flows.eligibility import eligible
from stocktake.flows.freshness import refresh_freshness
from stocktake.flows.moving import move_back
from stocktake.flows.reopening_source import give_back_declaration
from stocktake.flows.trail import closing
from stocktake.flows.undoing import RollbackPreview, preview_undoing
from stocktake.flows.unlinking import (
    delete_created,
    delete_taken,
    differs,
    give_back_hand_edits,
    keep_deleted_blocks,
    let_wait_again,
    locked_types,
    restore_links,
    restore_part,
    reverse_history,
)
from stocktake.model.decision import Action
from stocktake.model.record_type import RecordType
from stocktake.model.run import Run, RunKind, RunStatus
from stocktake.planning import undo
from stocktake.planning.undo import Terms
from stocktake.ports.frame import DELETED_LINK, DELETED_LINKS, DELETED_RECORDS
from stocktake.ports.progress import Progress
from stocktake.ports.store import Store, Unit
from stocktake.reporting import sentence
from stocktake.reporting import undoing as wording


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackRequest:
    """What is asked for: a run to be undone, on which terms, by whom and why; ``chain``: with the later runs in its way."""

    run_id: int
    record_types: Mapping[str, RecordType]
    terms: Terms
    chain: bool
    window: timedelta
    by: str
    reason: str | None


def preview_rollback(unit: Unit, asked: RollbackRequest, *, at: datetime) -> RollbackPreview:
    """What undoing a run would do. Raises ``NotFound`` and ``RollbackBlocked`` where it cannot be undone at all (ROL-3)."""

    def seen(run_id: int) -> RollbackPreview:
        return preview_undoing(unit, run_id, asked.record_types, asked.terms, window=asked.window, at=at)

    own = seen(asked.run_id)
    return chained(unit, own, seen, window=asked.window, at=at) if asked.chain else own


def rollback(
    store: Store,
    workspace_id: int,
    asked: RollbackRequest,
    *,
    clock: Callable[[], datetime],
    progress: Progress,
) -> tuple[int, ...]:
    """Undo a run, after the later ones of its chain; the rollbacks' own runs, the last the run's. All or nothing (ROL-6)."""
    at = clock()
    with store.reading(workspace_id) as unit:
        runs = _wanted(unit, asked, at)
    with store.writing(workspace_id) as unit:
        locked = sorted(
            {
                name
                for run in runs
                for name in locked_types(unit, run, asked.record_types, cascades=asked.terms.cascade)
            }
        )
        for name in locked:
            unit.ensure_target(name)
        own_ids = [_announce(unit, run, asked, at) for run in runs]
    with ExitStack() as trail:
        for own_id in own_ids:
            trail.enter_context(closing(store, workspace_id, own_id, clock=clock))
        unit = trail.enter_context(store.writing(workspace_id))
        progress.phase("rolling back")
        for name in locked:
            unit.lock_target(name)
        unit.interrupt_dead_runs(runs[-1].record_type or "", own_ids[0], at=at)
        for run, own_id in zip(runs, own_ids, strict=True):
            _undo(unit, run, own_id, asked, at=at)
    return tuple(own_ids)


def _wanted(unit: Unit, asked: RollbackRequest, at: datetime) -> list[Run]:
    """The runs to be undone, newest first. Raises what refuses it.

    Where nothing was written since, nothing can stand in the way, and the counting is done once, under the lock.
    """
    run = eligible(unit, asked.run_id, window=asked.window, at=at)
    if unit.runs_since(run.run_id).is_empty():
        return [run]
    seen = preview_rollback(unit, asked, at=at)
    if seen.refusal is not None:
        raise seen.refusal
    return [*(each.run for each in seen.chain), seen.run]


def _announce(unit: Unit, run: Run, asked: RollbackRequest, at: datetime) -> int:
    own_id = unit.reserve("run", 1)
    unit.announce_run(
        own_id,
        kind=RunKind.ROLLBACK.value,
        status=RunStatus.APPLYING.value,
        source=run.source,
        record_type=run.record_type,
        is_full_snapshot=False,
        filename=run.filename,
        undoes_run=run.run_id,
        started_at=at,
        initiated_by=asked.by,
        reason=asked.reason,
    )
    return own_id


def _undo(unit: Unit, run: Run, own_id: int, asked: RollbackRequest, *, at: datetime) -> None:
    """Undo one run under the lock; what was shown is looked at again."""
    seen = preview_undoing(unit, run.run_id, asked.record_types, asked.terms, window=asked.window, at=at)
    if seen.refusal is not None:
        raise seen.refusal
    _write(unit, seen, asked, own_id, at=at)
    _conclude(unit, seen, asked, own_id, at=at)


def _write(unit: Unit, seen: RollbackPreview, asked: RollbackRequest, own_id: int, *, at: datetime) -> None:
    run, (own, *stubbed), numbers = seen.run, seen.creations, seen.undo.counts
    name = own.record_type.name
    keep_deleted_blocks(unit, seen, own_id)
    delete_taken(unit, seen, asked.record_types, own_id)
    delete_created(unit, run, own)
    made = unit.delete_links_made(run.source or "", name, run.run_id, keys=seen.spared, records=own.staying)
    if made != numbers["links_deleted"]:
        raise differs()
    move_back(unit, run, name, seen.moved)
    for each in stubbed:
        delete_created(unit, run, each)
    _recreate(unit, seen, own.record_type, own_id, at=at)
    for part in seen.parts:
        restore_part(unit, run, part, own_id, at=at)
    for touched in dict.fromkeys(each.record_type.name for each in seen.parts):
        reverse_history(unit, seen, touched, own_id, at=at)
    restore_links(unit, run, name, seen.sightings)
    unit.change_links(name, seen.acknowledged)
    give_back_hand_edits(unit, seen)
    give_back_declaration(unit, run, at=at)
    let_wait_again(unit, seen)


def _recreate(
    unit: Unit, seen: RollbackPreview, record_type: RecordType, own_id: int, *, at: datetime
) -> None:
    """Give back what the run deleted, records under their own ids and with their links, each told as a change (ROL-2)."""
    if not seen.undo.counts["undeleted"]:
        return
    run_id, lost = seen.run.run_id, seen.lost.implode()
    records = unit.image_of(run_id, DELETED_RECORDS, {})
    links = unit.image_of(run_id, DELETED_LINKS, DELETED_LINK)
    unit.recreate_records(record_type, records.filter(~pl.col("id").is_in(lost)), at=at)
    unit.recreate_links(record_type.name, links.filter(~pl.col("record_id").is_in(lost)))
    deleted = unit.changes_of(run_id, record_type.name).filter(pl.col("act") == Action.DELETE.value)
    back = deleted.filter(~pl.col("record_id").is_in(lost))
    unit.keep_changes(own_id, record_type.name, undo.reversed_changes(back))


def _conclude(
    unit: Unit, seen: RollbackPreview, asked: RollbackRequest, own_id: int, *, at: datetime
) -> None:
    """Say what was undone, that it is, and that records and links were written."""
    run, numbers = seen.run, seen.undo.counts
    name = run.record_type or ""
    people = sorted(set(seen.given_up()["by"].drop_nulls()))
    said = wording.undone(asked.by, run, numbers, reasons=seen.reasons, people=people)
    entries = [
        pl.DataFrame({"act": ["rollback"], "sentence": [said]}),
        sentence.undone(_turned(unit, seen), run.run_id, by=asked.by),
    ]
    told = pl.concat(entries, how="diagonal")
    unit.log(own_id, told, at=at, actor=asked.by, source=run.source, record_type=name)
    undone = {"status": RunStatus.ROLLED_BACK.value, "rolled_back_at": at, "rolled_back_by": asked.by}
    unit.change_run(run.run_id, **undone)
    unit.change_run(
        own_id, status=RunStatus.APPLIED.value, applied_at=at, finished_at=at, stats=dict(numbers)
    )
    if run.source is not None:
        refresh_freshness(unit, run.source, name)
    if run.kind is RunKind.ACKNOWLEDGE:
        unit.note_acknowledgement()
    else:
        _tell_others(unit, seen)
    content = {"run_id": own_id, "undoes_run": run.run_id, "counts": numbers}
    announce(unit, own_id, content, at=at)


def _tell_others(unit: Unit, seen: RollbackPreview) -> None:
    """Say that records and links were written, which makes plans that rest on them stale."""
    run, (own, *more) = seen.run, seen.creations
    others = {source for each in seen.parts if not each.suffix for source in each.links["source"].unique()}
    for source in {*others, *([run.source] if run.source else [])}:
        unit.raise_links_version(source, own.record_type.name)
    touched = {own.record_type.name, *(each.record_type.name for each in seen.parts)}
    for written in touched | {each.record_type.name for each in more}:
        unit.raise_target(written)


def _turned(unit: Unit, seen: RollbackPreview) -> pl.DataFrame:
    """The records that the rollback brought back or retired again, for ``sentence.undone``."""
    part, name = seen.parts[0], seen.run.record_type or ""
    kind, changes = part.record_type, part.changes
    did = unit.changes_of(seen.run.run_id, name).group_by("record_id").agg(_act=pl.col("act").first())
    deleted = did.filter(pl.col("_act") == Action.DELETE.value)["record_id"]
    ids = pl.concat([part.turned, deleted.filter(~deleted.is_in(seen.lost.implode()))]).unique().sort()
    status = kind.lifecycle.field if kind.lifecycle else ""
    moved = changes.filter(pl.col("field") == status).select("record_id", before="after", after="before")
    acts = (
        ids.to_frame("record_id")
        .join(did, on="record_id", how="left", maintain_order="left")
        .with_columns(pl.col("_act").fill_null(Action.REACTIVATE.value))
        .filter(pl.col("_act").is_in([Action.RETIRE.value, Action.REACTIVATE.value, Action.DELETE.value]))
    )
    named = unit.names(kind, acts["record_id"]).rename({"_record_id": "record_id"})
    return (
        acts.join(named, on="record_id", how="left", maintain_order="left")
        .join(moved, on="record_id", how="left", maintain_order="left")
        .with_columns(pl.coalesce("_name", pl.col("record_id").cast(pl.String)).alias("_name"))
    )
