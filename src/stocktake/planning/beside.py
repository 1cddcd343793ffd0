"""Columns put beside rows: a join that leaves the rows' own columns where they are (REA-7)."""

from __future__ import annotations

import polars as pl


def beside(rows: pl.DataFrame, other: pl.DataFrame, on: str) -> pl.DataFrame:
    """``rows`` with the other columns of ``other``, whose ``on`` is unique; null where it has none.

    A join would copy every column of a million rows to add one.
    """
    found = rows.select(on).join(other, on=on, how="left", maintain_order="left").drop(on)
    return rows.with_columns(found.get_columns())


def by_row(rows: pl.Series, height: int) -> pl.Series:
    """UInt32 by ``_row`` of a file of ``height`` rows: the place of each in ``rows``, null of those it has not."""
    nowhere = pl.select(pl.repeat(None, height, dtype=pl.UInt32)).to_series()
    if rows.is_empty():
        return nowhere
    return nowhere.scatter(rows, pl.int_range(rows.len(), dtype=pl.UInt32, eager=True))


def beside_rows(rows: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """All rows of a file, in their order, with the columns of ``other``, which has some of them by ``_row``."""
    there = by_row(other["_row"], rows.height)
    return rows.with_columns(each.gather(there) for each in other.drop("_row"))


def beside_some(rows: pl.DataFrame, other: pl.DataFrame, height: int) -> pl.DataFrame:
    """Some rows of a file of ``height`` rows, in any order, with the columns of ``other``, as :func:`beside_rows`."""
    there = by_row(other["_row"], height).gather(rows["_row"])
    return rows.with_columns(each.gather(there) for each in other.drop("_row"))


def picked(
    rows: pl.DataFrame, where: pl.Expr, *columns: pl.Expr | str, **named: pl.Expr | str
) -> pl.DataFrame:
    """The ``columns`` of those of ``rows`` for which ``where`` is true; to filter first would copy all the others, too.

    The streaming engine, which Polars takes unless told otherwise, costs a small frame three times as much.
    """
    return rows.lazy().filter(where).select(*columns, **named).collect(engine="in-memory")


def how_many(rows: pl.DataFrame, where: pl.Expr) -> int:
    """For how many of ``rows`` ``where`` is true."""
    return int(rows.select(where.sum()).item())
