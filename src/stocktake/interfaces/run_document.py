"""Runs for programs: the fields of APP-8, and the numbers of INT-2."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from stocktake.interfaces.document import COUNTS, decisions_document, timings_of
from stocktake.interfaces.wording import moment_iso
from stocktake.model.run import Run, RunKind
from stocktake.model.workspace import Workspace

_STATS = ("created", "updated", "retired", "reappeared", "reactivated", "skipped", "errors")


def workspace_run_document(workspace: Workspace, run: Run) -> dict[str, Any]:
    """One run, and the workspace that it is of (ROL-12)."""
    return {"workspace": workspace.name, **run_document(run)}


def run_document(run: Run) -> dict[str, Any]:
    """One run."""
    return {
        "run_id": run.run_id,
        "draft_id": run.draft_id,
        "kind": run.kind.value,
        "status": run.status.value,
        "record_type": run.record_type,
        "record_id": run.stats.get("record_id"),
        "source": run.source,
        "strategy": run.strategy,
        "is_full_snapshot": run.is_full_snapshot,
        "filename": run.filename,
        "file_sha256": run.file_sha256,
        "plan_id": run.plan_id,
        "started_at": moment_iso(run.started_at),
        "applied_at": moment_iso(run.applied_at),
        "finished_at": moment_iso(run.finished_at),
        "initiated_by": run.initiated_by,
        "counts": counts_of(run),
        "stats": stats_of(run),
        "timings": timings_of(run.phases),
        "rolled_back_at": moment_iso(run.rolled_back_at),
        "rolled_back_by": run.rolled_back_by,
        "undoes_run": run.undoes_run,
        "replaces_run": run.replaces_run,
        "replaced_by": list(run.replaced_by),
        "mends_run": run.mends_run,
        "mended": {"rows": run.mended.rows, "by": list(run.mended.by)} if run.mended else None,
        "discovery_flow_id": run.discovery_flow_id,
        "master_flow_id": run.master_flow_id,
        "phase": run.phase,
        "wiring": run.wiring or None,
        "raw_pruned_at": moment_iso(run.raw_pruned_at),
        "column_decisions": decisions_document(run.decisions),
        "totals": [asdict(each) for each in run.baseline.totals] if run.baseline else [],
        "reason": run.reason,
    }


def counts_of(run: Run) -> dict[str, int]:
    """The decisions of an import, what a rollback undid, or what a run of another kind did."""
    if run.kind is not RunKind.IMPORT and run.kind is not RunKind.EDIT:
        return dict(run.stats)
    if run.kind is RunKind.EDIT:
        return {"fields": run.stats.get("fields", 0)}
    return {name: run.stats.get(name, 0) for name in COUNTS} if run.stats else {}


def stats_of(run: Run) -> dict[str, int]:
    """INT-2: created, updated, retired, reappeared, reactivated, skipped, errors, with ``sync_run_id``."""
    if run.kind is not RunKind.IMPORT or not run.stats:
        return {}
    return {**{name: run.stats.get(name, 0) for name in _STATS}, "sync_run_id": run.run_id}
