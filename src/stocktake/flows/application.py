"""Apply: write exactly what the plan says, in one transaction (APP-1, APP-2, APP-11, PLN-9)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

import polars as pl

from stocktake.flows.delivering import announce
from stocktake.flows.displacing import write_displaced
from stocktake.flows.drafting import number_of_turn, take_up
from stocktake.flows.freshness import refresh_freshness
from stocktake.flows.hand_edit import forget_overwritten
from stocktake.flows.linking import write_links
from stocktake.flows.moving import move_links, note_rulings
from stocktake.flows.recording import keep_images, keep_trail, stats
from stocktake.flows.referral import check_references, numbered, reserve_stubs, targets, write_references
from stocktake.flows.repeating import ground
from stocktake.flows.retiring import retire
from stocktake.flows.staleness import check_fresh, stale, used
from stocktake.flows.succession import write_succession
from stocktake.flows.trail import closing
from stocktake.model.errors import Refusal
from stocktake.model.plan import Plan
from stocktake.model.record_type import RecordType
from stocktake.model.run import RunKind, RunStatus
from stocktake.model.source import Source
from stocktake.planning.assembly import external_id
from stocktake.planning.creation import new_records
from stocktake.planning.guard import refusal
from stocktake.planning.repetition import repeatable, rules_hash
from stocktake.planning.table import TABLES
from stocktake.ports.progress import Progress
from stocktake.ports.store import Store, Unit
from stocktake.reporting import sentence

_log = logging.getLogger("stocktake.flows")

#: Warnings about the past, which are no news when the same content comes again.
_OF_THE_MOMENT = frozenset({"same-content", "flapping-records", "order-of-sources-changed", "scale-changed"})

#: The field that says when a record was found.
_DISCOVERED = "discovered_at"


def apply(
    store: Store,
    workspace_id: int,
    plan: Plan,
    *,
    by: str,
    keepers: tuple[Source, ...],
    referring: tuple[tuple[RecordType, str], ...],
    clock: Callable[[], datetime],
    seconds: Callable[[], dict[str, float]],
    progress: Progress,
    beside: Callable[[Unit, int], None] | None = None,
    draft_id: int | None = None,
) -> int:
    """Apply a plan; the run's id. ``seconds`` tells how long each phase has taken so far.

    ``draft_id``: the draft whose run this is; without one a run of its own is announced.

    ``beside`` is called with the run's id in the transaction that applies, once all else is written.

    Announces the run in a short transaction, applies in one, and closes the run in a third after a failure (APP-11).
    Raises what ``planning.guard.refusal`` says (the run stays ``blocked``), ``StalePlan`` and ``Busy``; then nothing of
    the plan was written.
    """
    at = clock()
    refused = refusal(plan)
    run_id, first_id, first_stubs = _announced(
        store, workspace_id, plan, by=by, at=at, refused=refused, draft_id=draft_id
    )
    if refused is not None:
        raise refused
    with closing(store, workspace_id, run_id, clock=clock), store.writing(workspace_id) as unit:
        progress.phase("applying", plan.file.rows)
        for name in targets(plan):
            unit.lock_target(name)
        unit.interrupt_dead_runs(plan.record_type.name, run_id, at=at)
        check_fresh(unit, plan, keepers, referring)
        check_references(unit, plan)
        mapping_id = _write(unit, plan, run_id, first_id, first_stubs, by=by, at=at, progress=progress)
        _conclude(unit, plan, run_id, mapping_id, {**plan.timings, **seconds()}, at=at)
        if beside is not None:
            beside(unit, run_id)
    if not plan.frames.creates.is_empty():
        _gather_statistics(store, plan, run_id)
    return run_id


def _gather_statistics(store: Store, plan: Plan, run_id: int) -> None:
    """After the commit; a failure here takes nothing back, so it is only logged."""
    try:
        store.gather_statistics(plan.record_type)
    except Exception:
        _log.warning("run %s is applied; statistics could not be gathered", run_id, exc_info=True)


def _announced(
    store: Store,
    workspace_id: int,
    plan: Plan,
    *,
    by: str,
    at: datetime,
    refused: Refusal | None,
    draft_id: int | None,
) -> tuple[int, int, dict[str, int]]:
    """The run, and the first ids of the records and of the stubs it will create."""
    record_type = plan.record_type.name
    with store.writing(workspace_id) as unit:
        earlier = unit.run_of_plan(plan.plan_id)
        if earlier is not None:
            raise used(earlier)
        for name in targets(plan):
            unit.ensure_target(name)
        run_id = unit.reserve("run", 1) if draft_id is None else number_of_turn(unit, draft_id)
        told = _told_of(plan, run_id, by=by, at=at, refused=refused)
        if draft_id is None:
            unit.announce_run(run_id, **told)
        else:
            take_up(unit, draft_id, run_id, plan.plan_id, told)
        if refused is not None:
            entry = {"act": ["refuse"], "sentence": [sentence.refused(plan, refused.message, by=by)]}
            unit.log(
                run_id,
                pl.DataFrame(entry),
                at=at,
                actor=by,
                source=plan.source.name,
                record_type=record_type,
            )
            return run_id, 0, {}
        first_id = unit.reserve(f"record:{record_type}", plan.frames.creates.height)
        return run_id, first_id, reserve_stubs(unit, plan)


def _told_of(plan: Plan, run_id: int, *, by: str, at: datetime, refused: Refusal | None) -> dict[str, Any]:
    """What a run's row says of its plan from the beginning (APP-8)."""
    blocked, flow = refused is not None, plan.options.flow
    return {
        "kind": RunKind.IMPORT.value,
        "status": (RunStatus.BLOCKED if blocked else RunStatus.APPLYING).value,
        "source": plan.source.name,
        "record_type": plan.record_type.name,
        "strategy": plan.strategy,
        "is_full_snapshot": plan.is_whole,
        "filename": plan.file.name,
        "file_sha256": plan.file.sha256,
        "plan_id": None if blocked else plan.plan_id,
        "header": list(plan.file.header),
        "options": asdict(plan.options),
        "mapping_hash": _provenance(plan, run_id),
        "discovery_flow_id": flow.flow_id if flow else None,
        "master_flow_id": flow.master_flow_id if flow else None,
        "phase": flow.phase if flow else None,
        "file": asdict(plan.file),
        "warnings": [asdict(each) for each in plan.warnings if each.code not in _OF_THE_MOMENT],
        "content_run": plan.content_run,
        "mends_run": plan.options.mends,
        "guards": [asdict(each) for each in plan.guards],
        "as_of": plan.as_of,
        "replaces_run": plan.options.replaces_run,
        "baseline": asdict(plan.baseline) if plan.baseline else None,
        "decisions": [asdict(each) for each in plan.decisions],
        "started_at": at,
        "finished_at": at if blocked else None,
        "initiated_by": by,
        "stats": {**plan.counts} if blocked else None,
        "reason": refused.message if refused else None,
    }


