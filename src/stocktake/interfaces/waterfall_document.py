"""A waterfall for programs, and its span in words."""

from __future__ import annotations

from typing import Any

from stocktake.reporting.period import Point, amount_text, span
from stocktake.reporting.waterfall import Waterfall, step_document


def waterfall_document(found: Waterfall) -> dict[str, Any]:
    """``record_type, field, amount, by, periods``; amounts are exact, as text (HIS-6)."""
    totals = found.totals.to_dicts()
    periods = []
    for place, period in enumerate(found.periods):
        steps = found.steps.filter(period=place).to_dicts()
        total = next((each for each in totals if each["period"] == place), None)
        periods.append(
            {
                "label": period.label,
                "from": _point(period.begin),
                "to": _point(period.end),
                "stages": [{"stage": each["stage"], **step_document(each)} for each in steps],
                "total": step_document(total) if total else None,
                "moves": [_move(each) for each in found.moves.filter(period=place).to_dicts()],
            }
        )
    return {
        "record_type": found.record_type.name,
        "field": found.field,
        "amount": found.amount,
        "by": found.by,
        "periods": periods,
    }


def _point(point: Point) -> dict[str, Any]:
    return {"run_id": point.run_id, "at": point.at or None}


def _move(move: dict[str, Any]) -> dict[str, Any]:
    shape = {"from": move["from"], "to": move["to"], "count": move["count"]}
    return {**shape, "amount": amount_text(move["amount"])} if "amount" in move else shape


def span_words(found: Waterfall) -> str:
    """``from run 1 (2026-11-05 09:00 UTC) to 2026-11-11 09:00 UTC``."""
    return span(found.periods[0].begin, found.periods[-1].end)
