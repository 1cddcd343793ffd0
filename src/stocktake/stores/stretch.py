"""How many records of a list lie in each stretch of numbers: its length, and where each of its pages begins."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

#: A stretch holds so many numbers, as a power of two.
BITS = 8

#: ``stretch``: the number of the first record in it by 2 ** BITS; ``records`` of the list in it.
STRETCHES = {"stretch": pl.Int64, "records": pl.Int64}


class Spot(NamedTuple):
    """Where a page lies: in the numbers of ``ranges``, both ends included, after ``skipped`` records of them."""

    ranges: list[tuple[int, int]]
    skipped: int


def less(all_of: pl.DataFrame, some: pl.DataFrame) -> pl.DataFrame:
    """``STRETCHES`` of those records of ``all_of`` that are not among ``some``."""
    return all_of.join(some, on="stretch", how="left").select(
        "stretch", records=pl.col("records") - pl.col("records_right").fill_null(0)
    )


def in_order(counted: pl.DataFrame) -> pl.DataFrame:
    """``STRETCHES`` by number, without empty ones, with ``before``: how many records lie before each."""
    found = counted.filter(pl.col("records") > 0).sort("stretch")
    return found.with_columns(before=pl.col("records").cum_sum() - pl.col("records"))


def spot(counted: pl.DataFrame, *, limit: int, offset: int) -> Spot:
    """Where the page lies that begins after ``offset`` records; stretches that touch are one range."""
    page = counted.filter(pl.col("before") < offset + limit, pl.col("before") + pl.col("records") > offset)
    if page.is_empty():
        return Spot([], 0)
    ranges: list[tuple[int, int]] = []
    for stretch in page["stretch"]:
        first, last = stretch << BITS, ((stretch + 1) << BITS) - 1
        if ranges and ranges[-1][1] + 1 == first:
            ranges[-1] = (ranges[-1][0], last)
        else:
            ranges.append((first, last))
    return Spot(ranges, offset - page["before"][0])