def _write(
    unit: Unit,
    plan: Plan,
    run_id: int,
    first_id: int,
    first_stubs: dict[str, int],
    *,
    by: str,
    at: datetime,
    progress: Progress,
) -> int:
    """Records, links and what the run leaves; the id of its mapping."""
    record_type, source = plan.record_type, plan.source
    created = plan.frames.creates.with_columns(id=pl.int_range(pl.len(), dtype=pl.Int64) + first_id)
    plan, stubs = numbered(plan, created, first_stubs)
    mapping_id = unit.mapping_id(source.name, record_type.name, plan.mapping.version)
    if mapping_id is None:
        mapping_id = unit.keep_mapping(
            run_id,
            source=source.name,
            record_type=record_type.name,
            version=plan.mapping.version,
            fields=",".join(plan.mapping.fields),
            columns=_columns(plan),
        )
    if plan.options.flow is not None:
        unit.keep_discovery_flow(plan.options.flow.flow_id, master_flow_id=None, name=None, at=at)
    keep_images(unit, plan, run_id)
    move_links(unit, plan, run_id, by=by)
    _create(unit, plan, created, run_id, mapping_id, at, progress)
    _change(unit, plan, run_id, at)
    write_succession(unit, plan.record_type, plan.frames.succession, run_id, at)
    retire(unit, plan.record_type, plan.frames.absent, run_id, at)
    write_displaced(unit, plan, run_id, at)
    _delete(unit, plan)
    write_links(unit, plan, run_id, mapping_id, at)
    note_rulings(unit, plan, run_id, by=by)
    write_references(unit, plan, stubs, run_id, by=by, at=at)
    forget_overwritten(unit, plan, run_id)
    progress.advance(plan.file.rows - created.height)
    progress.phase("recording", plan.file.rows)
    keep_trail(unit, plan, created, run_id, by=by, at=at, progress=progress)
    return mapping_id


def _conclude(
    unit: Unit, plan: Plan, run_id: int, mapping_id: int, phases: dict[str, float], *, at: datetime
) -> None:
    """Say that the run is applied, what the source's newest import is, and that records and links were written."""
    name = plan.record_type.name
    unit.change_run(
        run_id,
        status=RunStatus.APPLIED.value,
        mapping_id=mapping_id,
        stats=stats(plan),
        phases=phases,
        applied_at=at,
        finished_at=at,
        reason=None,
    )
    refresh_freshness(unit, plan.source.name, name)
    unit.raise_links_version(plan.source.name, name)
    if plan.content_run is None:
        unit.raise_target(name)
    if repeatable(plan):
        rules = rules_hash(plan.record_type, plan.source, plan.strategy, plan.options)
        unit.change_run(run_id, rules_hash=rules, ground=ground(unit, plan.record_type))
    announce(unit, run_id, {"run_id": run_id, "counts": plan.counts}, at=at)


def _columns(plan: Plan) -> str:
    return "\n".join(f"{each.field}\t{each.column}" for each in plan.mapping.columns)


