"""Flapping: records that a source keeps losing and finding again (PRE-8).

A link keeps the last runs in which it came back; how many of them lie within the source's last snapshots says whether it
flaps.
"""

from __future__ import annotations

import polars as pl

#: So many full snapshots are looked back upon, and from so many returns on a record flaps: more than twice in ten.
SNAPSHOTS, RETURNS = 10, 3


def flapping(rows: pl.DataFrame, absent: pl.DataFrame, returns: pl.DataFrame, since: int) -> pl.DataFrame:
    """``_external, _record_id, _line`` of what flaps, of what goes missing (no line) or comes back in a plan.

    rows: ``_key, _key_raw, _keyless, _record_id, _line, _back``. absent: ``_key, _external, _record_id, _waited``.
    returns: ``_key, _back_2, _back_3`` of the source's links: when they came back last but one, and before that.
    since: the run from which on returns count. A row that comes back now is one more return.
    """
    coming = rows.filter(pl.col("_back") & ~pl.col("_keyless")).unique(
        "_key", keep="first", maintain_order=True
    )
    going = absent.filter(~pl.col("_waited"))
    thrice = returns.filter(pl.col("_back_3") >= since)
    twice = returns.filter(pl.col("_back_2") >= since)
    return pl.concat(
        [
            going.join(thrice, on="_key", how="semi", maintain_order="left").select(
                "_external", "_record_id", _line=pl.lit(None, dtype=pl.UInt32)
            ),
            coming.join(twice, on="_key", how="semi", maintain_order="left").select(
                pl.coalesce("_key_raw", "_key").alias("_external"), "_record_id", "_line"
            ),
        ]
    )
