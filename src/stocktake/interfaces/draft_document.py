"""An import on its way, and the work on it, for programs (interfaces.md HTTP)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stocktake.interfaces.wording import moment_iso

if TYPE_CHECKING:
    from stocktake.model.draft import Draft, JobProgress, Outcome


def draft_document(draft: Draft, job: JobProgress | None = None) -> dict[str, Any]:
    """Where an import has come to; ``run_id`` is the run that it became, once it was confirmed."""
    upload = draft.upload
    return {
        "import_id": draft.draft_id,
        "status": draft.status.value,
        "run_id": draft.run.run_id,
        "plan_id": draft.plan_id,
        "file": {
            "name": upload.label,
            "bytes": upload.bytes,
            "sha256": upload.sha256,
            "received_at": moment_iso(upload.created_at),
            "deleted_at": moment_iso(upload.deleted_at),
            "deleted_because": upload.deleted_because,
        },
        "choices": dict(draft.choices),
        "job": job_document(job),
    }


def job_document(job: JobProgress | None) -> dict[str, Any] | None:
    """How far the work has come, and how it ended; null where there is none."""
    if job is None:
        return None
    return {
        "wanted": job.wanted.value,
        "state": "waiting" if job.waiting else "running" if job.running else "ended",
        "stopping": job.stopping,
        "phase": job.phase,
        "total": job.total,
        "done": job.done,
        "finished_at": moment_iso(job.finished_at),
        "run_id": job.run_id,
        "error": _outcome_document(job.outcome) if job.outcome else None,
    }


def work_document(job: JobProgress | None) -> dict[str, Any]:
    """Work that is about no run, and what it gave once it has ended well; null where there is none."""
    return {"job": job_document(job), "result": job.document if job is not None else None}


def _outcome_document(outcome: Outcome) -> dict[str, Any]:
    return {
        "code": outcome.code,
        "message": outcome.message,
        "hint": outcome.hint,
        "details": dict(outcome.details),
    }
