"""A column decision in one sentence, with the cell that shows it (CLN-1)."""

from __future__ import annotations

from stocktake.model.column_decision import BY_EARLIER, BY_OPERATOR, ColumnDecision


def sentence_of(decision: ColumnDecision) -> str:
    """``Close Date is read day first: 31/03/2026 → 2026-03-31 (line 14); 212 of 300 values allow only that.``"""
    said = f"{decision.column} is read {decision.reading}"
    if decision.line:
        said += f": {decision.example} → {decision.value} (line {decision.line})"
    why = {
        BY_OPERATOR: "; so it was said.",
        BY_EARLIER: "; so the source's files were read before.",
    }.get(decision.how)
    if why is None:
        verb = "allows" if decision.only == 1 else "allow"
        why = f"; {decision.only:,} of {decision.filled:,} values {verb} only that."
    return said + why
