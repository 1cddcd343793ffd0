"""The course of a field: where every record stood, from when on, made of present values and history (HIS-3, HIS-6).

A run that was rolled back does not count, nor does its rollback: what it told is taken out in pairs, record by record. What
history cannot explain, a change behind Stocktake's back, is dated by the record itself, so that the course always ends at
the present.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from stocktake.model.record_type import RecordType
from stocktake.reporting.history import NEW, REMOVED

#: ``value`` and ``amount`` are canonical text, "" where blank; ``there``: neither retired nor deleted. ``at`` is a moment as
#: text, "" where nobody knows it any more.
COURSE = {
    "record_id": pl.Int64,
    "at": pl.String,
    "run_id": pl.Int64,
    "value": pl.String,
    "amount": pl.String,
    "there": pl.Boolean,
}

#: The name under which a deletion is kept: all of a record.
_WHOLE = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a course is made from.

    present: where records stand now, with the fields asked for. deleted: ``record_id, created_run`` and the fields of
    records that are gone, as their deletion kept them. entries: stored history. turns: retirements, deletions and
    returns. runs: moments of runs. (``ports.store`` says which columns.)
    """

    present: pl.DataFrame
    deleted: pl.DataFrame
    entries: pl.DataFrame
    turns: pl.DataFrame
    runs: pl.DataFrame


def standing(told: Told, record_type: RecordType) -> Told:
    """The same without what rollbacks have taken back, field by field; a retirement goes with its status."""
    undone = told.runs.filter(pl.col("kind") == "rollback").select(_by="run_id", run_id="undoes_run")
    entries = told.entries.filter(pl.col("kind") != "rollback")
    back = told.entries.filter(pl.col("kind") == "rollback").select("record_id", "field", _by="run_id")
    restored = (
        told.turns.filter(pl.col("act") == "restore")
        .select("record_id", "field", _by="run_id")
        .join(undone, on="_by")
    )
    status = record_type.lifecycle.field if record_type.lifecycle else "retired_at"
    turned = restored.filter(pl.col("field") == status)
    turns = told.turns.filter(pl.col("act") != "restore")
    return Told(
        present=told.present,
        deleted=told.deleted,
        entries=entries.join(back.join(undone, on="_by"), on=["record_id", "field", "run_id"], how="anti"),
        turns=turns.join(restored, on=["record_id", "field", "run_id"], how="anti").join(
            turned, on=["record_id", "run_id"], how="anti"
        ),
        runs=told.runs,
    )


def course(told: Told, record_type: RecordType, field: str, amount: str | None = None) -> pl.DataFrame:
    """``COURSE``: per record where it stands from each moment on, in order; the last line of a record is the present.

    A field that is not tracked (``amount`` may be one) has had its present value all along. Records that nobody deleted and
    that are not there any more, because the run that made them was rolled back, have no course.
    """
    told = standing(told, record_type)
    moments = told.runs.select("run_id", "applied_at")
    gone = told.turns.filter(pl.col("act") == "delete").select("record_id").unique()
    wanted = [field] if amount is None else list(dict.fromkeys((field, amount)))
    records = pl.concat(
        [
            told.present.select("record_id", "created_run", *wanted),
            told.deleted.join(gone, on="record_id", how="semi").select("record_id", "created_run", *wanted),
        ]
    ).unique("record_id", keep="first")
    born = records.join(moments, left_on="created_run", right_on="run_id", how="left").select(
        "record_id",
        *wanted,
        at=pl.col("applied_at").fill_null(""),
        run_id=pl.col("created_run").fill_null(0),
    )
    first = _first_values(told.entries, wanted)
    known = _with_values(born, first, wanted)
    beginning = known.select(
        "record_id",
        "at",
        "run_id",
        value=pl.col(field).fill_null(""),
        amount=pl.col(amount).fill_null("") if amount else pl.lit(""),
        there=pl.lit(value=True),
        _order=pl.lit(0, dtype=pl.Int8),
    )
    parts = [beginning, _moves(told.entries, moments, "value", field), _presence(told, record_type, moments)]
    if amount is not None:
        parts.append(_moves(told.entries, moments, "amount", amount))
    mine = born.select("record_id")
    lines = pl.concat(
        [beginning, *(part.join(mine, on="record_id", how="semi") for part in parts[1:])], how="diagonal"
    )
    filled = _in_order(lines)
    return _distinct(_in_order(pl.concat([filled, *_unexplained(filled, told.present, field, amount)])))


def _first_values(entries: pl.DataFrame, fields: Iterable[str]) -> dict[str, pl.DataFrame]:
    """Per field ``record_id, _first``: what it was before its first stored change; a return tells nothing of before."""
    return {
        name: entries.filter(pl.col("field") == name)
        .sort("record_id", "run_id", "kind")
        .filter(opens("record_id"))
        .select(
            "record_id",
            _first=pl.when(pl.col("kind") != NEW).then(pl.col("from_value")),
            _told=pl.lit(value=True),
        )
        for name in fields
    }


