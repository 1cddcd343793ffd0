"""Rollback: undo one run whole, previewed like an import and applied in one transaction (ROL)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from stocktake.flows.delivering import FINISHED
from stocktake.flows.freshness import refresh_freshness
from stocktake.flows.hand_edit import give_back_hand_edits
from stocktake.flows.referral import RELINK
from stocktake.flows.reopening_source import give_back_declaration
from stocktake.flows.trail import closing
from stocktake.flows.unlinking import (
    Elsewhere,
    elsewhere,
    keep_deleted_blocks,
    locked_types,
    referred_to,
    restore_links,
    reverse_history,
    undo_elsewhere,
)
from stocktake.model.decision import Action
from stocktake.model.errors import NotFound, RollbackBlocked
from stocktake.model.record_type import RecordType
from stocktake.model.run import Run, RunKind, RunStatus
from stocktake.planning import undo
from stocktake.planning.undo import Undo
from stocktake.ports.frame import (
    ACKNOWLEDGED,
    ACKNOWLEDGED_IMAGE,
    DELETED_LINK,
    DELETED_LINKS,
    DELETED_RECORDS,
    LINEAGE,
    LINK_IMAGE,
    SEEN_IMAGE,
)
from stocktake.ports.progress import Progress
from stocktake.ports.store import Store, Unit
from stocktake.reporting import sentence
from stocktake.reporting.sentence import plural

#: How long after its import a run can be rolled back (ROL-3).
WINDOW = timedelta(days=30)
#: What a rollback undoes; it is no such thing itself (ROL-13).
UNDOABLE = frozenset(RunKind) - {RunKind.ROLLBACK, RunKind.PRUNE}
#: What is looked at before an acknowledgement is taken back.
_TOLD = {
    "source": pl.String,
    "external_id": pl.String,
    "record_id": pl.Int64,
    "acknowledged_run": pl.Int64,
    "changed_run": pl.Int64,
}
#: So many hindrances are listed in a refusal.
SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackPreview:
    """A run and what undoing it would do; ``elsewhere``: because of references, to records of other types too."""

    run: Run
    undo: Undo
    elsewhere: tuple[Elsewhere, ...] = ()

    @property
    def refusal(self) -> RollbackBlocked | None:
        """Why it may not be undone as it is, or None (ROL-5)."""
        found = self.undo.hindrances
        if found.is_empty():
            return None
        later = sorted(set(found["_by_run"].drop_nulls().to_list()), reverse=True)
        listed = ", ".join(str(each) for each in later)
        hint = (
            f"Roll back the later runs first, newest first: {listed}."
            if later
            else "Look at the records with `stocktake record show`."
        )
        return RollbackBlocked(
            "rollback-blocked",
            f"Run {self.run.run_id} cannot be undone as it is: {plural(found.height, 'record')} "
            f"{'has' if found.height == 1 else 'have'} changed since, are gone, or refer to what it created. "
            "Nothing was written.",
            hint=hint,
            details={
                "blocked_by": [
                    {
                        "record_id": row["_record_id"],
                        "name": row["_name"],
                        "why": row["_why"],
                        "by_run": row["_by_run"],
                        "source": row["_by_source"],
                    }
                    for row in found.head(SHOWN).iter_rows(named=True)
                ],
                "count": found.height,
                "later_runs": later,
            },
        )


def preview_rollback(
    unit: Unit, run_id: int, record_types: dict[str, RecordType], *, at: datetime
) -> RollbackPreview:
    """What undoing a run would do. Raises ``NotFound`` and ``RollbackBlocked`` where it cannot be undone at all (ROL-3)."""
    run = _eligible(unit, run_id, at=at)
    record_type = record_types[run.record_type or ""]
    parts, found = elsewhere(unit, run, record_types)
    hindering = pl.concat([found, referred_to(unit, run, record_types, parts)])
    plan = undo.with_references(
        _undo(unit, run, record_type),
        hindering,
        stubs=sum(each.stubs for each in parts),
        relinked=sum(each.changes.height for each in parts),
    )
    return RollbackPreview(run=run, undo=plan, elsewhere=parts)


def rollback(
    store: Store,
    workspace_id: int,
    run_id: int,
    record_types: dict[str, RecordType],
    *,
    by: str,
    reason: str | None,
    clock: Callable[[], datetime],
    progress: Progress,
) -> tuple[int, RollbackPreview]:
    """Undo a run; the rollback's own run id, and what it did. All or nothing (ROL-6)."""
    at = clock()
    with store.reading(workspace_id) as unit:
        run = _eligible(unit, run_id, at=at)
        later = unit.later_runs(run.record_type or "", run_id)
        # Where nothing was written since, nothing can stand in the way, and the counting is done once, under the lock.
        refused = preview_rollback(unit, run_id, record_types, at=at).refusal if later else None
    if refused is not None:
        raise refused
    record_type = record_types[run.record_type or ""]
    with store.writing(workspace_id) as unit:
        locked = locked_types(unit, run, record_types)
        for name in locked:
            unit.ensure_target(name)
        own_id = unit.reserve("run", 1)
        unit.announce_run(
            own_id,
            kind=RunKind.ROLLBACK.value,
            status=RunStatus.APPLYING.value,
            source=run.source,
            record_type=record_type.name,
            is_full_snapshot=False,
            filename=run.filename,
            undoes_run=run_id,
            started_at=at,
            initiated_by=by,
            reason=reason,
        )
    with closing(store, workspace_id, own_id, clock=clock), store.writing(workspace_id) as unit:
        progress.phase("rolling back")
        for name in locked:
            unit.lock_target(name)
        unit.interrupt_dead_runs(record_type.name, own_id, at=at)
        seen = preview_rollback(unit, run_id, record_types, at=at)
        if seen.refusal is not None:
            raise seen.refusal
        _write(unit, seen, record_type, own_id, by=by, at=at)
    return own_id, seen


