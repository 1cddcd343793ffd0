"""The marks of a file of rejected rows: three columns of ours, and cells that no spreadsheet takes for a formula (ERR-3)."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

#: What stands beside the original columns: where the row stood, which codes, and what is wrong with it.
MARKS = ("_line", "_code", "_message")

#: A cell that a spreadsheet would run, or one that looks as if it had been marked already.
_RUNS = r"^'*[=+\-@\t\r\n]"
_QUOTED = r"^'+[=+\-@\t\r\n]"


def mark_places(header: Sequence[str]) -> tuple[int, ...]:
    """The places of our columns in a header, the last of each name; none unless all three are there."""
    if not set(MARKS) <= set(header):
        return ()
    return tuple(sorted(len(header) - 1 - list(header)[::-1].index(name) for name in MARKS))


def marked(cell: pl.Expr, *, as_text: bool = False) -> pl.Expr:
    """The cell behind an apostrophe where a spreadsheet would run it; :func:`unmarked` takes it off again.

    as_text: the cell is kept as text, which runs nothing; then only apostrophes of its own are doubled.
    """
    runs = cell.str.contains(_QUOTED if as_text else _RUNS)
    return pl.when(~runs).then(cell).otherwise(pl.concat_str(pl.lit("'"), cell))


def unmarked(cell: pl.Expr) -> pl.Expr:
    """The cell without the apostrophe of :func:`marked`; one that has none, since a person wrote it, stays as it is."""
    return pl.when(cell.str.contains(_QUOTED)).then(cell.str.slice(1)).otherwise(cell)


def unmarked_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """The same of headers."""
    found = pl.Series("label", list(labels), dtype=pl.String).to_frame().select(unmarked(pl.col("label")))
    return tuple(found["label"].to_list())


def marked_labels(labels: Sequence[str], *, as_text: bool = False) -> list[str]:
    """The headers of :func:`unmarked_labels`, as they are written."""
    frame = pl.Series("label", list(labels), dtype=pl.String).to_frame()
    told: list[str] = frame.select(marked(pl.col("label"), as_text=as_text))["label"].to_list()
    return told
