"""A sheet's header among its first rows: where it stands, over how many lines, with which labels (REA-2, REA-4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from stocktake.model.errors import InvalidInput
from stocktake.model.options import ReadOptions
from stocktake.model.problem import Warning
from stocktake.ports.reader import FIRST_CELLS, FIRST_LINES
from stocktake.readers.file import check_columns
from stocktake.readers.header import label_warnings
from stocktake.readers.header_block import Grid, header_block, joined_labels
from stocktake.readers.jsontext import clean_label
from stocktake.readers.spreadsheet import Range
from stocktake.readers.tables_beside import columns_named, tables_beside
from stocktake.readers.tally import LINES_NAMED

#: Where a cell holds something to be read.
HOLDS = (pl.col("text").str.strip_chars() != "") | pl.col("fault").is_not_null()

#: So many written rows show how wide the table is, and what its columns hold.
SAMPLE_ROWS = 50
#: So much of a cell is shown.
_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetHeader:
    """``labels`` of all columns; ``line`` the last they stand in, ``first_line`` the first; ``skipped`` lines before.

    ``written``: what that last line says, column by column, if it is words. ``beside``: first and last column of other
    tables, with their labels. ``typed``: columns that hold numbers, days or truth values. ``led``: the first rows all fill
    the first column.
    """

    labels: tuple[str, ...]
    line: int
    first_line: int
    skipped: tuple[int, ...] = ()
    written: tuple[str, ...] = ()
    beside: tuple[tuple[int, int, tuple[str, ...]], ...] = ()
    typed: frozenset[int] = frozenset()
    led: bool = False

    def warnings(self) -> tuple[Warning, ...]:
        """``preamble-skipped``, ``header-joined``, ``further-table``, ``blank-label``, ``duplicate-label``."""
        found = []
        if self.skipped:
            message = (
                f"{len(self.skipped):,} rows before the header in row {self.first_line:,} were skipped. "
                "If the header is another row, state its line."
            )
            lines = self.skipped[:LINES_NAMED]
            found.append(
                Warning(code="preamble-skipped", message=message, count=len(self.skipped), rows=lines)
            )
        if self.first_line < self.line:
            message = (
                f"The header stands in rows {self.first_line:,} to {self.line:,}; what stands over a column was joined "
                "to its label. If one row alone is the header, state its line."
            )
            found.append(Warning(code="header-joined", message=message, rows=(self.first_line, self.line)))
        if self.beside:
            named = "; ".join(columns_named(*each) for each in self.beside)
            message = f"Beside the table stand others, after an empty column, that were not read: {named}."
            found.append(
                Warning(code="further-table", message=message, count=len(self.beside), rows=(self.line,))
            )
        return (*found, *label_warnings(self.labels, self.line))


def find_sheet_header(
    path: Path, cells: pl.DataFrame, options: ReadOptions, merges: Callable[[], Sequence[Range]]
) -> SheetHeader:
    """The header among the sheet's first cells: the row asked for, else the first that is not narrow beside the rest.

    A column without label at the right end counts where at least half of the rows shown fill it. merges: asked for
    where several rows may be the header. Raises ``InvalidInput`` (``header-line-missing``) and ``Unreadable``
    (``too-many-columns``).
    """
    written = cells.filter(pl.col("text").str.strip_chars() != "")
    header_line = options.header_line
    grid = _grid(written, header_line, options.header_lines or 1)
    first, line, spread = _block(grid, options, merges)
    if header_line is not None and cells.filter((pl.col("line") == line) & HOLDS).is_empty():
        raise InvalidInput(
            "header-line-missing",
            f"{path} has no row {line:,} near the start of the sheet to take for the header.",
            hint="Rows count from 1. Give the row that holds the column names.",
            details={"path": str(path), "header_line": line},
        )
    labelled = 1 + max(place for each in range(first, line + 1) for place in grid.get(each, {0: None}))
    if options.header_lines == 0:
        line = first - 1
    width = _width(written, line, labelled)
    check_columns(path, width, options.limits.columns)
    texts = [clean_label(label.strip()) for label in joined_labels(grid, first, line, spread, width)]
    if options.header_lines == 0:
        texts = [f"column {place}" for place in range(1, width + 1)]
    below = written.filter(pl.col("line") > line)
    width, beside = (width, ()) if options.plain else tables_beside(texts, below)
    skipped = [each for each in grid if each < first] if header_line is None else []
    said = [grid.get(line, {}).get(place, ("", False)) for place in range(width)]
    of_words = not any(typed for _, typed in said) and any(text.strip().isalpha() for text, _ in said)
    return SheetHeader(
        labels=tuple(texts[:width]),
        line=line,
        first_line=first,
        skipped=tuple(skipped),
        written=tuple(text for text, _ in said) if of_words and not options.plain else (),
        beside=beside,
        typed=_typed(below, width),
        led=_led(below),
    )


def first_lines(cells: pl.DataFrame) -> list[tuple[int, list[str]]]:
    """The first rows that hold something, for people who look where the header is: their number and their cells."""
    written = cells.filter(HOLDS)
    lines = written["line"].unique(maintain_order=True).head(FIRST_LINES)
    shown = written.filter(pl.col("line").is_in(lines.implode()) & (pl.col("column") < FIRST_CELLS))
    found: dict[int, list[str]] = {line: [] for line in lines}
    for line, column, text in shown.select("line", "column", pl.col("text").str.head(_SHOWN)).iter_rows():
        row = found[line]
        row += [""] * (column - len(row))
        row.append(text)
    return list(found.items())


def _block(
    grid: Grid, options: ReadOptions, merges: Callable[[], Sequence[Range]]
) -> tuple[int, int, tuple[Range, ...]]:
    """First and last line of the header, and what spreads over its columns: as the operator says, else as found."""
    first = options.header_line
    if first is None and not options.plain and options.header_lines is None:
        return header_block(grid, merges)
    if first is None:
        first = next(iter(grid)) if options.plain else header_block(grid, merges)[0]
    last = first + max(options.header_lines or 1, 1) - 1
    spread = () if last == first else tuple(each for each in merges() if first <= each.first_line <= last)
    return first, last, spread


def _grid(written: pl.DataFrame, header_line: int | None, header_lines: int) -> Grid:
    """The first written rows, column by column: text, and whether it is typed."""
    lines = written["line"].unique(maintain_order=True).head(2 * SAMPLE_ROWS).to_list()
    if header_line is not None:
        lines = list(range(header_line, header_line + header_lines))
    grid: Grid = {}
    shown = written.filter(pl.col("line").is_in(lines)).select("line", "column", "text", "typed")
    for line, column, text, typed in shown.iter_rows():
        grid.setdefault(line, {})[column] = text, typed
    return grid


def _sample(below: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    lines = below["line"].unique().sort().head(SAMPLE_ROWS)
    return below.filter(pl.col("line").is_in(lines.implode())), lines.len()


def _width(written: pl.DataFrame, header_line: int, labelled: int) -> int:
    """The labelled columns and those beside them that half of the first rows fill."""
    rows, height = _sample(written.filter(pl.col("line") > header_line))
    counts = rows.group_by("column").len()
    usual = set(counts.filter(pl.col("len") * 2 >= height)["column"])
    width = labelled
    while width in usual:
        width += 1
    return width


def _typed(below: pl.DataFrame, width: int) -> frozenset[int]:
    """The columns of which most cells shown are no text."""
    rows, _ = _sample(below)
    counts = rows.group_by("column").agg(typed=pl.col("typed").mean())
    return frozenset(counts.filter((pl.col("typed") > 0.5) & (pl.col("column") < width))["column"])


def _led(below: pl.DataFrame) -> bool:
    """Whether the first column is filled in each of the first rows; the last of a short table may be notes."""
    rows, height = _sample(below)
    lines = rows["line"].unique().sort().head(max(5, height // 2))
    filled = rows.filter(pl.col("column") == 0)["line"]
    return height >= 5 and bool(lines.is_in(filled.implode()).all())
