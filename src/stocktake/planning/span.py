"""Spans of numbers that follow one another: the ids of a million records are a few of them."""

from __future__ import annotations

import polars as pl

#: ``first`` and ``last`` number of each, both in it; in order.
SPANS = {"first": pl.Int64, "last": pl.Int64}


def spans_of(numbers: pl.Series) -> pl.DataFrame:
    """``SPANS`` of some numbers, in whatever order, be they named twice."""
    there = numbers.drop_nulls().cast(pl.Int64).unique().sort().alias("number").to_frame()
    begins = (pl.col("number") != pl.col("number").shift() + 1).fill_null(value=True)
    ends = (pl.col("number") != pl.col("number").shift(-1) - 1).fill_null(value=True)
    return pl.DataFrame(
        {"first": there.filter(begins)["number"], "last": there.filter(ends)["number"]}, schema=SPANS
    )


def widest(spans: pl.DataFrame, count: int) -> list[tuple[int, int]]:
    """The ``count`` spans that hold the most numbers, in order."""
    held = spans.top_k(count, by=pl.col("last") - pl.col("first")).sort("first")
    return [(first, last) for first, last in held.select("first", "last").iter_rows()]


def outside(numbers: pl.Series, spans: pl.DataFrame) -> pl.Series:
    """Those of the numbers that lie in no span, as often as they are named."""
    named = numbers.drop_nulls().cast(pl.Int64).alias("number").to_frame().sort("number")
    met = named.join_asof(spans, left_on="number", right_on="first", strategy="backward")
    return met.filter((pl.col("number") > pl.col("last")).fill_null(value=True))["number"]


def without(spans: pl.DataFrame, others: pl.DataFrame) -> bool:
    """Whether any of the numbers in the spans lies in none of the others, of which no two overlap."""
    joined = others.sort("first").select(
        "first",
        "last",
        _group=(pl.col("first") != pl.col("last").shift() + 1).fill_null(value=True).cum_sum(),
    )
    whole = joined.group_by("_group", maintain_order=True).agg(pl.col("first").min(), pl.col("last").max())
    met = spans.sort("first").join_asof(whole, on="first", strategy="backward")
    return not met.filter((pl.col("last") > pl.col("last_right")).fill_null(value=True)).is_empty()


def between(spans: pl.DataFrame) -> pl.DataFrame:
    """``SPANS`` of what lies between spans."""
    return spans.select(first=pl.col("last") + 1, last=pl.col("first").shift(-1) - 1).drop_nulls()


def size_of(spans: pl.DataFrame) -> int:
    """How many numbers are in the spans."""
    return int((spans["last"] - spans["first"] + 1).sum())


def numbers_of(spans: pl.DataFrame) -> pl.Series:
    """Every number in the spans."""
    return spans.select(number=pl.int_ranges("first", pl.col("last") + 1)).explode("number")["number"]
