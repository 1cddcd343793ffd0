"""Backfill: give existing records the links and flows that they lack, as runs of their own (BAC)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from stocktake.cleaning.key import key_texts
from stocktake.flows.delivering import announce
from stocktake.flows.trail import closing
from stocktake.model.record_type import RecordType
from stocktake.model.run import RunKind, RunStatus
from stocktake.model.source import Source
from stocktake.ports.frame import LINEAGE
from stocktake.ports.progress import Progress
from stocktake.ports.store import Store, Unit
from stocktake.reporting.sentence import plural

PRESENCE_LINKS, DISCOVERY_FLOW = "presence-links", "discovery-flow"
#: So many records are written at a time.
BATCH = 50_000
#: So many samples of what a backfill would change are shown (BAC-3).
SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """One part of a backfill: of one record type and, where it makes links, of one source. A part is a run.

    ``lacking`` are the records it will mend: ``_record_id``, and ``_key, _key_raw`` for links or ``_version, _flow`` for
    flows; ``samples`` names some. ``left``: how many it must leave as they are, since their external id is no key of the
    source, or is another record's already.
    """

    name: str
    record_type: RecordType
    source: Source | None
    lacking: pl.DataFrame
    left: int = 0
    samples: tuple[tuple[int, str | None], ...] = ()


def missing_links(unit: Unit, record_type: RecordType, source: Source) -> Backfill:
    """The records of a presence-tracked source that have an external id and no link of it (BAC-1); retired ones stay."""
    records = unit.records_without_link(record_type, source.name)
    keyed = records.with_columns(key_texts(records["external_id"], record_type, source)).filter(
        pl.col("_key").is_not_null() & pl.col("_key").is_first_distinct()
    )
    named = keyed.select(source=pl.lit(source.name), external_id="_key")
    taken = unit.linked_records(record_type.name, named).select(_key="external_id")
    lacking = keyed.join(taken, on="_key", how="anti").select(
        "_record_id",
        "_key",
        _key_raw=pl.when(pl.col("external_id") != pl.col("_key")).then("external_id"),
    )
    return Backfill(
        name=PRESENCE_LINKS,
        record_type=record_type,
        source=source,
        lacking=lacking.sort("_key"),
        left=records.height - lacking.height,
        samples=_samples(unit, record_type, lacking),
    )


def missing_flows(unit: Unit, record_type: RecordType) -> Backfill:
    """The records that lack the discovery flow that their run, or the only flow of their master flow, tells (BAC-2)."""
    lacking = unit.records_with_flow_elsewhere(record_type)
    return Backfill(
        name=DISCOVERY_FLOW,
        record_type=record_type,
        source=None,
        lacking=lacking,
        samples=_samples(unit, record_type, lacking),
    )


def _samples(
    unit: Unit, record_type: RecordType, lacking: pl.DataFrame
) -> tuple[tuple[int, str | None], ...]:
    named = unit.names(record_type, lacking["_record_id"].head(SHOWN))
    return tuple(named.sort("_record_id").iter_rows())


def backfill(
    store: Store,
    workspace_id: int,
    planned: Backfill,
    *,
    by: str,
    clock: Callable[[], datetime],
    seconds: Callable[[], dict[str, float]],
    progress: Progress,
) -> int:
    """Write one part of a backfill in one transaction, in batches; its run's id. It is undone like any run (BAC-4)."""
    at, kind, source = clock(), planned.record_type, planned.source
    with store.writing(workspace_id) as unit:
        unit.ensure_target(kind.name)
        run_id = unit.reserve("run", 1)
        unit.announce_run(
            run_id,
            kind=RunKind.BACKFILL.value,
            status=RunStatus.APPLYING.value,
            source=source.name if source else None,
            record_type=kind.name,
            is_full_snapshot=False,
            filename=planned.name,
            started_at=at,
            initiated_by=by,
        )
    with closing(store, workspace_id, run_id, clock=clock), store.writing(workspace_id) as unit:
        unit.lock_target(kind.name)
        unit.interrupt_dead_runs(kind.name, run_id, at=at)
        now = missing_links(unit, kind, source) if source else missing_flows(unit, kind)
        progress.phase("backfilling", now.lacking.height)
        if source is not None:
            _link(unit, now, source, run_id, progress)
        else:
            _flow(unit, now, run_id, at, progress)
        _conclude(unit, now, run_id, by=by, at=at, phases=seconds())
    return run_id


def _link(unit: Unit, now: Backfill, source: Source, run_id: int, progress: Progress) -> None:
    """First and last seen now, and present."""
    for batch in _batches(now.lacking, progress):
        unit.create_links(
            batch.select("external_id", "external_id_raw", "record_id"),
            source=source.name,
            record_type=now.record_type.name,
            is_present=True,
            is_keyless=False,
            first_run=run_id,
            last_run=run_id,
            changed_run=run_id,
            missed_snapshots=0,
        )
    unit.raise_links_version(source.name, now.record_type.name)


def _batches(lacking: pl.DataFrame, progress: Progress) -> Iterator[pl.DataFrame]:
    links = lacking.select(external_id="_key", external_id_raw="_key_raw", record_id="_record_id")
    for batch in links.iter_slices(BATCH):
        yield batch
        progress.advance(batch.height)


def _flow(unit: Unit, now: Backfill, run_id: int, at: datetime, progress: Progress) -> None:
    """The flow's id, with the image and the changes that a rollback restores from."""
    name = now.record_type.name
    lineage = [pl.DataFrame(schema=LINEAGE)]
    for batch in now.lacking.iter_slices(BATCH):
        lineage.append(unit.lineage_image(now.record_type, batch["_record_id"]))
        unit.change_records(
            now.record_type,
            batch.select(id="_record_id", version="_version", discovery_flow_id="_flow"),
            at=at,
            changed_run=run_id,
        )
        changes = batch.select(
            record_id="_record_id",
            field=pl.lit("discovery_flow_id"),
            act=pl.lit("update"),
            before=pl.lit(None, dtype=pl.String),
            after="_flow",
        )
        unit.keep_changes(run_id, name, changes)
        progress.advance(batch.height)
    if not now.lacking.is_empty():
        unit.keep_image(run_id, "lineage", pl.concat(lineage))


def _conclude(
    unit: Unit, now: Backfill, run_id: int, *, by: str, at: datetime, phases: dict[str, float]
) -> None:
    count, kind = now.lacking.height, now.record_type
    what = "link to " + now.source.name if now.source else "discovery flow"
    said = (
        f"{by} backfilled {now.name}: {plural(count, kind.title.lower(), kind.plural.lower())} got a {what}."
    )
    entry = pl.DataFrame({"act": ["backfill"], "sentence": [said]})
    source = {"source": now.source.name} if now.source else {}
    unit.log(run_id, entry, at=at, actor=by, record_type=kind.name, **source)
    stats = {"links" if now.source else "flows": count, "left": now.left}
    unit.change_run(
        run_id,
        status=RunStatus.APPLIED.value,
        applied_at=at,
        finished_at=at,
        stats=stats,
        phases=phases,
    )
    unit.raise_target(kind.name)
    announce(unit, run_id, {"run_id": run_id, "counts": stats}, at=at)
