"""What long work gives, rendered when it is done, for whoever asks for it later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stocktake.interfaces.document import import_document
from stocktake.interfaces.refusal_document import status_of
from stocktake.interfaces.run_document import counts_of
from stocktake.model.run import RunKind

if TYPE_CHECKING:
    from stocktake.book import OpenPlan, OpenRun
    from stocktake.interfaces.http.metrics import Metrics


def job_result(metrics: Metrics, plan: OpenPlan | None, run: OpenRun | None) -> dict[str, Any]:
    """The document of the command line: of a plan, of what was applied, or of a rollback."""
    if run is not None:
        metrics.finished(run.run)
    if plan is not None and run is not None:
        return import_document(plan, status="applied", dry_run=False, run=run.run)
    if plan is not None:
        return _previewed(plan)
    assert run is not None and run.run.kind is RunKind.ROLLBACK  # noqa: S101, PT018
    return {
        "status": "rolled_back",
        "run_id": run.run.undoes_run,
        "rollback_run": run.run_id,
        "counts": counts_of(run.run),
        "blocked_by": [],
    }


def _previewed(plan: OpenPlan) -> dict[str, Any]:
    """A plan; where it may not be applied, with the reason (INT-10)."""
    refused = plan.refusal
    if refused is None:
        return import_document(plan, status="planned", dry_run=True)
    error = {
        "code": refused.code,
        "message": refused.message,
        "hint": refused.hint,
        "details": refused.details,
    }
    return {**import_document(plan, status=status_of(refused), dry_run=True), "error": error}
