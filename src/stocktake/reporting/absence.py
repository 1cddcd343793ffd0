"""What became of the records that a file lacked, as its run keeps it (PRE-22)."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl


def explained_absent(absent: pl.DataFrame, reasons: Mapping[str, str]) -> pl.DataFrame:
    """``decision, reason, record_id, name, external_id``; the reason in words, and the sources that still have it."""
    why = pl.col("reason").replace_strict(dict(reasons), default=pl.col("reason"), return_dtype=pl.String)
    return absent.select(
        "decision",
        pl.when((pl.col("reason") == "elsewhere") & pl.col("elsewhere").is_not_null())
        .then(pl.format("{}: {}", why, pl.col("elsewhere")))
        .otherwise(why)
        .alias("reason"),
        "record_id",
        "name",
        "external_id",
    )
