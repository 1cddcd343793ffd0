"""What is noted on a raw row (LIN-8)."""

from __future__ import annotations

from stocktake.model.decision import Action
from stocktake.model.lineage import RawRow

#: Decisions that take nothing from a row.
_LEFT_OUT = frozenset({Action.REJECT, Action.CONFLICT, Action.AMBIGUOUS, Action.SKIP})


def processing_notes(row: RawRow, reason: str | None) -> str | None:
    """``Linked to: <name>`` for a row that led to a record, else why it did not; nothing before it is processed.

    A row that was left out tells why, even where its key is that of a record.
    """
    if not row.is_processed:
        return None
    if row.record_id is None or row.decision in _LEFT_OUT:
        return reason
    return f"Linked to: {row.name or row.external_id or row.record_id}"
