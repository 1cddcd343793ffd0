"""A rollback for programs, previewed or done (ROL-4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stocktake.flows.undoing import SHOWN as LISTED

if TYPE_CHECKING:
    from stocktake.flows.undoing import RollbackPreview

#: What may stand in a rollback's way.
BUCKETS = ("kept", "blocked", "gone")


def rollback_document(status: str, seen: RollbackPreview) -> dict[str, Any]:
    """What undoing a run does, and what stands in its way, bucket by bucket (ROL-4, ROL-5)."""
    return {
        "status": status,
        "run_id": seen.run.run_id,
        "counts": dict(seen.undo.counts),
        "blocked_by": seen.hindering(LISTED) if seen.refusal is not None else [],
        **{name: seen.hindering(LISTED, name) for name in BUCKETS},
        "given_up": seen.given_up().head(LISTED).to_dicts(),
        "cascaded": [
            {"record_type": kind, "record_id": each} for kind, each in seen.taken.head(LISTED).rows()
        ],
        "chain": [{"run_id": each.run.run_id, "counts": dict(each.undo.counts)} for each in seen.chain],
    }
