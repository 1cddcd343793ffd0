"""Time in a stage: how often records came to each value of a tracked field, and how long they stayed (HIS-6)."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from stocktake.model.record_type import Field
from stocktake.reporting.waterfall import in_order

#: Per stage: visits, those that have ended and how long they took (nine in ten took ``p90_days`` at most), those still open
#: and how long they have so far.
STAYS = {
    "stage": pl.String,
    "visits": pl.Int64,
    "ended": pl.Int64,
    "median_days": pl.Float64,
    "mean_days": pl.Float64,
    "p90_days": pl.Float64,
    "open": pl.Int64,
    "open_median_days": pl.Float64,
}
_MOMENT = "%Y-%m-%dT%H:%M:%S%.fZ"
_DAY = 86_400_000_000


def stays(course: pl.DataFrame, field: Field, *, at: datetime) -> pl.DataFrame:
    """``STAYS``, by stage as declared, then by name, blank last (null).

    A visit lasts from the moment a record comes to a stage until it moves on or leaves; of those whose beginning nobody
    knows any more only the number counts. Days are of 24 hours.
    """
    changes = course.filter(
        (pl.col("record_id") != pl.col("record_id").shift()).fill_null(value=True)
        | (pl.col("value") != pl.col("value").shift())
        | (pl.col("there") != pl.col("there").shift())
    )
    moment = pl.col("at").str.to_datetime(_MOMENT, time_zone="UTC", strict=False, ambiguous="earliest")
    until = pl.when(pl.col("record_id").shift(-1) == pl.col("record_id")).then(moment.shift(-1))
    visits = (
        changes.with_columns(
            _begin=moment, _end=until, _open=pl.col("record_id").shift(-1) != pl.col("record_id")
        )
        .filter("there")
        .with_columns(_open=pl.col("_open").fill_null(value=True))
        .with_columns(
            _days=(
                pl.coalesce("_end", pl.lit(at).dt.cast_time_unit("us")) - pl.col("_begin")
            ).dt.total_microseconds()
            / _DAY
        )
    )
    ended, open_ = pl.col("_days").filter(~pl.col("_open")), pl.col("_days").filter("_open")
    found = visits.group_by(stage="value").agg(
        visits=pl.len().cast(pl.Int64),
        ended=(~pl.col("_open")).sum().cast(pl.Int64),
        median_days=ended.median(),
        mean_days=ended.mean(),
        p90_days=ended.quantile(0.9, interpolation="linear"),
        open=pl.col("_open").sum().cast(pl.Int64),
        open_median_days=open_.median(),
    )
    order = in_order(field, found["stage"].to_list())
    ranked = pl.DataFrame({"stage": order}, schema={"stage": pl.String}).join(
        found, on="stage", how="left", maintain_order="left"
    )
    return ranked.with_columns(stage=pl.when(pl.col("stage") != "").then("stage")).select(
        pl.col(name).cast(dtype) for name, dtype in STAYS.items()
    )
