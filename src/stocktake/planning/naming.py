"""What a row of the file is called, looked up in its cells for the few rows that people are shown."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from stocktake.model.mapping import Mapping
from stocktake.model.plan import Plan
from stocktake.model.record_type import RecordType
from stocktake.planning.assembly import external_id


def named(rows: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """``rows`` of a plan with ``_external`` and ``_name``: the display field's cell, else the external id, else its line."""
    rows = rows.with_columns(_external=external_id())
    column = name_column(plan.record_type, plan.mapping)
    found = _names(rows["_row"], plan.frames.cells, name_cell(column)) if column is not None else None
    if found is None:
        return rows.with_columns(_name=pl.coalesce("_external", _unnamed()))
    return rows.join(found, on="_row", how="left", maintain_order="left").with_columns(
        _name=pl.coalesce("_name", "_external", _unnamed())
    )


def _unnamed() -> pl.Expr:
    """What a row is called that has neither name nor external id: its key is a hash, which says nothing to people."""
    return pl.when("_keyless").then(pl.format("line {}", "_line")).otherwise(pl.col("_key").cast(pl.String))


def named_records(changes: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """``changes`` (``_record_id`` …) with the ``_name`` of each record, as its row or its absent link calls it."""
    wanted = changes["_record_id"].unique().implode()
    rows = plan.frames.rows.filter(pl.col("_record_id").is_in(wanted))
    absent = plan.frames.absent.filter(pl.col("_record_id").is_in(wanted))
    names = pl.concat(
        [named(rows, plan).select("_record_id", "_name"), absent.select("_record_id", "_name")]
    ).unique("_record_id", keep="first", maintain_order=True)
    return changes.join(names, on="_record_id", how="left", maintain_order="left")


def name_column(record_type: RecordType, mapping: Mapping) -> int | None:
    """The place of the column that names a row; None where no column does."""
    fed = mapping.of(record_type.display_field) if record_type.display_field else None
    return None if fed is None else fed.position


def name_cell(column: int) -> pl.Expr:
    """The cell that names a row, null where it is blank."""
    cell = pl.col(f"c{column}").str.strip_chars()
    return pl.when(cell != "").then(cell)


def _names(rows: pl.Series, cells: Iterable[pl.DataFrame], shown: pl.Expr) -> pl.DataFrame:
    """``_row, _name`` of the rows wanted; no chunk behind the last of them is opened."""
    found = [pl.DataFrame(schema={"_row": pl.UInt32, "_name": pl.String})]
    last = rows.max()
    for chunk in cells if last is not None else ():
        wanted = chunk.filter(pl.col("_row").is_in(rows.implode()))
        found.append(wanted.select("_row", _name=shown))
        if chunk["_row"][-1] >= last:
            break
    return pl.concat(found)
