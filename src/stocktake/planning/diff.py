"""Two plans side by side: their numbers, the rows they decide otherwise, the values they write otherwise (PLN-6, PLN-24).

Rows and records are told by their key, as the source writes it; where one of the plans matches nothing (append), by line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from stocktake.model.errors import InvalidInput
from stocktake.model.plan import Plan
from stocktake.planning.assembly import external_id
from stocktake.planning.beside import by_row
from stocktake.planning.naming import named
from stocktake.planning.table import TABLES

#: A row or an absent record, and what each plan does with it; null where a plan does not have it.
ROWS = {
    "external_id": pl.String,
    "name": pl.String,
    "record_id": pl.Int64,
    "first_line": pl.UInt32,
    "second_line": pl.UInt32,
    "first": pl.String,
    "second": pl.String,
}

#: A field that the plans write otherwise. ``first`` and ``second``: whether that plan writes it at all.
FIELDS = {
    "external_id": pl.String,
    "record_id": pl.Int64,
    "first_line": pl.UInt32,
    "second_line": pl.UInt32,
    "field": pl.String,
    "first": pl.Boolean,
    "first_before": pl.String,
    "first_after": pl.String,
    "second": pl.Boolean,
    "second_before": pl.String,
    "second_after": pl.String,
}

_KEY = ["_keyless", "_key", "_nth"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What tells two plans of one source apart.

    counts: number → what each plan says. rows: ``ROWS``, fields: ``FIELDS``. repeated: the runs that the plans repeat, row
    by row unchanged (PLN-16); a plan that does lists no rows, and then none are compared.
    """

    first: Plan
    second: Plan
    counts: dict[str, tuple[int, int]]
    rows: pl.DataFrame
    fields: pl.DataFrame
    repeated: tuple[int | None, int | None]

    @property
    def is_empty(self) -> bool:
        """Whether the plans do the same."""
        same = all(first == second for first, second in self.counts.values())
        return same and self.rows.is_empty() and self.fields.is_empty()


def difference(first: Plan, second: Plan) -> Difference:
    """What tells ``second`` apart from ``first``.

    Raises ``InvalidInput`` ``plans-not-comparable`` for plans of another record type or source.
    """
    _check(first, second)
    rows, fields = pl.DataFrame(schema=ROWS), pl.DataFrame(schema=FIELDS)
    repeated = (first.content_run, second.content_run)
    if repeated == (None, None):
        both = _both(first, second)
        rows, fields = _rows(first, second, both), _fields(first, second, both)
    return Difference(
        first=first,
        second=second,
        counts={
            name: (first.counts.get(name, 0), second.counts.get(name, 0))
            for name in {**first.counts, **second.counts}
        },
        rows=rows,
        fields=fields,
        repeated=repeated,
    )


def _check(first: Plan, second: Plan) -> None:
    about = [(each.record_type.name, each.source.name, each.workspace) for each in (first, second)]
    if about[0] != about[1]:
        told = " and ".join(
            f"{kind} records from {source} (workspace {where})" for kind, source, where in about
        )
        raise InvalidInput(
            "plans-not-comparable",
            f"The plans are about different things: {told}.",
            hint="Compare plans of one record type and one source.",
        )


def _both(first: Plan, second: Plan) -> pl.DataFrame:
    """Every row and absent record of both plans, what the second says of it under names that begin with ``second``."""
    by_line = not all(TABLES[each.strategy].matches for each in (first, second))
    told = [_told(each, by_line=by_line) for each in (first, second)]
    theirs = told[1].rename({name: f"second{name}" for name in told[1].columns if name not in _KEY})
    return told[0].join(
        theirs, on=_KEY, how="full", coalesce=True, nulls_equal=True, maintain_order="left_right"
    )


def _told(plan: Plan, *, by_line: bool) -> pl.DataFrame:
    rows = plan.frames.rows.select(
        "_row",
        "_line",
        "_record_id",
        pl.col("_action").cast(pl.String),
        _external=external_id(),
        _name=pl.lit(None, dtype=pl.String),
        _keyless=pl.lit(None, dtype=pl.Boolean) if by_line else pl.col("_keyless"),
        _key=pl.col("_line").cast(pl.String) if by_line else pl.col("_key"),
    )
    nowhere = pl.lit(None, dtype=pl.UInt32)
    absent = plan.frames.absent.select(
        "_record_id",
        pl.col("_action").cast(pl.String),
        "_external",
        "_name",
        "_keyless",
        "_key",
        _row=nowhere,
        _line=nowhere,
    )
    return pl.concat([rows, absent.select(rows.columns)]).with_columns(
        _nth=pl.int_range(pl.len()).over("_keyless", "_key")
    )


def _rows(first: Plan, second: Plan, both: pl.DataFrame) -> pl.DataFrame:
    differing = both.filter(pl.col("_action").ne_missing(pl.col("second_action")))
    called = differing.join(_names(first, differing["_row"]), on="_row", how="left", maintain_order="left")
    called = called.join(
        _names(second, differing["second_row"]).rename({"_row": "second_row", "_called": "second_called"}),
        on="second_row",
        how="left",
        maintain_order="left",
    )
    return called.select(
        pl.coalesce("_external", "second_external").alias("external_id"),
        pl.coalesce("_called", "_name", "second_called", "second_name").alias("name"),
        pl.coalesce("_record_id", "second_record_id").alias("record_id"),
        first_line="_line",
        second_line="second_line",
        first="_action",
        second="second_action",
    )


