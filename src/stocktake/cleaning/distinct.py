"""Cleaners that look at a value many times ask once for every distinct value (CLN-3)."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl


def by_distinct(cell: pl.Expr, told: Callable[[pl.Series], pl.Series]) -> pl.Expr:
    """The cell as ``told`` makes it of its distinct texts, which it is handed once for a batch, in steps of its own.

    An expression that uses another one several times has it computed as often; a frame in between has not.
    """

    def whole(cells: pl.Series) -> pl.Series:
        texts = cells.drop_nulls().unique()
        return cells.replace_strict(texts, told(texts), default=None, return_dtype=pl.String)

    return cell.map_batches(whole, return_dtype=pl.String)
