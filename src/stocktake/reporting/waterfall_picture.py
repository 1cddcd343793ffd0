"""The picture of a waterfall: a row of panels per period, a panel per stage (HIS-6)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol

import polars as pl

from stocktake.model.record_type import RecordType
from stocktake.reporting.period import AMOUNT_FLOWS, FLOWS, Period, amount_text, span
from stocktake.reporting.picture import Bar, Panel, Row, picture

_WORDS = {
    "begin": "begin",
    "entered": "entered",
    "moved_in": "moved in",
    "moved_out": "moved out",
    "left": "left",
    "revalued": "revalued",
    "end": "end",
}
_DOWN = ("moved_out", "left")


class Told(Protocol):
    """What a picture is drawn of: a ``Waterfall``."""

    @property
    def record_type(self) -> RecordType:
        """Whose records it tells."""
        ...

    @property
    def field(self) -> str:
        """The tracked field."""
        ...

    @property
    def amount(self) -> str | None:
        """The field whose amounts are drawn; None: records are."""
        ...

    @property
    def periods(self) -> tuple[Period, ...]:
        """From left to right, or from above."""
        ...

    @property
    def steps(self) -> pl.DataFrame:
        """A line per period and stage."""
        ...

    @property
    def totals(self) -> pl.DataFrame:
        """A line per period."""
        ...


def waterfall_picture(told: Told, *, within_page: bool = False) -> str:
    """The waterfall as an SVG document: of amounts where it has an amount, else of records."""
    named = told.record_type[told.amount].label if told.amount else told.record_type.plural
    title = f"{told.record_type.plural} by {told.record_type[told.field].label.lower()}: {named.lower()}"
    rows = [
        Row(
            label=period.label,
            panels=tuple(
                _panel(step, with_amount=told.amount is not None)
                for step in told.steps.filter(period=place).to_dicts()
            ),
        )
        for place, period in enumerate(told.periods)
    ]
    words = span(told.periods[0].begin, told.periods[-1].end)
    return picture(title, f"{words[0].upper()}{words[1:]}.", _sum(told), rows, within_page=within_page)


def _sum(told: Told) -> str:
    """The whole in one line, moves between stages left out: ``17.7 M → 21 M: + 5.2 M entered, − 1.5 M left``."""
    suffix = "_amount" if told.amount else ""
    if told.steps.is_empty():
        return f"No {told.record_type.plural.lower()} in that time."
    numbers = told.totals.drop("period").sum().row(0, named=True)
    first, last = (told.totals.row(place, named=True) for place in (0, -1))
    begin, end = Decimal(first[f"begin{suffix}"]), Decimal(last[f"end{suffix}"])
    entered, left = Decimal(numbers[f"entered{suffix}"]), Decimal(numbers[f"left{suffix}"])
    revalued = end - begin - entered + left
    changes = (("entered", entered), ("left", -left), ("revalued", revalued))
    said = [
        f"{'+' if change > 0 else '−'}{short_number(abs(change))} {word}"
        for word, change in changes
        if change
    ]
    return f"{short_number(begin)} → {short_number(end)}: {', '.join(said) or 'nothing came or went'}"


def _panel(step: Mapping[str, Any], *, with_amount: bool) -> Panel:
    suffix = "_amount" if with_amount else ""
    level = Fraction(step[f"begin{suffix}"])
    bars = [_bar("begin", Fraction(0), level, "stock", step[f"begin{suffix}"])]
    for name in AMOUNT_FLOWS if with_amount else FLOWS:
        value = Fraction(step[name + suffix])
        change = -value if name in _DOWN else value
        kind = "out" if change < 0 or (not change and name in _DOWN) else "in"
        bars.append(_bar(name, level, level + change, kind, step[name + suffix]))
        level += change
    bars.append(_bar("end", Fraction(0), level, "stock", step[f"end{suffix}"]))
    return Panel(title=step["stage"] if step["stage"] is not None else "(blank)", bars=tuple(bars))


def _bar(name: str, one: Fraction, other: Fraction, kind: str, value: int | Decimal) -> Bar:
    sign = "" if kind == "stock" or not value else "−" if other < one else "+"
    return Bar(
        label=_WORDS[name],
        begin=one,
        end=other,
        kind=kind,
        text=sign + short_number(abs(Decimal(value)) if sign else Decimal(value)),
    )


def short_number(value: Decimal) -> str:
    """A number that fits beside a bar: ``950``, ``48 k``, ``1.2 M``; the table has it whole."""
    size = abs(value)
    for unit, word in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if size >= 10 * unit or (unit > 1000 and size >= unit):
            return f"{amount_text(round(value / unit, 1))} {word}"
    return amount_text(round(value, 1)) if value != int(value) else f"{int(value):,}"
