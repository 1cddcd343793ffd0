"""What the columns of a file say, in a few words for every face (CLN-4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stocktake.interfaces.wording import printable, value_text
from stocktake.reporting.statistic import grouped

if TYPE_CHECKING:
    from stocktake.model.statistic import Statistic

#: So many of the most frequent values are shown, and so many characters of each.
_VALUES, _CHARACTERS = 3, 24
_NUMBERS = ("integer", "decimal")


def share_text(told: Statistic) -> str:
    """Which part of the rows is filled; never rounded to all or none."""
    if told.filled == told.rows:
        return "all"
    return f"{min(99, max(1, round(100 * told.filled / told.rows)))}%"


def values_text(told: Statistic) -> str:
    """The values of a column in a few words: from where to where and the sum, or the most frequent ones."""
    parts = [_range(told) if told.minimum is not None else _frequent(told)]
    if told.sum is not None and told.minimum != told.maximum:
        parts.append(f"in all {grouped(told.sum)}")
    if told.misfits:
        parts.append(f"{told.misfits:,} {'does' if told.misfits == 1 else 'do'} not fit")
    return ", ".join(each for each in parts if each)


def _range(told: Statistic) -> str:
    ends = [
        grouped(each) if told.type in _NUMBERS else value_text(each)
        for each in (told.minimum, told.maximum)
        if each
    ]
    return f"always {ends[0]}" if told.minimum == told.maximum else " to ".join(ends)


def _frequent(told: Statistic) -> str:
    if not told.frequent:
        return ""
    first, count = told.frequent[0]
    if told.distinct == 1:
        return f"always {_short(first)}"
    if count == 1:
        return f"all different{_lengths(told)}"
    more = ", …" if told.distinct is not None and told.distinct > _VALUES else ""
    return ", ".join(f"{_short(value)} ({times:,})" for value, times in told.frequent[:_VALUES]) + more


def _lengths(told: Statistic) -> str:
    if told.shortest is None:
        return ""
    if told.shortest == told.longest:
        return f", of {told.shortest:,} characters"
    return f", of {told.shortest:,} to {told.longest:,} characters"


def _short(value: str) -> str:
    text = printable(value)
    return text if len(text) <= _CHARACTERS else f"{text[: _CHARACTERS - 1]}…"
