"""Statistics as a frame, and numbers that are of another scale than the last time (CLN-4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from decimal import Decimal
from fractions import Fraction

import polars as pl

from stocktake.model.plan import Baseline
from stocktake.model.problem import Warning
from stocktake.model.record_type import RecordType
from stocktake.model.statistic import Statistic, Total

#: The columns of :func:`statistics_frame`.
STATISTICS = pl.Schema(
    {
        "field": pl.String(),
        "column": pl.String(),
        "type": pl.String(),
        "rows": pl.Int64(),
        "filled": pl.Int64(),
        "minimum": pl.String(),
        "maximum": pl.String(),
        "sum": pl.String(),
        "misfits": pl.Int64(),
        "distinct": pl.Int64(),
        "frequent": pl.List(pl.Struct({"value": pl.String(), "count": pl.Int64()})),
        "shortest": pl.Int64(),
        "longest": pl.Int64(),
    }
)

#: Powers of ten by which a scale is told to have changed: lost decimals, cents, percents, thousands.
_POWERS = (1, 2, 3)
#: How much more or less than the power itself the mean may have grown, as data do.
_DRIFT = Fraction(4, 3)
#: Columns of fewer numbers are not compared, nor files of which one has far more of them.
_COMPARABLE, _LEAST, _MOST = 5, Fraction(4, 5), Fraction(3, 2)


def statistics_frame(told: Iterable[Statistic]) -> pl.DataFrame:
    """One line per field that the file feeds, in the order of the file: ``STATISTICS``."""
    return pl.DataFrame([statistic_document(each) for each in told], schema=STATISTICS)


def statistic_document(told: Statistic) -> dict[str, object]:
    """The same of one field, for programs."""
    frequent = told.frequent
    pairs = None if frequent is None else [{"value": value, "count": count} for value, count in frequent]
    return {**asdict(told), "frequent": pairs}


def rescaled(
    now: Baseline, before: Baseline, run_id: int, record_type: RecordType, headers: dict[str, str]
) -> tuple[Warning, ...]:
    """Columns whose numbers are about 10, 100 or 1,000 times what they were in the source's last import, or that part.

    The mean says so and the middle number, too: one deal that outweighs all others changes no scale. headers: field →
    column.
    """
    known = {each.field: each for each in before.totals}
    found = []
    for each in now.totals:
        power = _power(each, known[each.field]) if each.field in known else None
        if power is not None:
            header = headers.get(each.field) or record_type[each.field].label
            found.append(_warning(header, each, known[each.field], power, run_id))
    return tuple(found)


def _power(now: Total, before: Total) -> int | None:
    """The power of ten by which numbers have grown, below zero where they have shrunk; None where by none of those told."""
    if min(now.numbers, before.numbers) < _COMPARABLE or now.order is None or before.order is None:
        return None
    after, was = Fraction(now.sum), Fraction(before.sum)
    if not was or not _LEAST <= Fraction(now.numbers, before.numbers) <= _MOST:
        return None
    growth = (after / now.numbers) / (was / before.numbers)
    for power in (*_POWERS, *(-each for each in _POWERS)):
        near = 1 / _DRIFT <= growth / Fraction(10) ** power <= _DRIFT
        moved = now.order - before.order
        if near and moved * power > 0 and abs(moved - power) <= 1:
            return power
    return None


def _warning(header: str, now: Total, before: Total, power: int, run_id: int) -> Warning:
    times = f"{10 ** abs(power):,}"
    scale = f"{times} times as much" if power > 0 else f"a {times}th of it"
    return Warning(
        code="scale-changed",
        message=f"{header} adds up to {grouped(now.sum)} ({now.numbers:,} numbers); in the source's last import, run "
        f"{run_id}, to {grouped(before.sum)} ({before.numbers:,}). It is about {scale}: has a decimal mark gone lost, or "
        "the unit changed?",
        count=now.numbers,
    )


def grouped(number: str) -> str:
    """A canonical number with its thousands parted."""
    return f"{Decimal(number):,f}"
