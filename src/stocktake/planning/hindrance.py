"""What stands in the way of undoing a run: kept, blocked or gone, and by whom (ROL-4, ROL-5, ROL-13)."""

from __future__ import annotations

import polars as pl

#: Changed again later; referred to by a record that stays; no longer there.
KEPT, BLOCKED, GONE = "kept", "blocked", "gone"
BUCKETS = (KEPT, BLOCKED, GONE)

#: A line per record and reason. ``_by_run``: the run or edit that did it last. ``_fields``: which values stay, by commas.
#: ``_by_type, _by_record, _by_name``: the record that refers to a blocked one.
HINDRANCES = {
    "record_type": pl.String,
    "_record_id": pl.Int64,
    "_name": pl.String,
    "_bucket": pl.String,
    "_why": pl.String,
    "_by_run": pl.Int64,
    "_by_source": pl.String,
    "_fields": pl.String,
    "_by_type": pl.String,
    "_by_record": pl.Int64,
    "_by_name": pl.String,
}

_RECORD = ["record_type", "_record_id"]


def hindered(frame: pl.DataFrame, record_type: str, bucket: str, why: str) -> pl.DataFrame:
    """Lines of ``frame`` (``_record_id`` and what else is known of each) as ``HINDRANCES``."""
    told = frame.with_columns(record_type=pl.lit(record_type), _bucket=pl.lit(bucket), _why=pl.lit(why))
    return told.select(
        (pl.col(name) if name in told.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in HINDRANCES.items()
    )


def none_hindered() -> pl.DataFrame:
    """Nothing in the way."""
    return pl.DataFrame(schema=HINDRANCES)


def once(found: pl.DataFrame) -> pl.DataFrame:
    """Each record under the first reason that keeps it, or that it is gone; in order."""
    return found.unique(_RECORD, keep="first", maintain_order=True).sort(_RECORD)


def counts(found: pl.DataFrame) -> dict[str, int]:
    """How many records are kept, blocked and gone."""
    distinct = found.select(*_RECORD, "_bucket").unique(_RECORD, keep="first", maintain_order=True)
    told = dict(distinct["_bucket"].value_counts().iter_rows())
    return {name: int(told.get(name, 0)) for name in BUCKETS}


def later_runs(found: pl.DataFrame) -> list[int]:
    """The runs that stand in the way, newest first."""
    return sorted(set(found["_by_run"].drop_nulls().to_list()), reverse=True)
