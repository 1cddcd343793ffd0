"""The plan explained: row by row, with its reasons, as people and programs read it (PLN-6)."""

from __future__ import annotations

import polars as pl

from stocktake.model.plan import Plan
from stocktake.planning.table import TABLES


def decisions(plan: Plan, action: str | None = None) -> pl.DataFrame:
    """``line, external_id, name, record_id, action, reason`` of every row of the file, then of every absent record.

    ``line`` is null for absent records; ``action`` narrows the frame to one decision.
    """
    frames = plan.frames
    reasons = {rule.code: rule.reason for rule in TABLES[plan.strategy].rules}
    reason = pl.col("_rule").replace_strict(reasons, default=None, return_dtype=pl.String)
    lines = pl.col("_of_line").cast(pl.String)
    rows = frames.rows.select(
        line="_line",
        external_id="_external",
        name="_name",
        record_id="_record_id",
        action="_action",
        reason=pl.when((pl.col("_action") == "duplicate") & lines.is_not_null())
        .then(pl.format("{} (line {})", reason, lines))
        .when(pl.col("_suppressed"))
        .then(pl.format("{}; stays retired, as a person decided", reason))
        .otherwise(reason),
    )
    absent = frames.absent.select(
        line=pl.lit(None, dtype=pl.UInt32),
        external_id="_external",
        name="_name",
        record_id="_record_id",
        action="_action",
        reason=pl.when(pl.col("_rule") == "elsewhere")
        .then(pl.format("{}: {}", reason, pl.col("_elsewhere")))
        .otherwise(reason),
    )
    both = pl.concat([rows, absent])
    return both if action is None else both.filter(pl.col("action") == action)


def problems(plan: Plan, limit: int | None = None) -> pl.DataFrame:
    """What is wrong with rejected rows: ``row`` (the line), ``column, value, code, message`` (ERR-2)."""
    found = plan.frames.problems.select("column", "value", "code", "message", row="line")
    return found if limit is None else found.head(limit)
