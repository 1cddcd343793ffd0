"""Eligibility: which runs can be rolled back at all, and for how long (ROL-3, ROL-6, ROL-13)."""

from __future__ import annotations

from datetime import datetime, timedelta

from stocktake.model.errors import NotFound, RollbackBlocked
from stocktake.model.run import Run, RunKind, RunStatus
from stocktake.ports.store import Unit
from stocktake.reporting.sentence import plural

#: How long after its import a run can be rolled back, where nobody says otherwise (ROL-3).
WINDOW = timedelta(days=30)
#: What a rollback undoes; it is no such thing itself (ROL-13).
UNDOABLE = frozenset(RunKind) - {RunKind.ROLLBACK, RunKind.PRUNE, RunKind.ENRICH, RunKind.APPROVE}
#: What to do instead of undoing what cannot be undone.
_INSTEAD = {
    RunKind.PRUNE: "What was pruned is gone.",
    RunKind.ENRICH: "What enrichers found out is no content; `stocktake asset enrich` looks again when one changes.",
    RunKind.APPROVE: "Withdraw an approval with `stocktake asset approve ID --withdraw`.",
}


def eligible(unit: Unit, run_id: int, *, window: timedelta, at: datetime) -> Run:
    """The run, if it can be rolled back: applied or failed, not undone yet, within ``window``.

    Raises ``NotFound`` ``unknown-run``; ``RollbackBlocked`` ``already-rolled-back``, ``not-undoable``, ``nothing-to-undo``,
    ``too-old``.
    """
    found = unit.runs(limit=1, run_id=run_id)
    if not found:
        raise NotFound(
            "unknown-run", f"There is no run {run_id}.", hint="List the runs with `stocktake runs`."
        )
    run = found[0]
    refused = ineligible(run, window=window, at=at)
    if refused is not None:
        raise refused
    return run


def ineligible(run: Run, *, window: timedelta, at: datetime) -> RollbackBlocked | None:
    """Why a run cannot be rolled back whatever has happened since, or None."""
    run_id, applied = run.run_id, run.applied_at or run.started_at
    if run.status is RunStatus.ROLLED_BACK:
        when = f" on {run.rolled_back_at:%Y-%m-%d %H:%M} UTC" if run.rolled_back_at else ""
        return RollbackBlocked(
            "already-rolled-back",
            f"Run {run_id} was rolled back already{when} by {run.rolled_back_by}.",
            hint=f"Nothing is left to undo. Another file takes its place with `stocktake reimport {run_id} FILE`."
            if run.kind is RunKind.IMPORT
            else "Nothing is left to undo.",
        )
    if run.kind not in UNDOABLE:
        return RollbackBlocked(
            "not-undoable",
            f"Run {run_id} is a {run.kind}; it cannot be rolled back.",
            hint=_INSTEAD.get(run.kind, "Import the file again instead."),
        )
    if run.status not in (RunStatus.APPLIED, RunStatus.FAILED):
        return RollbackBlocked(
            "nothing-to-undo",
            f"Run {run_id} is {run.status}: it wrote nothing that could be undone.",
            hint="`stocktake runs` lists the runs, and which of them were applied.",
        )
    if applied is not None and at - applied >= window:
        return RollbackBlocked(
            "too-old",
            f"Run {run_id} was applied on {applied:%Y-%m-%d}; runs can be rolled back for {plural(window.days, 'day')}.",
            hint="Import a corrected file instead.",
        )
    return None