def _create(
    unit: Unit,
    plan: Plan,
    created: pl.DataFrame,
    run_id: int,
    mapping_id: int,
    at: datetime,
    progress: Progress,
) -> None:
    record_type, source = plan.record_type, plan.source
    inserted = unit.create_records(
        record_type,
        _told(_new_records(plan, created, run_id, at), progress),
        source=source.name,
        created_run=run_id,
        row_run=run_id,
        mapping_hash=_mapping_hash(plan, run_id),
        imported_at=at,
        updated_at=at,
        **_discovered(plan, at),
    )
    if inserted != created.height:
        raise stale("The database took another number of new records than the plan has.", [])
    kept = {
        "external_id": "_key",
        "external_id_raw": "_key_raw",
        "is_keyless": "_keyless",
        "row_hash": "_hash",
    }
    new = created.select(**kept, record_id="id", said=pl.lit(None, dtype=pl.String))
    adopted = plan.frames.adoptions.select(**kept, record_id="_record_id", said="_said")
    unit.create_links(
        new if adopted.is_empty() else pl.concat([new, adopted.select(new.columns)]).sort("external_id"),
        record_type=record_type.name,
        source=source.name,
        is_present=True,
        first_run=run_id,
        last_run=run_id,
        changed_run=run_id,
        missed_snapshots=0,
        mapping_id=mapping_id,
    )


def _told(frames: Iterator[pl.DataFrame], progress: Progress) -> Iterator[pl.DataFrame]:
    for each in frames:
        yield each
        progress.advance(each.height)


def _discovered(plan: Plan, at: datetime) -> dict[str, datetime]:
    """When a discovery flow found new records, where no column says so (PACK-3)."""
    told = plan.options.flow is None or _DISCOVERED in plan.mapping.fields
    return {} if told or _DISCOVERED not in plan.record_type else {_DISCOVERED: at}


def _new_records(plan: Plan, created: pl.DataFrame, run_id: int, at: datetime) -> Iterator[pl.DataFrame]:
    """The records to insert, chunk by chunk in the order of their ids; ``created``: the plan's, each with its ``id``."""
    turned = _turned(pl.col("_retires"), at, run_id) if created["_retires"].any() else {}
    matches = TABLES[plan.strategy].matches
    own = created.select("_row", "id", "_line", "_key", "_key_raw", "_keyless", "_hash")
    for values in new_records(plan, own):
        yield values.select(
            "id",
            *(name for name in values.columns if name in plan.record_type),
            "extra",
            external_id=external_id() if matches else pl.col("_key"),
            row_number=pl.col("_line").cast(pl.Int64),
            row_hash="_hash",
            **turned,
        )


def _provenance(plan: Plan, run_id: int) -> str:
    """The hash of the mapping in its flow, which is the run itself outside discovery flows (LIN-3, LIN-7)."""
    flow = plan.options.flow
    return plan.mapping.hash_for(flow.flow_id if flow else str(run_id))


def _mapping_hash(plan: Plan, run_id: int) -> bytes:
    return bytes.fromhex(_provenance(plan, run_id))


def _turned(retires: pl.Expr, at: datetime, run_id: int) -> dict[str, pl.Expr]:
    """The retirement columns of records that a row retires (``retires``) or brings back."""
    moment = pl.lit(at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    return {
        "retired_at": pl.when(retires).then(moment),
        "retired_by": pl.when(retires).then(pl.lit("source")),
        "retired_run": pl.when(retires).then(pl.lit(run_id, dtype=pl.Int64)),
    }


def _change(unit: Unit, plan: Plan, run_id: int, at: datetime) -> None:
    updates = plan.frames.updates
    fields = [name for name in updates.columns if name in plan.record_type]
    turning = pl.col("_returns") | pl.col("_retires")
    for part, columns in (
        (updates.filter(~turning), {}),
        (updates.filter(turning), _turned(pl.col("_retires"), at, run_id)),
    ):
        changed = unit.change_records(
            plan.record_type,
            part.select(
                *fields,
                "extra",
                id="_record_id",
                version="_version",
                row_number=pl.col("_line").cast(pl.Int64),
                row_hash="_hash",
                **columns,
            ),
            at=at,
            changed_run=run_id,
            row_run=run_id,
            mapping_hash=_mapping_hash(plan, run_id),
            imported_at=at,
        )
        if changed != part.height:
            raise stale(f"{part.height - changed} records have changed since this plan was made.", [])


def _delete(unit: Unit, plan: Plan) -> None:
    gone = plan.frames.absent.filter(pl.col("_action") == "delete").unique("_record_id")
    if gone.is_empty():
        return
    unit.delete_links_of(plan.record_type.name, gone["_record_id"])
    deleted = unit.delete_records(plan.record_type, gone.select(id="_record_id", version="_version"))
    if deleted != gone.height:
        raise stale(f"{gone.height - deleted} records have changed since this plan was made.", [])
