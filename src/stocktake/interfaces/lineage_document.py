"""Raw rows and lineage for programs (LIN-2, LIN-8, LIN-9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stocktake.interfaces.wording import moment_iso
from stocktake.model.lineage import Lineage, RawRow, Trace
from stocktake.model.run import Run
from stocktake.reporting.lineage import processing_notes


def raw_row_document(row: RawRow, reason: str | None) -> dict[str, Any]:
    """A raw row: where it stood, what became of it and why, its cells as read, and the summary of its cleaning."""
    return {
        "line": row.line,
        "decision": row.decision,
        "reason": reason,
        "record_id": row.record_id,
        "name": row.name,
        "external_id": row.external_id,
        "values": dict(row.cells),
        "is_processed": row.is_processed,
        "processed_at": moment_iso(row.processed_at),
        "processing_notes": processing_notes(row, reason),
        "summary": {
            "status": row.status,
            "field_count": row.field_count,
            "has_critical_fields": row.has_critical_fields,
            "cleansed_at": moment_iso(row.cleansed_at),
        },
    }


def lineage_document(lineage: Lineage, reason: Callable[[Run, str | None], str | None]) -> dict[str, Any]:
    """A record's lineage; ``reason`` gives the words for a rule of a run."""
    return {
        "run_id": lineage.row_run,
        "line": lineage.row_number,
        "mapping_hash": lineage.mapping_hash,
        "runs": [_trace(each, reason) for each in lineage.traces],
    }


def _trace(trace: Trace, reason: Callable[[Run, str | None], str | None]) -> dict[str, Any]:
    run = trace.run
    return {
        "run_id": run.run_id,
        "kind": run.kind.value,
        "status": run.status.value,
        "acts": list(trace.acts),
        "source": run.source,
        "filename": run.filename,
        "applied_at": moment_iso(run.applied_at),
        "initiated_by": run.initiated_by,
        "mapping_hash": run.mapping_hash,
        "raw_pruned_at": moment_iso(run.raw_pruned_at),
        "rows": [raw_row_document(each, reason(run, each.reason)) for each in trace.rows],
    }
