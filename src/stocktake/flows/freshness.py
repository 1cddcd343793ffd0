"""A source's freshness, always computed from its runs, so that a rollback restores what was true before (FRE-1, FRE-3)."""

from __future__ import annotations

from stocktake.ports.store import Unit


def refresh_freshness(unit: Unit, source: str, record_type: str) -> None:
    """Set the source's freshness to what its newest applied, not rolled-back runs say."""
    latest = unit.latest_import(source, record_type)
    snapshot = unit.latest_import(source, record_type, full_snapshot=True)
    if latest is None:
        unit.set_freshness(source, record_type, None)
        return
    unit.set_freshness(
        source,
        record_type,
        {
            "imported_at": latest.applied_at,
            "record_count": latest.stats.get("record_count", 0),
            "filename": latest.filename,
            "run_id": latest.run_id,
            "snapshot_at": snapshot.applied_at if snapshot else None,
            "snapshot_run": snapshot.run_id if snapshot else None,
            "snapshot_as_of": snapshot.as_of if snapshot else None,
        },
    )
