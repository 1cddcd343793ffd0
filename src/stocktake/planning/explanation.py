"""The plan explained: row by row, with its reasons, as people and programs read it (PLN-6)."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from stocktake.model.decision import Action
from stocktake.model.plan import Plan
from stocktake.planning import holding
from stocktake.planning.displacing import DISPLACED
from stocktake.planning.naming import named, named_records
from stocktake.planning.ruling import CONTESTED, found_by, row_name
from stocktake.planning.table import TABLES


def decisions(plan: Plan, action: str | None = None) -> pl.DataFrame:
    """``line, external_id, name, record_id, action, reason`` of every row of the file, then of every absent record.

    ``line`` is null for absent records; ``action`` narrows the frame to one decision.
    """
    wanted = pl.lit(value=True) if action is None else pl.col("_action") == action
    return _explained(plan, plan.frames.rows.filter(wanted), plan.frames.absent.filter(wanted))


def first_decisions(plan: Plan, limit: int) -> pl.DataFrame:
    """The same of the first ``limit`` rows and records of each decision: what a reply or a screen lists."""

    def heads(frame: pl.DataFrame) -> pl.DataFrame:
        parts = [frame.filter(pl.col("_action") == each.value).head(limit) for each in Action]
        return pl.concat(parts)

    return _explained(plan, heads(plan.frames.rows), heads(plan.frames.absent))


def told_again(chunks: Iterable[pl.DataFrame], strategy: str, limit: int | None = None) -> pl.DataFrame:
    """The same of a plan that repeats a run: its raw rows (``line, external_id, name, record_id``), all unchanged."""
    reason = next(rule.reason for rule in TABLES[strategy].rules if rule.code == "same")
    nothing = {"line": pl.UInt32, "external_id": pl.String, "name": pl.String, "record_id": pl.Int64}
    found, height = [pl.DataFrame(schema=nothing)], 0
    for chunk in chunks:
        found.append(chunk.select(nothing.keys()))
        height += chunk.height
        if limit is not None and height >= limit:
            break
    rows = pl.concat(found)
    return (rows if limit is None else rows.head(limit)).with_columns(
        action=pl.lit("unchanged"), reason=pl.lit(reason)
    )


def _explained(plan: Plan, rows: pl.DataFrame, absent: pl.DataFrame) -> pl.DataFrame:
    reasons = {rule.code: rule.reason for rule in TABLES[plan.strategy].rules}
    reason = pl.col("_rule").cast(pl.String).replace_strict(reasons, default=None, return_dtype=pl.String)
    lines = pl.col("_of_line").cast(pl.String)
    told = named(rows, plan).select(
        line="_line",
        external_id="_external",
        name="_name",
        record_id="_record_id",
        action=pl.col("_action").cast(pl.String),
        reason=pl.when((pl.col("_action") == "duplicate") & lines.is_not_null())
        .then(pl.format("{} (line {})", reason, lines))
        .when(pl.col("_suppressed"))
        .then(pl.format("{}; stays retired, as a person decided", reason))
        .otherwise(reason),
    )
    gone = absent.select(
        line=pl.lit(None, dtype=pl.UInt32),
        external_id="_external",
        name="_name",
        record_id="_record_id",
        action=pl.col("_action").cast(pl.String),
        reason=pl.when(pl.col("_rule") == "elsewhere")
        .then(pl.format("{}: {}", reason, pl.col("_elsewhere")))
        .otherwise(reason),
    )
    return pl.concat([told, gone])


def kept(plan: Plan) -> pl.DataFrame:
    """``name, record_id, field, value, said, why`` of what rows say and their records do not take (PRE-24)."""
    found = pl.DataFrame(schema=holding.KEPT) if plan.frames.kept is None else plan.frames.kept
    reasons = {holding.HAND: "kept by hand", holding.RANK: "a source that is believed more says so"}
    return named_records(found, plan).select(
        name="_name",
        record_id="_record_id",
        field="field",
        value="now",
        said="said",
        why=pl.col("why").replace_strict(reasons, default=None, return_dtype=pl.String),
    )


def displaced(plan: Plan) -> pl.DataFrame:
    """``record_id, name, field, before, after, line, to_record`` of records that give way to rows (PACK-1)."""
    giving = plan.frames.displaced
    found = pl.DataFrame(schema=DISPLACED) if giving is None else giving
    return found.select(
        "field",
        "before",
        "after",
        record_id="_record_id",
        name="_name",
        line="_line",
        to_record="_by",
    ).select("record_id", "name", "field", "before", "after", "line", "to_record")


def conflicts(plan: Plan, limit: int | None = None) -> pl.DataFrame:
    """``row, line, external_id, action, reason, record_id, name, found_by, values`` of rows that wait for a person (PRE-20).

    A line for the row itself (``record_id`` null), then one per record that it may be; of the first ``limit`` rows of each
    decision.
    """
    found = plan.frames.contested
    fields = list(dict.fromkeys(part for rung in plan.record_type.identity for part in rung))
    if found is None:
        found = pl.DataFrame(
            schema={"_line": pl.UInt32, "_name": pl.String, **CONTESTED, **dict.fromkeys(fields, pl.String)}
        )
    mine = plan.frames.rows.filter(pl.col("_row").is_in(found["_row"].implode()))
    if limit is not None:
        mine = mine.filter(pl.int_range(pl.len()).over("_action") < limit)
    reasons = {rule.code: rule.reason for rule in TABLES[plan.strategy].rules}
    rows = named(mine, plan).select(
        "_row",
        row=row_name(),
        line="_line",
        external_id="_external",
        action=pl.col("_action").cast(pl.String),
        reason=pl.col("_rule").cast(pl.String).replace_strict(reasons, default=None, return_dtype=pl.String),
        _own="_name",
    )
    values = pl.struct(fields) if fields else pl.lit(None)
    told = found.select("_row", "_record_id", "_name", found_by=found_by(plan.record_type), values=values)
    return (
        rows.join(told, on="_row", how="inner", maintain_order="left_right")
        .rename({"_record_id": "record_id"})
        .select(
            "row",
            "line",
            "external_id",
            "action",
            "reason",
            "record_id",
            pl.when(pl.col("record_id").is_null()).then("_own").otherwise("_name").alias("name"),
            "found_by",
            "values",
        )
    )


def problems(plan: Plan, limit: int | None = None) -> pl.DataFrame:
    """What is wrong with rejected rows: ``row`` (the line), ``column, value, code, message`` (ERR-2)."""
    found = plan.frames.problems.select("column", "value", "code", "message", row="line")
    return found if limit is None else found.head(limit)


def troubles(plan: Plan) -> pl.DataFrame:
    """:func:`problems`, with the row that each is of: ``line, external_id, name, column, value, code, message``."""
    found = plan.frames.problems
    mine = named(plan.frames.rows.filter(pl.col("_row").is_in(found["_row"].unique().implode())), plan)
    return found.join(
        mine.select("_row", external_id="_external", name="_name"),
        on="_row",
        how="left",
        maintain_order="left",
    ).select("line", "external_id", "name", "column", "value", "code", "message")


def unreadable(plan: Plan) -> int:
    """How many rejected rows have no readable key (PRE-5, ERR-5)."""
    left_out = pl.col("_action").is_in([Action.REJECT.value, Action.CONFLICT.value, Action.AMBIGUOUS.value])
    return plan.frames.rows.filter(left_out & pl.col("_keyless")).height


def refused_returns(plan: Plan) -> pl.DataFrame:
    """``line, external_id, name, record_id, why`` of rows whose retired record stays so (PRE-26).

    ``why``: ``ruled-out``, the operator of this import said so of this record; ``not-named``, other ones alone are to come
    back; ``by-person``, a person had retired it (PRE-17).
    """
    only = plan.options.reactivate_only
    ruled_out = pl.col("_record_id").is_in(list(plan.options.no_reactivate))
    by_key = pl.col("_key").is_in(list(only or ())) | pl.col("_key_raw").is_in(list(only or ()))
    not_named = pl.lit(only is not None) & ~by_key.fill_null(value=False)
    why = pl.when(ruled_out).then(pl.lit("ruled-out")).when(not_named).then(pl.lit("not-named"))
    return named(plan.frames.rows.filter("_suppressed"), plan).select(
        line="_line",
        external_id="_external",
        name="_name",
        record_id="_record_id",
        why=why.otherwise(pl.lit("by-person")),
    )
