"""Held retirements: which still wait for a person, and what becomes of them (PRE-16, PRE-32)."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from stocktake.planning import sweep
from stocktake.planning.expression import decision
from stocktake.planning.table import SNAPSHOT

#: So long a retirement is held; then its record stays, flagged as missing (PRE-16, PRE-32).
HOLD = timedelta(days=30)

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


def open_holds(held: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Those of ``held`` whose hold has not run out."""
    return held.filter(pl.col("missing_since") > (at - HOLD).strftime(sweep.MOMENT))


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
