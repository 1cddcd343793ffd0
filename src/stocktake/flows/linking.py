"""Linking: what an import says of links that are there: seen, back, missing, renamed, remembering (PRE-4, PLN-19)."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from stocktake.flows.moving import aside_keys
from stocktake.flows.staleness import stale
from stocktake.model.plan import Plan
from stocktake.ports.store import Unit

#: What a link remembers of its source's word; nothing once the source calls the record by another id (PRE-19).
_SAID = ("row_hash", "mapping_id", "said")


def write_links(unit: Unit, plan: Plan, run_id: int, mapping_id: int, at: datetime) -> None:
    """Write to the links that were there before; those whose id has moved go by their new key. Raises ``StalePlan``."""
    frames, record_type = plan.frames, plan.record_type.name
    mine, this_run = pl.lit(plan.source.name).alias("source"), pl.lit(run_id, dtype=pl.Int64)
    spoke = frames.restated.filter("_spoke").select(mine, external_id="_key", row_hash="_hash", said="_said")
    back = frames.restated.filter(~pl.col("_spoke")).select(mine, external_id="_key")
    aside = pl.col("_key").replace(aside_keys(plan))
    missing = frames.absent.filter(pl.col("_action") != "delete").select(
        mine,
        external_id=aside,
        held_run=pl.when(pl.col("_action") == "held").then(this_run),
        kept_run=pl.when(pl.col("_rule") == "kept").then(this_run),
    )
    renamed = frames.absent.filter(pl.col("_rule").cast(pl.String) == "rekeyed").select(
        mine, external_id=aside
    )
    before = unit.latest_import(plan.source.name, record_type, full_snapshot=True)
    last = before.run_id if before else None
    own = pl.col("_source") == plan.source.name
    overwritten = frames.overwritten.select(
        source="_source", external_id=pl.when(own).then(aside).otherwise("_key"), said="_said"
    )
    met = (
        (unit.see_links(record_type, spoke, run_id=run_id, mapping_id=mapping_id), spoke),
        (unit.see_links(record_type, back, run_id=run_id), back),
        (
            unit.change_links(record_type, frames.seen.select(mine, external_id="_key"), last_run=run_id),
            frames.seen,
        ),
        (unit.miss_links(record_type, missing, at=at, run_id=run_id, seen_run=last), missing),
        (unit.change_links(record_type, overwritten, changed_run=run_id), overwritten),
        (unit.change_links(record_type, renamed, **dict.fromkeys(_SAID)), renamed),
    )
    if any(count != frame.height for count, frame in met):
        raise stale("Links of this source have changed since this plan was made.", [])
