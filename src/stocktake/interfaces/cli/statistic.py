"""What the columns of a file say, as people read it: a line per column, and what a run's numbers added up to (CLN-4)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from stocktake.interfaces.cli.screen import Column, Screen, mark, number
from stocktake.interfaces.statistic_wording import share_text, values_text
from stocktake.reporting.statistic import grouped

if TYPE_CHECKING:
    from stocktake.model.plan import Plan
    from stocktake.model.run import Run
    from stocktake.model.statistic import Statistic


def show_statistics(screen: Screen, plan: Plan) -> None:
    """A line for every column that feeds a field and is not empty."""
    shown = [each for each in plan.statistics if each.filled]
    if not shown:
        return
    screen.heading("What the columns say")
    fields = Counter(each.column for each in shown)
    counted = any(each.is_counted for each in shown)
    titles = [
        Column("column"),
        number("filled"),
        *([number("different")] if counted else []),
        Column("values"),
    ]
    screen.table(
        titles,
        [
            (
                _name(each, fields[each.column]),
                share_text(each),
                *([each.distinct] if counted else []),
                values_text(each),
            )
            for each in shown
        ],
        indent=2,
    )
    if not counted:
        screen.line("  --statistics counts distinct and most frequent values, too.", style="dim")


def show_totals(screen: Screen, run: Run) -> None:
    """What the numbers of an import added up to."""
    totals = run.baseline.totals if run.baseline else ()
    if not totals:
        return
    screen.heading("What its numbers add up to")
    screen.table(
        [mark("field"), number("numbers"), number("sum")],
        [(each.field, each.numbers, grouped(each.sum)) for each in totals],
        indent=2,
    )


def _name(told: Statistic, fields: int) -> str:
    """The column, with the field that it feeds where it feeds several."""
    return told.column if fields == 1 else f"{told.column} → {told.field}"