def _names(plan: Plan, rows: pl.Series) -> pl.DataFrame:
    wanted = plan.frames.rows.filter(pl.col("_row").is_in(rows.drop_nulls().implode()))
    return named(wanted, plan).select("_row", _called="_name")


def _fields(first: Plan, second: Plan, both: pl.DataFrame) -> pl.DataFrame:
    placed = both.select(
        pl.coalesce("_external", "second_external").alias("external_id"),
        pl.coalesce("_record_id", "second_record_id").alias("record_id"),
        first_line="_line",
        second_line="second_line",
    )
    changed = _changed(first, second).join(
        placed.unique("record_id", keep="first", maintain_order=True),
        on="record_id",
        how="left",
        maintain_order="left",
    )
    parts = [
        pl.DataFrame(schema=FIELDS),
        changed.select(FIELDS.keys()),
        _created(first, second, both).select(FIELDS.keys()),
    ]
    line = pl.coalesce("first_line", "second_line")
    return pl.concat(parts).sort(line, nulls_last=True, maintain_order=True)


def _changed(first: Plan, second: Plan) -> pl.DataFrame:
    """The fields of stored records that one plan changes and the other does not, or to another value."""
    mine, theirs = (
        plan.frames.changes.filter(pl.col("_action").is_in(["update", "reactivate"])).select(
            pl.lit(value=True).alias(word),
            pl.col("before").alias(f"{word}_before"),
            pl.col("after").alias(f"{word}_after"),
            "field",
            record_id="_record_id",
        )
        for word, plan in (("first", first), ("second", second))
    )
    joined = mine.join(
        theirs, on=["record_id", "field"], how="full", coalesce=True, maintain_order="left_right"
    ).with_columns(pl.col("first", "second").fill_null(value=False))
    return joined.filter(
        (pl.col("first") != pl.col("second")) | pl.col("first_after").ne_missing(pl.col("second_after"))
    )


def _created(first: Plan, second: Plan, both: pl.DataFrame) -> pl.DataFrame:
    """The fields of records that both plans create, with other values; a hash tells first which rows differ at all."""
    pairs = both.filter((pl.col("_action") == "create") & (pl.col("second_action") == "create"))
    hashed = pairs.join(_hashes(first, second, pairs["_row"]), on="_row", how="left").join(
        _hashes(second, first, pairs["second_row"]).rename({"_row": "second_row", "hash": "second_hash"}),
        on="second_row",
        how="left",
    )
    differing = hashed.filter(pl.col("hash").ne_missing(pl.col("second_hash"))).sort("_line")
    mine = differing.select("_row", "second_row", "_line", "second_line", "_external").join(
        _values(first, second, differing["_row"]).rename({"value": "first_after"}), on="_row", how="inner"
    )
    theirs = _values(second, first, differing["second_row"])
    met = mine.join(
        theirs.rename({"_row": "second_row", "value": "second_after"}),
        on=["second_row", "field"],
        how="inner",
    )
    return met.filter(pl.col("first_after").ne_missing(pl.col("second_after"))).select(
        "field",
        "first_after",
        "second_after",
        "second_line",
        external_id="_external",
        record_id=pl.lit(None, dtype=pl.Int64),
        first_line="_line",
        first=pl.lit(value=True),
        second=pl.lit(value=True),
        first_before=pl.lit(None, dtype=pl.String),
        second_before=pl.lit(None, dtype=pl.String),
    )


def _hashes(plan: Plan, other: Plan, rows: pl.Series) -> pl.DataFrame:
    parts = [pl.DataFrame(schema={"_row": pl.UInt32, "hash": pl.UInt64})]
    names = _drafted(plan, other)
    for chunk in _of(plan, rows):
        parts.append(chunk.select("_row", hash=pl.struct(_plain(plan, chunk, names)).hash(seed=0)))
    return pl.concat(parts)


def _values(plan: Plan, other: Plan, rows: pl.Series) -> pl.DataFrame:
    parts = [pl.DataFrame(schema={"_row": pl.UInt32, "field": pl.String, "value": pl.String})]
    names = _drafted(plan, other)
    for chunk in _of(plan, rows):
        plain = chunk.select("_row", *_plain(plan, chunk, names))
        parts.append(plain.unpivot(names, index="_row", variable_name="field", value_name="value"))
    return pl.concat(parts)


def _of(plan: Plan, rows: pl.Series) -> Iterator[pl.DataFrame]:
    """The drafts of some rows, chunk by chunk."""
    if rows.is_empty():
        return
    wanted = by_row(rows, plan.frames.rows.height)
    for chunk in plan.frames.drafts:
        yield chunk.filter(wanted.gather(chunk["_row"]).is_not_null())


def _drafted(plan: Plan, other: Plan) -> list[str]:
    fed = sorted({*plan.mapping.fields, *other.mapping.fields})
    return [*(name for name in fed if name in plan.record_type), "extra"]


def _plain(plan: Plan, chunk: pl.DataFrame, names: list[str]) -> list[pl.Expr]:
    """The values as people read them: blanks are null, and what points to a record to be created says so."""
    plain = []
    for name in names:
        value = pl.col(name) if name in chunk.columns else pl.lit(None, dtype=pl.String)
        text: pl.Expr = pl.when(value != "").then(value)
        if plan.record_type.reference(name) is not None:
            pointing = text.str.contains(r"^[@+]").fill_null(value=False)
            text = pl.when(pointing).then(pl.lit("(created by this import)")).otherwise(text)
        plain.append(text.alias(name))
    return plain
