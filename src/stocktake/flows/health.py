"""Health: whether records, raw rows, links, runs and flows lead to one another (HEA)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import polars as pl

from stocktake.model.record_type import RecordType
from stocktake.model.run import Run, RunStatus
from stocktake.model.source import Source
from stocktake.model.wiring import SAMPLES, Finding, Sample, WiringHealth
from stocktake.model.workspace import Workspace
from stocktake.planning.span import SPANS, outside, size_of, without
from stocktake.ports.store import Store, Unit

#: All lines: of runs whose raw rows were let go.
EVERY = pl.DataFrame({"first": [0], "last": [2**62]}, schema=SPANS)
#: How an asset says that a discovery flow found it (PACK-3).
FLOW_BASED = "flow_based"


def wiring_health(
    store: Store,
    workspace: Workspace,
    record_types: Mapping[str, RecordType],
    sources: Mapping[str, Source],
    *,
    detail: bool,
) -> WiringHealth:
    """Every metric of one workspace, in one consistent view; with ``detail``, up to five samples of each (HEA-1, HEA-3).

    ``record_types`` are those that have their table. Nothing is written.
    """
    found: dict[str, Finding] = defaultdict(Finding)
    records: dict[str, int] = {}
    with store.reading(workspace.workspace_id) as unit:
        for each in record_types.values():
            _flows(unit, each, found, detail=detail)
            there = unit.record_spans(each)
            records[each.name] = size_of(there)
            _raw_rows(unit, each, there, found, detail=detail)
            found["links_to_missing_records"] += unit.links_to_missing_records(each, there, detail=detail)
            created = there["created_run"].unique().sort()
            found["records_without_link_or_run"] += unit.records_without_link_or_run(
                each, created, detail=detail
            )
        found["unprocessed_raw_records"] = unit.undecided_rows([RunStatus.APPLIED], detail=detail)
        review = [RunStatus.UPLOADED, RunStatus.PLANNED]
        found["raw_records_under_review"] = unit.undecided_rows(review, detail=False)
        for run in _snapshots(unit, record_types):
            kind = record_types[run.record_type or ""]
            found["present_links_unseen_by_latest_snapshot"] += _unseen(
                unit, sources.get(run.source or ""), kind, run, records=records[kind.name], detail=detail
            )
        applying = unit.runs_applying()
    found["runs_left_applying"] = _left(store, workspace.workspace_id, applying, detail=detail)
    return WiringHealth(
        workspace=workspace.name, account=workspace.account, detail=detail, findings=dict(found)
    )


def _flows(unit: Unit, record_type: RecordType, found: dict[str, Finding], *, detail: bool) -> None:
    """Assets that do not carry their discovery flow; only types with such a field have assets (LIN-6)."""
    if "discovery_flow_id" not in record_type:
        return
    found["all_assets_missing_discovery_flow_id"] += unit.records_without_flow(record_type, detail=False)
    found["assets_with_unknown_discovery_flow"] += unit.records_of_unknown_flow(record_type, detail=detail)
    if "discovery_method" in record_type:
        found["flow_based_assets_missing_discovery_flow_id"] += unit.records_without_flow(
            record_type, method=FLOW_BASED, detail=detail
        )


def _raw_rows(
    unit: Unit, record_type: RecordType, there: pl.DataFrame, found: dict[str, Finding], *, detail: bool
) -> None:
    """Records whose raw row is not there, and raw rows whose record is not."""
    lost = _without_row(unit, record_type)
    samples = unit.record_samples(record_type, lost) if detail and len(lost) else ()
    found["assets_with_orphan_raw_import_ref"] += Finding(count=len(lost), samples=samples)
    found["raw_records_with_orphan_asset_ref"] += _without_record(unit, record_type, there, detail=detail)


def _without_row(unit: Unit, record_type: RecordType) -> pl.Series:
    """The records whose raw row is not there, though its run's rows were not pruned (LIN-5).

    One walk over the records passes all whose line is known to be there, and stops at a run that nobody asked of yet.
    """
    known = dict.fromkeys(unit.runs_without_rows(), EVERY)
    lost, last = [pl.Series("_record_id", [], dtype=pl.Int64)], 0
    while not (places := unit.raw_places(record_type, known, after=last)).is_empty():
        last = int(places["_record_id"][-1])
        for (run_id,), part in places.group_by("_run", maintain_order=True):
            number = int(str(run_id))
            if number not in known:
                known[number] = unit.line_spans(number)
            away = outside(part["_line"], known[number])
            lost.append(part.filter(pl.col("_line").is_in(away.implode()))["_record_id"])
    return pl.concat(lost).sort()


def _without_record(unit: Unit, record_type: RecordType, there: pl.DataFrame, *, detail: bool) -> Finding:
    """Raw rows whose record is not there, though no run deleted it (HEA-7); ``there``: ``SPANS`` of those that are."""
    counts, lost = {}, [pl.Series("number", [], dtype=pl.Int64)]
    for run_id in unit.imports_with_rows(record_type.name):
        if without(unit.outcome_spans(run_id), there):
            gone = outside(unit.raw_outcomes(run_id, "record_id"), there)
            counts[run_id] = gone
            lost.append(gone.unique())
    if not counts:
        return Finding()
    orphans = _undeleted(unit, record_type, pl.concat(lost).unique())
    finding = Finding()
    for run_id, gone in counts.items():
        count = int(gone.is_in(orphans.implode()).sum())
        wanted = detail and count and len(finding.samples) < SAMPLES
        samples = unit.row_samples(_run(unit, run_id), orphans) if wanted else ()
        finding += Finding(count=count, samples=samples)
    return finding


def _run(unit: Unit, run_id: int) -> Run:
    (run,) = unit.runs(limit=1, run_id=run_id)
    return run


def _undeleted(unit: Unit, record_type: RecordType, ids: pl.Series) -> pl.Series:
    """Those of ``ids`` that no run deleted and no rollback took back."""
    deleted, blocks = unit.deleted_since(record_type.name)
    left = ids.filter(~ids.is_in(deleted.implode()))
    for first, last in blocks.select("first_id", "last_id").iter_rows():
        left = left.filter(~left.is_between(first, last))
    return left


def _unseen(
    unit: Unit,
    source: Source | None,
    record_type: RecordType,
    snapshot: Run,
    *,
    records: int,
    detail: bool,
) -> Finding:
    """Present links that the latest full snapshot of their source should have seen and did not (HEA-2, HEA-7)."""
    name = snapshot.source or ""
    met = unit.outcome_spans(snapshot.run_id)
    others = records - size_of(met)
    unmet = unit.links_before(name, record_type.name, snapshot.run_id, met, unmet=others).unique()
    if unmet.is_empty():
        return Finding()
    keys = unit.raw_outcomes(snapshot.run_id, "external_id").to_frame().select(_folded("external_id"))
    links = unit.link_keys(name, record_type.name, unmet).with_columns(_folded("_key"))
    unseen = links.join(keys, on="_folded", how="anti")
    if source is not None and source.scope is not None:
        inside = unit.records_in_scope(record_type, source.scope.field, source.scope.values)
        unseen = unseen.filter(pl.col("_record_id").is_in(inside.implode()))
    ids = unseen["_record_id"]
    samples = unit.link_samples(name, record_type.name, ids) if detail and len(ids) else ()
    return Finding(count=len(ids), samples=samples)


def _folded(key: str) -> pl.Expr:
    """Keys as two writings of one key are the same; a rejected row names its link by nothing else (PRE-34)."""
    return pl.col(key).str.strip_chars().str.to_lowercase().alias("_folded")


def _snapshots(unit: Unit, record_types: Mapping[str, RecordType]) -> Iterator[Run]:
    """The latest full snapshot of every source and type, where its raw rows are still there."""
    pruned = unit.runs_without_rows()
    for each in unit.freshness():
        if each["snapshot_run"] is not None and each["record_type"] in record_types:
            run = _run(unit, each["snapshot_run"])
            if (run.content_run or run.run_id) not in pruned:
                yield run


def _left(store: Store, workspace_id: int, applying: list[Run], *, detail: bool) -> Finding:
    """Runs whose process died: still ``applying`` though nobody holds their target (REL-9)."""
    if not applying:
        return Finding()
    held = store.held_targets(workspace_id, sorted({each.record_type or "" for each in applying}))
    known = {each.run_id for each in applying if each.record_type not in held}
    with store.reading(workspace_id) as unit:
        left = [each for each in unit.runs_applying() if each.run_id in known]
    samples = tuple(
        Sample(kind="run", number=each.run_id, name=each.filename, created_at=each.started_at)
        for each in left[:SAMPLES]
    )
    return Finding(count=len(left), samples=samples if detail else ())
