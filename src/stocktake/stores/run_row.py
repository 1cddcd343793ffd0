"""A run as its row in the database, and back."""

from __future__ import annotations

import json
from typing import Any

from stocktake.model.column_decision import ColumnDecision
from stocktake.model.plan import Baseline, FileFacts, Guard
from stocktake.model.problem import Warning
from stocktake.model.run import Run, RunKind, RunStatus
from stocktake.model.statistic import Total


def serialised(values: dict[str, Any]) -> dict[str, Any]:
    """What is told of a run, as its columns hold it: lists and words by name as JSON."""
    return {
        name: json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list | tuple) else value
        for name, value in values.items()
    }


def read_run(row: Any) -> Run:
    """The run of a row of ``st_import_run``."""
    return Run(
        run_id=row.run_id,
        kind=RunKind(row.kind),
        status=RunStatus(row.status),
        source=row.source,
        record_type=row.record_type,
        strategy=row.strategy,
        is_full_snapshot=bool(row.is_full_snapshot),
        filename=row.filename,
        file_sha256=row.file_sha256,
        plan_id=row.plan_id,
        started_at=row.started_at,
        finished_at=row.finished_at,
        applied_at=row.applied_at,
        initiated_by=row.initiated_by,
        stats=json.loads(row.stats) if row.stats else {},
        phases=json.loads(row.phases) if row.phases else {},
        rolled_back_at=row.rolled_back_at,
        rolled_back_by=row.rolled_back_by,
        undoes_run=row.undoes_run,
        replaces_run=row.replaces_run,
        mends_run=row.mends_run,
        mapping_id=row.mapping_id,
        mapping_hash=row.mapping_hash,
        raw_pruned_at=row.raw_pruned_at,
        discovery_flow_id=row.discovery_flow_id,
        master_flow_id=row.master_flow_id,
        phase=row.phase,
        wiring=json.loads(row.wiring) if row.wiring else {},
        content_run=row.content_run,
        **_documents(row),
        rules_hash=row.rules_hash,
        ground=row.ground,
        reason=row.reason,
        as_of=row.as_of,
        draft_id=row.draft_id,
    )


def _documents(row: Any) -> dict[str, Any]:
    """What a run keeps as JSON: its file, and what was noticed and decided of it."""
    return {
        "file": _file_facts(json.loads(row.file)) if row.file else None,
        "warnings": tuple(
            Warning(**{**each, "rows": tuple(each["rows"])}) for each in json.loads(row.warnings or "[]")
        ),
        "baseline": _baseline(json.loads(row.baseline)) if row.baseline else None,
        "guards": tuple(Guard(**each) for each in json.loads(row.guards or "[]")),
        "decisions": tuple(
            ColumnDecision(**{**each, "formats": tuple(each["formats"])})
            for each in json.loads(row.decisions or "[]")
        ),
    }


def _baseline(told: dict[str, Any]) -> Baseline:
    return Baseline(
        **{
            **told,
            "filled": tuple((name, count) for name, count in told["filled"]),
            "totals": tuple(Total(**each) for each in told["totals"]),
        }
    )


def _file_facts(told: dict[str, Any]) -> FileFacts:
    return FileFacts(**{**told, "header": tuple(told["header"])})
