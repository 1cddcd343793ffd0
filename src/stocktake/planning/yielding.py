"""Yielding: what tells records apart does not come back to one while another has it by now (ROL-5, IDN-1)."""

from __future__ import annotations

import polars as pl

from stocktake.model.record_type import RecordType
from stocktake.planning.ruling import exclusive_rungs

#: A value that stays as it is, since the record ``_holder`` has what would come back.
YIELDED = {"record_id": pl.Int64, "field": pl.String, "_holder": pl.Int64}


def exclusive_keys(record_type: RecordType) -> tuple[tuple[str, ...], ...]:
    """The identities of which no two records may have the same, as their parts, and the unique fields besides."""
    rungs = [
        record_type.identity[int(each.removeprefix("_rung"))] for each in exclusive_rungs(record_type, ())
    ]
    unique = [(each.name,) for each in record_type.fields if each.unique]
    return tuple(dict.fromkeys([*rungs, *unique]))


def shared(told: pl.DataFrame, back: pl.DataFrame, keys: tuple[tuple[str, ...], ...]) -> pl.DataFrame:
    """Who would get what another record has: ``_record_id, _key, _holder``.

    told: ``_record_id, _key, _text``, the ``keys`` (by their place) of records as they would be. back: ``_record_id, field``
    of what comes back. Two records to which the same comes back had it both before.
    """
    parts = pl.concat(
        pl.DataFrame({"_key": str(place), "field": list(key)}) for place, key in enumerate(keys)
    )
    moved = back.join(parts, on="field", how="inner").select("_record_id", "_key").unique()
    returning = told.join(moved, on=["_record_id", "_key"], how="semi", maintain_order="left")
    others = told.join(moved, on=["_record_id", "_key"], how="anti", maintain_order="left")
    return returning.join(
        others.select("_key", "_text", _holder="_record_id"), on=["_key", "_text"], how="inner"
    ).select("_record_id", "_key", "_holder")


def yielded(
    found: pl.DataFrame,
    since: pl.DataFrame,
    made: pl.Series,
    back: pl.DataFrame,
    keys: tuple[tuple[str, ...], ...],
) -> pl.DataFrame:
    """``YIELDED`` of what :func:`shared` ``found``, but where the other record had it before the run already.

    since: ``record_id, field`` of what was changed by the run and after it. made: of records made since.
    """
    parts = pl.concat(
        pl.DataFrame({"_key": str(place), "field": list(key)}) for place, key in enumerate(keys)
    )
    written = since.select(_holder="record_id", field="field").join(parts, on="field", how="inner")
    anew = found.filter(pl.col("_holder").is_in(made.implode()))
    moved = found.join(written, on=["_holder", "_key"], how="semi")
    return (
        pl.concat([anew, moved])
        .join(parts, on="_key", how="inner")
        .join(back, on=["_record_id", "field"], how="semi")
        .select(record_id="_record_id", field="field", _holder="_holder")
        .unique(["record_id", "field"], keep="first", maintain_order=True)
        .sort("record_id", "field")
    )
