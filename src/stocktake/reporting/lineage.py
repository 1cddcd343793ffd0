"""What is noted on a raw row (LIN-8)."""

from __future__ import annotations

from stocktake.model.lineage import RawRow


def processing_notes(row: RawRow, reason: str | None) -> str | None:
    """``Linked to: <name>`` for a row that led to a record, else why it did not; nothing before it is processed."""
    if not row.is_processed:
        return None
    if row.record_id is None:
        return reason
    return f"Linked to: {row.name or row.external_id or row.record_id}"
