"""Backfills and prunings for programs (BAC-3, LIN-5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from stocktake.interfaces.run_document import run_document
from stocktake.interfaces.wording import moment_iso

if TYPE_CHECKING:
    from stocktake.flows.backfill import Backfill
    from stocktake.flows.pruning import PruningPreview
    from stocktake.model.run import Run


def backfill_document(status: str, parts: Iterable[Backfill], runs: Iterable[Run] = ()) -> dict[str, Any]:
    """What a backfill would change part by part, and the runs that did; ``left``: what it leaves as it is."""
    return {
        "status": status,
        "parts": [
            {
                "record_type": each.record_type.name,
                "source": each.source.name if each.source else None,
                "count": each.lacking.height,
                "left": each.left,
                "samples": [{"id": found, "name": called} for found, called in each.samples],
            }
            for each in parts
        ],
        "runs": [run_document(each) for each in runs],
    }


def pruning_document(status: str, seen: PruningPreview, run: Run | None = None) -> dict[str, Any]:
    """Whose raw rows go; of a ``run`` that let them go, what it did."""
    return {
        "status": status,
        "run_id": run.run_id if run else None,
        "before": moment_iso(seen.before),
        "counts": dict(run.stats) if run else seen.counts,
        "runs": seen.runs.to_dicts(),
    }
