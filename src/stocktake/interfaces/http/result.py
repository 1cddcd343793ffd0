"""What long work gives, rendered when it is done, for whoever asks for it later."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from stocktake.interfaces.document import import_document
from stocktake.interfaces.json_text import json_text
from stocktake.interfaces.media_document import enrich_document, ingest_document
from stocktake.interfaces.refusal_document import status_of
from stocktake.interfaces.run_document import counts_of
from stocktake.interfaces.upkeep_document import backfill_document, pruning_document
from stocktake.interfaces.webhook_document import posted_document
from stocktake.model.run import RunKind

if TYPE_CHECKING:
    from stocktake.book import OpenPlan, OpenRun
    from stocktake.book.doing import Made
    from stocktake.interfaces.http.metrics import Metrics

#: So many assets that an ingest created or updated are listed by their numbers; its run has all of them.
LISTED = 100


def job_result(metrics: Metrics, made: Made) -> dict[str, Any]:
    """The document of the command line, of whatever was made, as JSON can hold it."""
    for each in made.runs:
        metrics.finished(each.run)
    told: dict[str, Any] = json.loads(json_text(_document(made)))
    return told


def _document(made: Made) -> dict[str, Any]:
    run = made.run.run if made.run is not None else None
    if made.plan is not None:
        return _imported(made.plan, made.run)
    if made.ingested is not None:
        told = ingest_document(made.ingested)
        return {**told, "asset_ids": {name: ids[:LISTED] for name, ids in told["asset_ids"].items()}}
    if made.enriched is not None:
        return enrich_document(made.enriched, run)
    if made.parts is not None:
        return backfill_document("applied", made.parts, [each.run for each in made.runs])
    if made.pruned is not None:
        return pruning_document("applied" if run is not None else "planned", made.pruned, run)
    if made.delivered is not None:
        return {"items": [posted_document(each) for each in made.delivered]}
    assert run is not None and run.kind is RunKind.ROLLBACK  # noqa: S101, PT018
    return {
        "status": "rolled_back",
        "run_id": run.undoes_run,
        "rollback_run": run.run_id,
        "counts": counts_of(run),
        "blocked_by": [],
    }


def _imported(plan: OpenPlan, run: OpenRun | None) -> dict[str, Any]:
    """A plan, applied or not; where it may not be applied, with the reason (INT-10)."""
    if run is not None:
        return import_document(plan, status="applied", dry_run=False, run=run.run)
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
