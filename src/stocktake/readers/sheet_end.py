"""Where a sheet's table ends: at another table below it, or at totals and notes that are no rows (REA-2)."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

#: So many rows at the sheet's end are looked at.
TAIL_ROWS = 50
#: After so many gaps between rows, gaps are the way of this sheet, and not looked at any more.
_GAPS = 200
#: So many words are no value of a row that holds nothing else.
_SENTENCE = 6

_TOTAL = re.compile(
    r"(?:grand |sub|overall )?totals?|totale?n?|summen?|gesamt(?:summe)?|sums?|somma|totaal|total g[ée]n[ée]ral|"
    r"total general|suma|som|i alt|yhteensä|razem|итого|合計|合计|总计",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[-+(]?[^\w]{0,2}[0-9][0-9.,'\s]*\)?[^\w]{0,2}|[0-9]{4}-[0-9]{2}-[0-9]{2}.*|TRUE|FALSE")


class Gaps:
    """Looks, after each gap between rows, for the header of another table."""

    def __init__(self, typed: frozenset[int]) -> None:
        self._typed, self._seen = typed, 0

    def other_table(self, cells: pl.DataFrame, last: int) -> tuple[int, tuple[str, ...]] | None:
        """First line and labels of another table that begins in ``cells``; last: the line of the row before them.

        Its header is text where this table has numbers, and numbers stand below it; a title may stand before it.
        """
        if not self._typed or self._seen > _GAPS:
            return None
        lines = cells["line"].unique(maintain_order=True)
        before = lines.shift(1, fill_value=last)
        starts = lines.filter(lines - before > 1).to_list()
        self._seen += len(starts)
        following = dict(zip(lines[:-1].to_list(), lines[1:].to_list(), strict=True)) if starts else {}
        for start in starts[:_GAPS]:
            found = self._header_from(cells, start, following)
            if found is not None:
                return start, found
        return None

    def _header_from(
        self, cells: pl.DataFrame, start: int, following: dict[int, int]
    ) -> tuple[str, ...] | None:
        line: int | None = start
        for _ in range(3):
            if line is None:
                return None
            row = _row(cells, line)
            if any(typed for _, typed in row.values()):
                return None
            if len(row) > 1:
                return self._labels(row, _row(cells, following.get(line, 0)))
            line = following.get(line)
        return None

    def _labels(
        self, row: dict[int, tuple[str, bool]], below: dict[int, tuple[str, bool]]
    ) -> tuple[str, ...] | None:
        texts = tuple(text.strip() for text, _ in row.values())
        if not self._typed & row.keys() or len(set(texts)) < len(texts):
            return None
        return texts if any(typed for column, (_, typed) in below.items() if column in row) else None


def footer_lines(tail: Sequence[tuple[int, Sequence[str]]], typed: frozenset[int], *, led: bool) -> list[int]:
    """The lines of those rows at a table's end that are totals or notes.

    tail: the last rows, each with its line and its cells. typed: columns that hold numbers; led: all rows fill the first
    column. A total says so, beside numbers alone. A note fills fewer than half of the columns and none of numbers; it
    leaves out the first column, which all rows fill, or it is a sentence.
    """
    found: list[int] = []
    start = len(tail)
    for place in range(len(tail) - 1, -1, -1):
        _, cells = tail[place]
        if not (_is_total(cells) or _is_narrow(cells, typed)):
            break
        if _is_total(cells) or (led and not cells[0].strip()) or _is_note(tail, place):
            start = place
    if start > 0:
        found = [line for line, _ in tail[start:]]
    return found


def _row(cells: pl.DataFrame, line: int) -> dict[int, tuple[str, bool]]:
    shown = cells.filter((pl.col("line") == line) & (pl.col("text").str.strip_chars() != ""))
    return {
        column: (text, typed) for column, text, typed in shown.select("column", "text", "typed").iter_rows()
    }


def _is_total(cells: Sequence[str]) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled or len(cells) < 2:
        return False
    return _TOTAL.fullmatch(filled[0].strip(" :*.")) is not None and all(
        _NUMBER.fullmatch(cell) for cell in filled[1:]
    )


def _is_narrow(cells: Sequence[str], typed: frozenset[int]) -> bool:
    filled = sum(bool(cell.strip()) for cell in cells)
    numbers = any(_NUMBER.fullmatch(cells[place].strip()) for place in typed)
    return len(cells) > 2 and 2 * filled < len(cells) and not numbers


def _is_note(tail: Sequence[tuple[int, Sequence[str]]], place: int) -> bool:
    """One cell of words, after an empty row; or of so many words that it needs none."""
    line, cells = tail[place]
    filled = [cell.strip() for cell in cells if cell.strip()]
    if len(filled) != 1:
        return False
    words = len(filled[0].split())
    after_gap = place > 0 and line - tail[place - 1][0] > 1
    return words >= _SENTENCE or (after_gap and words > 1)
