"""Cells that the operator wrote anew (PLN-8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from stocktake.cleaning.row_fault import mended_cell
from stocktake.model.column_name import column_names
from stocktake.model.options import Edit


def edited(batch: pl.DataFrame, header: Sequence[str], edits: Iterable[Edit]) -> pl.DataFrame:
    """A reader's batch with the cells of ``edits`` as they are to be read; the row's other cells stay as they are.

    What was wrong with such a cell is mended with it.
    """
    by_column: dict[str, dict[int, str]] = {}
    for each in edits:
        by_column.setdefault(each.column, {})[each.line] = each.value
    names = column_names(header)
    cells = [
        pl.when(pl.col("_line").is_in(list(values)))
        .then(pl.col("_line").replace_strict(values, default=None, return_dtype=pl.String))
        .otherwise(f"c{names.index(column)}")
        .alias(f"c{names.index(column)}")
        for column, values in by_column.items()
    ]
    read = batch.with_columns(cells)
    for column, values in by_column.items():
        read = read.with_columns(mended_cell(f"c{names.index(column)}", values))
    return read
