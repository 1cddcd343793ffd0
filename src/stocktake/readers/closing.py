"""What stands after the rows of a table: totals and notes under it, and further tables (REA-2, REA-8)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from stocktake.model.problem import Warning
from stocktake.readers.evidence import is_typed
from stocktake.readers.grammar import QUOTE, Grammar

#: So many rows at the end may be totals and notes.
FOOTER_ROWS = 8
#: Gaps among the rows that are looked at for another table, in one block.
_GAPS = 1_000
#: Tables of fewer cells a row have no notes that could be told from rows.
_FEWEST_FILLED = 3
_TOTAL = re.compile(
    r"(?:grand |sub[- ]?|sum )?totals?\b.*|sum|summe|gesamt(?:summe|betrag)?|insgesamt|totale|totaal|suma|razem|"
    r"итого|合計|合计|总计",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Further:
    """Another table beneath: its header's line, its first byte in the block, and its labels."""

    line: int
    at: int
    labels: tuple[str, ...]


def mark_footer(
    tail: pl.DataFrame, columns: list[str], usual_filled: int, *, line_end: str = "\n"
) -> pl.DataFrame:
    """The last rows of a file, those that are totals or notes marked ``footer-row`` (REA-4).

    ``usual_filled``: how many cells most rows fill; ``line_end``: what parts the lines within a cell. Goes from the end to
    the first row that is neither.
    """
    cells = tail.select(columns).rows()
    lines, faults = tail["_line"].to_list(), tail["_fault"].to_list()
    ends = [line + sum(cell.count(line_end) for cell in row) for line, row in zip(lines, cells, strict=True)]
    gaps = [False, *(line > end + 1 for line, end in zip(lines[1:], ends[:-1], strict=True))]
    first = tail.height
    while first and _is_footer(cells[first - 1], gaps[first - 1], usual_filled):
        first -= 1
    if first in (0, tail.height):
        return tail
    faults[first:] = ["footer-row"] * (tail.height - first)
    return tail.with_columns(pl.Series("_fault", faults, dtype=pl.String))


def _is_footer(cells: tuple[str, ...], has_gap: bool, usual_filled: int) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    if usual_filled < 2:
        return False
    if len(filled) == 1:
        noted = bool(cells[0].strip()) and not is_typed(filled[0])
        return noted and (usual_filled >= _FEWEST_FILLED or has_gap) and (has_gap or " " in filled[0])
    others = [cell for cell in filled if not _TOTAL.fullmatch(cell)]
    return 0 < len(others) < len(filled) == len(others) + 1 and all(
        is_typed(cell) or cell == "-" for cell in others
    )


def find_further(
    rows: pl.DataFrame, before: int, lines: int, grammar: Grammar, kinds: tuple[str, ...]
) -> tuple[Further | None, bool]:
    """The header of another table among ``rows``, and whether only the next block can tell.

    ``rows`` are ``line``, ``end`` (its last line), ``at``, ``text``, ``fault``. The header stands behind a blank line, holds
    labels and no values, and either is as wide as the row that follows and not as the table, or is as wide as the table and
    says words where the table has values. ``before``: the last line of the row before these; ``lines``: the line after them.
    """
    gap = pl.col("line") > pl.col("end").shift(1, fill_value=before) + 1
    places = rows.select(gap.alias("gap"))["gap"].arg_true().head(_GAPS).to_list()
    for place in places:
        row = rows.row(place, named=True)
        labels = _cells(row, grammar)
        if not _holds_labels(labels):
            continue
        follows = rows.row(place + 1, named=True) if place + 1 < rows.height else None
        if follows is None and row["end"] + 1 >= lines:
            return Further(line=row["line"], at=row["at"], labels=labels), True
        if follows is not None and follows["line"] == row["end"] + 1:
            next_cells = _cells(follows, grammar)
            if _is_header(labels, next_cells, grammar.width, kinds):
                return Further(line=row["line"], at=row["at"], labels=labels), False
    return None, False


def _holds_labels(cells: tuple[str, ...]) -> bool:
    written = [cell.strip() for cell in cells]
    return (
        len(written) > 1
        and all(written)
        and len(set(written)) == len(written)
        and not any(map(is_typed, written))
    )


def _is_header(labels: tuple[str, ...], row: tuple[str, ...], width: int, kinds: tuple[str, ...]) -> bool:
    if len(labels) != len(row):
        return False
    typed = ("integer", "number", "date")
    if len(labels) != width:
        return True
    return any(kind in typed for kind in kinds) and any(map(is_typed, row))


def _cells(row: dict[str, str], grammar: Grammar) -> tuple[str, ...]:
    mark = re.escape(grammar.delimiter)
    if row["fault"]:
        return ()
    cells = re.findall(rf'{mark}(?:"((?:[^"]|"")*)"|([^"{mark}]*))', grammar.delimiter + row["text"])
    return tuple(quoted.replace('""', QUOTE) or plain for quoted, plain in cells)


def further_warning(further: Further, lines: int) -> Warning:
    """``further-table``, of ``lines`` that were not read."""
    names = ", ".join(f'"{label.strip()}"' for label in further.labels)
    message = (
        f"Another table begins in line {further.line:,}, with {names[:200]}; it and all after it, {lines:,} lines, "
        "were not read. Put it into a file of its own, or state --plain if it is one table."
    )
    return Warning(code="further-table", message=message, rows=(further.line,))
