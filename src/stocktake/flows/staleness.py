"""Is the plan still true? Asked under the lock, of what the plan touches and of nothing else (PLN-9, PLN-23)."""

from __future__ import annotations

from typing import Any

import polars as pl

from stocktake.cleaning.identity import rungs
from stocktake.flows.sweeping import had_elsewhere, referred_among
from stocktake.model.errors import StalePlan
from stocktake.model.plan import Plan
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source
from stocktake.ports.store import Unit

#: So many of the rows that moved are listed.
SHOWN = 100


def check_fresh(
    unit: Unit, plan: Plan, keepers: tuple[Source, ...], referring: tuple[tuple[RecordType, str], ...]
) -> None:
    """Refuse a plan whose ground has moved: StalePlan ``stale-plan``, with the rows that differ."""
    record_type, source = plan.record_type, plan.source
    if plan.content_run is not None and unit.runs(limit=1, run_id=plan.content_run)[0].raw_pruned_at:
        raise stale("The raw rows that this plan would repeat were pruned since it was made.", [])
    referred = _referred_meanwhile(unit, plan, referring)
    if referred:
        raise stale("Records that this plan deletes are referred to by now.", referred)
    if unit.target_version(record_type.name) == plan.state.target_version:
        return
    moved = [
        *_records_moved(unit, plan),
        *_links_moved(unit, plan),
        *_identities_taken(unit, plan),
        *_presence_moved(unit, plan, keepers),
    ]
    if unit.links_version(source.name, record_type.name) != plan.state.links_version:
        newest = unit.latest_import(source.name, record_type.name)
        by = f" by run {newest.run_id}" if newest and newest.run_id > plan.state.last_run else ""
        raise stale(f"{source.name} was imported or rolled back{by} since this plan was made.", moved)
    if moved:
        raise stale("Records that this plan touches have changed since it was made.", moved)


def stale(message: str, rows: list[dict[str, Any]]) -> StalePlan:
    """The refusal, with what moved."""
    return StalePlan(
        "stale-plan",
        message + " Nothing was written.",
        hint="Plan again: the preview will show what has changed.",
        details={"rows": rows[:SHOWN], "count": len(rows)},
    )


def _records_moved(unit: Unit, plan: Plan) -> list[dict[str, Any]]:
    """Touched records whose version is another one now, or that are gone."""
    frames = plan.frames
    touched = pl.concat(
        frame.select("_record_id", "_version") for frame in (frames.updates, frames.absent, frames.adoptions)
    ).unique("_record_id")
    now = unit.record_values(plan.record_type, touched["_record_id"], ())
    differing = touched.join(
        now.select("_record_id", _now="_version", _changed_run="_changed_run"), on="_record_id", how="left"
    ).filter(pl.col("_now").ne_missing(pl.col("_version")))
    return [
        {
            "record_id": row["_record_id"],
            "what": "record is gone" if row["_now"] is None else "record was changed",
            "by_run": row["_changed_run"],
        }
        for row in differing.head(SHOWN).iter_rows(named=True)
    ]


def _links_moved(unit: Unit, plan: Plan) -> list[dict[str, Any]]:
    """Links this plan writes that other runs have written since: what their source said last has changed."""
    frames, own = plan.frames, plan.source.name
    touched = pl.concat(
        [
            frames.restated.select(_source=pl.lit(own), _key="_key"),
            frames.absent.select(_source=pl.lit(own), _key="_key"),
            frames.overwritten.select("_source", "_key"),
        ]
    )
    moved = []
    for source in touched["_source"].unique().sort().to_list():
        newer = unit.links_written_since(source, plan.record_type.name, plan.state.last_run)
        mine = touched.filter(pl.col("_source") == source)
        moved += [
            {
                "record_id": row["_record_id"],
                "what": f"its link to {source} was written",
                "by_run": row["_by_run"],
            }
            for row in newer.join(mine, on="_key", how="semi").head(SHOWN).iter_rows(named=True)
        ]
    return moved


def _identities_taken(unit: Unit, plan: Plan) -> list[dict[str, Any]]:
    """Rows to be created whose identity a record has got meanwhile; a rollback may have given any record one back."""
    record_type = plan.record_type
    fields = list(dict.fromkeys(part for rung in record_type.identity for part in rung))
    if not fields or plan.frames.creates.is_empty():
        return []
    undone = unit.rolled_back_since(record_type.name, plan.state.last_run)
    newer = (
        unit.identities(record_type, fields)
        if undone
        else unit.identities_since(record_type, fields, plan.state.last_run)
    )
    if newer.is_empty():
        return []
    theirs = pl.concat([newer.select("_record_id"), rungs(newer, record_type)], how="horizontal")
    ours = pl.concat(
        [plan.frames.creates.select("_line"), rungs(plan.frames.creates, record_type)], how="horizontal"
    )
    found: list[dict[str, Any]] = []
    for index in range(len(record_type.identity)):
        name = f"_rung{index}"
        taken = ours.filter(pl.col(name).is_not_null()).join(
            theirs.select(name, "_record_id"), on=name, how="inner"
        )
        found += [
            {
                "line": row["_line"],
                "record_id": row["_record_id"],
                "what": "a record with this identity exists by now",
            }
            for row in taken.head(SHOWN).iter_rows(named=True)
        ]
    return found


def _referred_meanwhile(
    unit: Unit, plan: Plan, referring: tuple[tuple[RecordType, str], ...]
) -> list[dict[str, Any]]:
    """Records to be deleted that records, of any type, have come to refer to."""
    going = plan.frames.absent.filter(pl.col("_action") == "delete")["_record_id"].unique()
    found = referred_among(unit, referring, going) if not going.is_empty() else going
    return [
        {"record_id": each, "what": "another record refers to it"} for each in found.head(SHOWN).to_list()
    ]


def _presence_moved(unit: Unit, plan: Plan, keepers: tuple[Source, ...]) -> list[dict[str, Any]]:
    """Absent records that other sources have started or stopped to keep."""
    absent = plan.frames.absent
    if absent.is_empty():
        return []
    found = had_elsewhere(
        unit, plan.strategy, absent, plan.source, keepers, plan.record_type.name, plan.made_at
    )
    now = found.rename({"_elsewhere": "_now"})
    moved = (
        absent.select("_record_id", "_elsewhere").unique("_record_id").join(now, on="_record_id", how="left")
    )
    differing = moved.filter(pl.col("_elsewhere").is_null() != pl.col("_now").is_null())
    return [
        {
            "record_id": row["_record_id"],
            "what": f"now present in {row['_now']}" if row["_now"] else f"no longer in {row['_elsewhere']}",
        }
        for row in differing.head(SHOWN).iter_rows(named=True)
    ]
