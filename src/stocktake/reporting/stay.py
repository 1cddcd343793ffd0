"""Time in a stage: how often records came to each value of a tracked field, and how long they stayed (HIS-6)."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from stocktake.model.record_type import Field
from stocktake.reporting.course import opens
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


def stays(tracks: pl.DataFrame, field: Field, *, at: datetime) -> pl.DataFrame:
    """``STAYS`` of ``reporting.track.TRACKS``, by stage as declared, then by name, blank last (null).

    A visit lasts from the moment a record comes to a stage until it moves on or leaves; of those whose beginning nobody
    knows any more only the number counts. Days are of 24 hours.
    """
    visits = _visits(tracks, at)
    spread = visits.drop_nulls("_days").group_by("value", "_open", "_days").agg(pl.col("records").sum())
    spread = spread.sort("value", "_open", "_days").with_columns(
        _up_to=pl.col("records").cum_sum().over("value", "_open"),
        _all=pl.col("records").sum().over("value", "_open"),
    )
    ended, open_ = spread.filter(~pl.col("_open")), spread.filter("_open")
    found = visits.group_by("value").agg(
        visits=pl.col("records").sum(),
        ended=pl.col("records").filter(~pl.col("_open")).sum(),
        open=pl.col("records").filter("_open").sum(),
    )
    told = (
        _within(ended, 0.5, "median_days"),
        ended.group_by("value").agg(
            mean_days=(pl.col("_days") * pl.col("records")).sum() / pl.col("records").sum()
        ),
        _within(ended, 0.9, "p90_days"),
        _within(open_, 0.5, "open_median_days"),
    )
    for each in told:
        found = found.join(each, on="value", how="left")
    order = in_order(field, found["value"].to_list())
    ranked = pl.DataFrame({"value": order}, schema={"value": pl.String}).join(
        found, on="value", how="left", maintain_order="left"
    )
    return ranked.with_columns(stage=pl.when(pl.col("value") != "").then("value")).select(
        pl.col(name).cast(dtype) for name, dtype in STAYS.items()
    )


def _visits(tracks: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """``value, records, _open, _days``: how long each visit took, or has taken so far."""
    changes = tracks.filter(opens("track", "value", "there"))
    moment = pl.col("at").str.to_datetime(_MOMENT, time_zone="UTC", strict=False, ambiguous="earliest")
    goes_on = (pl.col("track").shift(-1) == pl.col("track")).fill_null(value=False)
    until = pl.when(goes_on).then(moment.shift(-1)).otherwise(pl.lit(at).dt.cast_time_unit("us"))
    return (
        changes.with_columns(_begin=moment, _end=until, _open=~goes_on)
        .filter("there")
        .select(
            "value",
            "records",
            "_open",
            _days=(pl.col("_end") - pl.col("_begin")).dt.total_microseconds() / _DAY,
        )
    )


def _within(spread: pl.DataFrame, share: float, name: str) -> pl.DataFrame:
    """``value`` and ``name``: so many days that ``share`` of the visits took at most, between two of them in proportion."""
    place = (pl.col("_all") - 1) * share
    low, high = (
        spread.filter(pl.col("_up_to") > at, pl.col("_up_to") - pl.col("records") <= at)
        for at in (place.floor(), place.ceil())
    )
    return low.join(high, on="value").select(
        "value",
        (pl.col("_days") + (pl.col("_days_right") - pl.col("_days")) * (place - place.floor())).alias(name),
    )
