"""Held retirements: which still wait for a person, and what becomes of them (PRE-16, PRE-32)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from stocktake.model.source import Guards
from stocktake.planning.expression import decision
from stocktake.planning.table import SNAPSHOT

#: A held retirement waits for a person, until its hold expires: then its record is kept, flagged (PRE-16, PRE-32).
OPEN, EXPIRED = "open", "expired"

#: A held retirement. ``why``: what the guard of that run said.
HELD = {
    "source": pl.String,
    "record_type": pl.String,
    "external_id": pl.String,
    "external_id_raw": pl.String,
    "record_id": pl.Int64,
    "name": pl.String,
    "held_run": pl.Int64,
    "missing_since": pl.String,
    "why": pl.String,
}


def waiting(held: pl.DataFrame, days: Mapping[str, int], at: datetime) -> pl.DataFrame:
    """``held`` with ``expires`` and ``state``: how long the sources hold, counted from when the guard did.

    held: ``source, held_at`` …; days: source → its ``hold_days``. A hold expires on the stroke of its last day.
    """
    ends = pl.col("held_at") + pl.duration(
        days=pl.col("source").replace_strict(dict(days), default=Guards().hold_days, return_dtype=pl.Int64)
    )
    over = pl.col("expires") <= pl.lit(at)
    return held.with_columns(expires=ends).with_columns(
        state=pl.when(over).then(pl.lit(EXPIRED)).otherwise(pl.lit(OPEN))
    )


def decided(
    absent: pl.DataFrame, records: pl.DataFrame, elsewhere: pl.DataFrame, *, keeps: bool
) -> pl.DataFrame:
    """What becomes of held links by a person's word: ``_action, _rule`` by the sweep's own rules.

    absent: ``_key, _record_id, _name``; records: values, ``_version, _retired``; elsewhere: ``_record_id, _elsewhere``.
    """
    facts = (
        absent.join(records, on="_record_id", how="left", maintain_order="left")
        .join(elsewhere, on="_record_id", how="left", maintain_order="left")
        .with_columns(
            incoming=pl.lit(value=False),
            retired=pl.col("_retired"),
            kept=pl.lit(value=keeps),
            elsewhere=pl.col("_elsewhere").is_not_null(),
            _waited=pl.lit(value=False),
            _keyless=pl.lit(value=False),
        )
    )
    known = {"incoming", "retired", "kept", "elsewhere"}
    return facts.with_columns(decision(SNAPSHOT, known).alias("_decision")).unnest("_decision")


def counts(absent: pl.DataFrame) -> dict[str, int]:
    """How many held retirements were retired, kept by a person, or stay because of others."""
    action = absent["_action"]
    return {
        "reviewed": absent.height,
        "retire": absent.filter(pl.col("_action") == "retire")["_record_id"].n_unique(),
        "kept": int((action == "suppressed").sum()),
        "elsewhere": int((action == "missing").sum()),
    }