def _eligible(unit: Unit, run_id: int, *, at: datetime) -> Run:
    found = unit.runs(limit=1, run_id=run_id)
    if not found:
        raise NotFound(
            "unknown-run", f"There is no run {run_id}.", hint="List the runs with `stocktake runs`."
        )
    run = found[0]
    if run.status is RunStatus.ROLLED_BACK:
        when = f" on {run.rolled_back_at:%Y-%m-%d %H:%M} UTC" if run.rolled_back_at else ""
        raise RollbackBlocked(
            "already-rolled-back", f"Run {run_id} was rolled back already{when} by {run.rolled_back_by}."
        )
    if run.kind not in UNDOABLE:
        raise RollbackBlocked(
            "not-undoable",
            f"Run {run_id} is a {run.kind}; it cannot be rolled back.",
            hint="What was pruned is gone."
            if run.kind is RunKind.PRUNE
            else "Import the file again instead.",
        )
    if run.status not in (RunStatus.APPLIED, RunStatus.FAILED):
        raise RollbackBlocked(
            "nothing-to-undo", f"Run {run_id} is {run.status}: it wrote nothing that could be undone."
        )
    applied = run.applied_at or run.started_at
    if applied is not None and at - applied >= WINDOW:
        raise RollbackBlocked(
            "too-old",
            f"Run {run_id} was applied on {applied:%Y-%m-%d}; runs can be rolled back for {WINDOW.days} days.",
            hint="Import a corrected file instead.",
        )
    return run


def _undo(unit: Unit, run: Run, record_type: RecordType) -> Undo:
    lineage = unit.image_of(run.run_id, "lineage", LINEAGE)
    changes = unit.changes_of(run.run_id, record_type.name).filter(pl.col("act") != RELINK)
    fields = tuple(name for name in changes["field"].unique().sort().to_list() if name in record_type)
    now = unit.record_values(record_type, lineage["id"], fields)
    named = now.join(unit.names(record_type, lineage["id"]), on="_record_id", how="left")
    links = unit.image_of(run.run_id, "links", LINK_IMAGE)
    created, first_id, last_id = unit.created_block(record_type, run.run_id)
    found = pl.DataFrame(schema=undo.HINDRANCES)
    if unit.later_runs(record_type.name, run.run_id):
        source, name = run.source or "", record_type.name
        found = undo.hindrances(
            run.run_id,
            lineage,
            named,
            unit.created_and_changed_since(record_type, run.run_id),
            pl.concat(
                [
                    unit.links_changed_since(name, run.run_id, links),
                    unit.links_made_and_changed_since(source, name, run.run_id),
                    unit.links_by_others(source, name, first_id, last_id),
                    unit.links_taken(name, unit.image_of(run.run_id, DELETED_LINKS, DELETED_LINK)),
                ]
            ),
        )
    told = unit.image_of(run.run_id, ACKNOWLEDGED, ACKNOWLEDGED_IMAGE)
    found = pl.concat(
        [found, undo.acknowledged_since(run.run_id, unit.link_image(record_type.name, told, _TOLD))]
    )
    acts = changes.group_by("record_id").agg(_act=pl.col("act").first())
    touched = lineage.select(id="id").join(acts, left_on="id", right_on="record_id", how="left")
    returned = touched.with_columns(_act=pl.col("_act").fill_null("reactivate"))
    return Undo(
        counts=undo.counted(
            deleted=created,
            touched=returned,
            links_restored=links.height + told.height,
            links_deleted=unit.link_count_made(run.source or "", record_type.name, run.run_id),
            undeleted=changes.filter(pl.col("act") == "delete").height,
            found=found,
        ),
        hindrances=found,
        records=undo.restored_values(lineage, changes, now, fields),
        changes=changes,
    )