def opens(*columns: str) -> pl.Expr:
    """The first line of each group, in lines that lie together."""
    return pl.any_horizontal(pl.col(columns) != pl.col(columns).shift()).fill_null(value=True)


def closes(*columns: str) -> pl.Expr:
    """The last line of each group, in lines that lie together."""
    return pl.any_horizontal(pl.col(columns) != pl.col(columns).shift(-1)).fill_null(value=True)


def _with_values(born: pl.DataFrame, first: dict[str, pl.DataFrame], fields: Iterable[str]) -> pl.DataFrame:
    """``born``, whose present values give way to what each field was when the record was made."""
    for name in fields:
        born = (
            born.join(first[name], on="record_id", how="left")
            .with_columns(pl.when(pl.col("_told")).then("_first").otherwise(name).alias(name))
            .drop("_first", "_told")
        )
    return born


def _moves(entries: pl.DataFrame, moments: pl.DataFrame, column: str, field: str) -> pl.DataFrame:
    """What each stored entry of ``field`` says of the value from then on; a removal leaves it as it was."""
    value = pl.when(pl.col("kind") == REMOVED).then("from_value").otherwise("to_value")
    return (
        entries.filter(pl.col("field") == field)
        .join(moments, on="run_id")
        .select(
            "record_id",
            "run_id",
            value.fill_null("").alias(column),
            at="applied_at",
            _order=pl.lit(1, dtype=pl.Int8),
        )
    )


def _presence(told: Told, record_type: RecordType, moments: pl.DataFrame) -> pl.DataFrame:
    """When records left and came back: ``record_id, run_id, at, there``."""
    lifecycle = record_type.lifecycle
    status = pl.col("field") == (lifecycle.field if lifecycle else "")
    retired = lifecycle.retired if lifecycle else ""
    left = pl.col("act").is_in(["retire", "delete"]) | (status & (pl.col("after") == retired))
    back = (pl.col("act") == "reactivate") | (status & (pl.col("before") == retired))
    said = told.turns.select(
        "record_id",
        "run_id",
        there=pl.when(left).then(pl.lit(value=False)).when(back).then(pl.lit(value=True)),
    ).drop_nulls("there")
    return (
        said.group_by("record_id", "run_id")
        .agg(there=pl.col("there").all())
        .join(moments, on="run_id")
        .select("record_id", "run_id", "there", at="applied_at", _order=pl.lit(1, dtype=pl.Int8))
    )


def _in_order(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines by record and moment; what a line does not say is as in the one before. A record begins with its making."""
    order = ("record_id", pl.col("_order") > 0, "at", "run_id", "_order")
    return lines.sort(*order, maintain_order=True).with_columns(
        pl.col("value", "amount", "there").forward_fill()
    )


def _unexplained(
    filled: pl.DataFrame, present: pl.DataFrame, field: str, amount: str | None
) -> list[pl.DataFrame]:
    """A line for each record whose present state the history does not explain, dated by the record itself."""
    now = present.select(
        "record_id",
        _value=pl.col(field).fill_null(""),
        _amount=pl.col(amount).fill_null("") if amount else pl.lit(""),
        _there=pl.col("retired_at").is_null(),
        _at=pl.coalesce("retired_at", "updated_at"),
        _run=pl.when(pl.col("retired_at").is_null())
        .then(pl.coalesce("changed_run", "created_run"))
        .otherwise(pl.coalesce("retired_run", "changed_run", "created_run")),
    )
    last = filled.filter(closes("record_id")).join(now, on="record_id")
    differs = (pl.col("value") != pl.col("_value")) | (pl.col("amount") != pl.col("_amount"))
    other = (pl.col("there") != pl.col("_there")) | (pl.col("_there") & differs)
    return [
        last.filter(other)
        .select(
            "record_id",
            at=pl.max_horizontal("_at", "at"),
            run_id=pl.max_horizontal("_run", "run_id"),
            value=pl.when("_there").then("_value").otherwise("value"),
            amount=pl.when("_there").then("_amount").otherwise("amount"),
            there="_there",
            _order=pl.lit(2, dtype=pl.Int8),
        )
        .select(filled.columns)
    ]


def _distinct(lines: pl.DataFrame) -> pl.DataFrame:
    """A line per run, as it left the record, without lines that say what the one before said."""
    lines = lines.filter(closes("record_id", "at", "run_id"))
    said = ("value", "amount", "there")
    same = pl.all_horizontal(
        pl.col("record_id") == pl.col("record_id").shift(),
        *(pl.col(each) == pl.col(each).shift() for each in said),
    )
    return lines.filter(~same.fill_null(value=False)).select(COURSE.keys())
