"""Pruning: raw rows that are old enough go; records, before-images, history and audit stay (LIN-5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from stocktake.flows.delivering import announce
from stocktake.model.run import RunKind, RunStatus
from stocktake.ports.progress import Progress
from stocktake.ports.store import Store, Unit
from stocktake.reporting.sentence import plural


@dataclass(frozen=True, slots=True, kw_only=True)
class PruningPreview:
    """What pruning would take. ``runs``: ``run_id, source, record_type, filename, applied_at, rows, bytes``, oldest first.

    ``before``: raw rows of runs that ended before this moment are old enough.
    """

    before: datetime
    runs: pl.DataFrame

    @property
    def counts(self) -> dict[str, int]:
        """``runs, raw_rows, bytes`` in all; bytes as they lie, compressed."""
        return {
            "runs": self.runs.height,
            "raw_rows": int(self.runs["rows"].sum()),
            "bytes": int(self.runs["bytes"].sum()),
        }


def preview_pruning(unit: Unit, older_than: timedelta, *, at: datetime) -> PruningPreview:
    """Whose raw rows are older than that. Rows that a younger run read again are as young as that run (PLN-16)."""
    before = at - older_than
    return PruningPreview(before=before, runs=unit.raw_rows_before(before))


def prune_raw_rows(
    store: Store,
    workspace_id: int,
    older_than: timedelta,
    *,
    as_of: datetime | None,
    by: str,
    reason: str | None,
    clock: Callable[[], datetime],
    progress: Progress,
) -> int:
    """Delete raw rows older than that, and what was wrong with them, in one transaction; the id of the prune's own run.

    ``as_of``: the moment at which they are that old, None for now.
    A run whose raw rows are gone says so. It can still be rolled back: that restores from before-images, which stay.
    """
    at = clock()
    with store.writing(workspace_id) as unit:
        seen = preview_pruning(unit, older_than, at=as_of or at)
        progress.phase("pruning", seen.counts["raw_rows"])
        own_id = unit.reserve("run", 1)
        unit.announce_run(
            own_id,
            kind=RunKind.PRUNE.value,
            status=RunStatus.APPLIED.value,
            is_full_snapshot=False,
            started_at=at,
            applied_at=at,
            finished_at=at,
            initiated_by=by,
            reason=reason,
            stats=seen.counts,
        )
        unit.prune_raw_rows(seen.runs["run_id"], at=at)
        progress.advance(seen.counts["raw_rows"])
        numbers = seen.counts
        said = (
            f"{by} pruned {plural(numbers['raw_rows'], 'raw row')} of {plural(numbers['runs'], 'run')} "
            f"from before {seen.before:%Y-%m-%d %H:%M} UTC."
        )
        unit.log(own_id, pl.DataFrame({"act": ["prune"], "sentence": [said]}), at=at, actor=by)
        announce(unit, own_id, {"run_id": own_id, "counts": numbers}, at=at)
    return own_id