def _write(
    unit: Unit, seen: RollbackPreview, record_type: RecordType, own_id: int, *, by: str, at: datetime
) -> None:
    run, plan = seen.run, seen.undo
    source = run.source or ""
    keep_deleted_blocks(unit, run, record_type, seen.elsewhere, own_id)
    deleted = unit.delete_created(record_type, run.run_id)
    links = unit.delete_links_made(source, record_type.name, run.run_id)
    if (deleted, links) != (plan.counts["deleted"], plan.counts["links_deleted"]):
        raise RollbackBlocked(
            "rollback-differs",
            "The database holds another number of records than counted. Nothing was written.",
        )
    unit.restore_records(record_type, plan.records, at=at)
    _recreate(unit, run, record_type, plan.counts["undeleted"], at=at)
    undo_elsewhere(unit, run, seen.elsewhere, own_id, at=at)
    restore_links(unit, run, record_type.name, "links", LINK_IMAGE)
    restore_links(unit, run, record_type.name, "seen", SEEN_IMAGE)
    unit.change_links(record_type.name, unit.image_of(run.run_id, ACKNOWLEDGED, ACKNOWLEDGED_IMAGE))
    give_back_hand_edits(unit, run)
    give_back_declaration(unit, run, at=at)
    unit.keep_changes(own_id, record_type.name, undo.reversed_changes(plan.changes))
    reverse_history(unit, run, record_type.name, own_id, at=at)
    numbers = plan.counts
    relinked = f", {numbers['relinked']:,} references blank again" if numbers["relinked"] else ""
    said = (
        f"{by} rolled back run {run.run_id} ({run.subject}): {plural(numbers['deleted'], 'record')} deleted, "
        f"{numbers['restored']:,} restored, {numbers['unretired'] + numbers['undeleted']:,} brought back, "
        f"{numbers['reretired']:,} retired again{relinked}."
    )
    entries = [
        pl.DataFrame({"act": ["rollback"], "sentence": [said]}),
        sentence.undone(_turned(unit, seen, record_type), run.run_id, by=by),
    ]
    unit.log(
        own_id,
        pl.concat(entries, how="diagonal"),
        at=at,
        actor=by,
        source=run.source,
        record_type=record_type.name,
    )
    unit.change_run(run.run_id, status=RunStatus.ROLLED_BACK.value, rolled_back_at=at, rolled_back_by=by)
    unit.change_run(
        own_id, status=RunStatus.APPLIED.value, applied_at=at, finished_at=at, stats=dict(numbers)
    )
    if run.source is not None:
        refresh_freshness(unit, run.source, record_type.name)
    if run.kind is not RunKind.ACKNOWLEDGE:
        _tell_others(unit, run, record_type.name)
    unit.announce_outcome(
        own_id, FINISHED, {"run_id": own_id, "undoes_run": run.run_id, "counts": numbers}, at=at
    )


def _turned(unit: Unit, seen: RollbackPreview, record_type: RecordType) -> pl.DataFrame:
    """The records that the rollback brought back or retired again, for ``sentence.undone``."""
    changes = seen.undo.changes
    status = record_type.lifecycle.field if record_type.lifecycle else ""
    acts = changes.group_by("record_id").agg(_act=pl.col("act").first())
    moved = changes.filter(pl.col("field") == status).select("record_id", before="after", after="before")
    turned = (
        pl.concat([acts.select("record_id"), seen.undo.records.select(record_id="id")])
        .unique()
        .join(acts, on="record_id", how="left")
        .with_columns(pl.col("_act").fill_null(Action.REACTIVATE.value))
        .filter(pl.col("_act").is_in([Action.RETIRE.value, Action.REACTIVATE.value, Action.DELETE.value]))
        .sort("record_id")
    )
    named = unit.names(record_type, turned["record_id"]).rename({"_record_id": "record_id"})
    return (
        turned.join(named, on="record_id", how="left", maintain_order="left")
        .join(moved, on="record_id", how="left", maintain_order="left")
        .with_columns(pl.coalesce("_name", pl.col("record_id").cast(pl.String)).alias("_name"))
    )


def _tell_others(unit: Unit, run: Run, record_type: str) -> None:
    """Say that records and links were written, which makes plans that rest on them stale."""
    others = unit.image_of(run.run_id, "links", LINK_IMAGE)["source"].unique().to_list()
    for name in {*others, *([run.source] if run.source else [])}:
        unit.raise_links_version(name, record_type)
    unit.raise_target(record_type)


def _recreate(unit: Unit, run: Run, record_type: RecordType, count: int, *, at: datetime) -> None:
    """Give back what the run deleted, records under their own ids and with their links (ROL-2)."""
    image = unit.image_of(run.run_id, DELETED_RECORDS, {})
    if image.height != count:
        raise RollbackBlocked(
            "no-image",
            f"Run {run.run_id} deleted {plural(count, 'record')}, of which {image.height:,} were kept. Nothing was written.",
            hint="Import the file of before again instead.",
        )
    if image.is_empty():
        return
    unit.recreate_records(record_type, image, at=at)
    unit.recreate_links(record_type.name, unit.image_of(run.run_id, DELETED_LINKS, DELETED_LINK))
