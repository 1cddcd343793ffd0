"""What happened, for programs (SEC-8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stocktake.interfaces.wording import moment_iso

if TYPE_CHECKING:
    from stocktake.model.activity import Activity


def activity_document(each: Activity) -> dict[str, Any]:
    """An entry for programs; ``run_id`` is null for what has no run, as a declaration."""
    return {
        "at": moment_iso(each.at),
        "actor": each.actor,
        "act": each.act,
        "run_id": each.run_id,
        "source": each.source,
        "record_type": each.record_type,
        "record_id": each.record_id,
        "rule": each.rule,
        "before": each.before,
        "after": each.after,
        "sentence": each.sentence,
    }
