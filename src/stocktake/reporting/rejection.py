"""What is wrong with rejected rows, one line per row (ERR-2, ERR-3)."""

from __future__ import annotations

import polars as pl


def told_by_row(problems: pl.DataFrame) -> pl.DataFrame:
    """``_row, line, codes, problems``: each row's codes and its sentences, in the order of ``problems``.

    problems: as ``PlanFrames.problems``.
    """
    told = (
        pl.when(pl.col("column").is_null())
        .then("message")
        .otherwise(pl.format("{}: {}", "column", "message"))
    )
    return (
        problems.with_columns(_told=told)
        .group_by("_row", "line", maintain_order=True)
        .agg(
            codes=pl.col("code").unique(maintain_order=True).str.join(" "),
            problems=pl.col("_told").str.join(" "),
        )
    )
