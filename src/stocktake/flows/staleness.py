"""Is the plan still true? Asked under the lock, of what the plan touches and of nothing else (PLN-9, PLN-23)."""

from __future__ import annotations

from typing import Any

import polars as pl

from stocktake.cleaning.identity import rungs
from stocktake.flows.overwriting import overwritten
from stocktake.flows.sweeping import had_elsewhere, referred_among
from stocktake.model.errors import StalePlan
from stocktake.model.plan import Plan
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source
from stocktake.planning import displacing, ruling
from stocktake.planning.assembly import external_id
from stocktake.planning.beside import picked
from stocktake.ports.store import Unit

#: So many of the rows that moved are listed.
SHOWN = 100

#: What moved: the row of the file and the external id, where it has them, the record, what happened to it, and by which run.
MOVED = {
    "line": pl.UInt32,
    "external_id": pl.String,
    "record_id": pl.Int64,
    "what": pl.String,
    "by_run": pl.Int64,
}


def check_fresh(
    unit: Unit, plan: Plan, keepers: tuple[Source, ...], referring: tuple[tuple[RecordType, str], ...]
) -> None:
    """Refuse a plan whose ground has moved: StalePlan ``stale-plan``, with the rows that differ."""
    record_type, source = plan.record_type, plan.source
    if plan.content_run is not None and unit.runs(limit=1, run_id=plan.content_run)[0].raw_pruned_at:
        raise stale("The raw rows that this plan would repeat were pruned since it was made.", [])
    referred = _referred_meanwhile(unit, plan, referring)
    if not referred.is_empty():
        raise stale("Records that this plan deletes are referred to by now.", _placed(plan, referred))
    if unit.target_version(record_type.name) == plan.state.target_version:
        return
    found = [
        _records_moved(unit, plan),
        _links_moved(unit, plan),
        _memories_moved(unit, plan),
        _ranks_moved(unit, plan),
        _identities_taken(unit, plan),
        _presence_moved(unit, plan, keepers),
    ]
    moved = _placed(plan, pl.concat(found))
    if unit.links_version(source.name, record_type.name) != plan.state.links_version:
        newest = unit.latest_import(source.name, record_type.name)
        by = f" by run {newest.run_id}" if newest and newest.run_id > plan.state.last_run else ""
        raise stale(f"{source.name} was imported or rolled back{by} since this plan was made.", moved)
    if not moved.is_empty():
        raise stale("Records that this plan touches have changed since it was made.", moved)


def stale(message: str, moved: pl.DataFrame | list[dict[str, Any]]) -> StalePlan:
    """The refusal, with what moved: ``MOVED``, of which the first are listed without what they leave blank."""
    rows = moved.head(SHOWN).to_dicts() if isinstance(moved, pl.DataFrame) else moved[:SHOWN]
    return StalePlan(
        "stale-plan",
        message + " Nothing was written.",
        hint="Plan again: the preview will show what has changed.",
        details={
            "rows": [{name: value for name, value in row.items() if value is not None} for row in rows],
            "count": len(moved),
        },
    )


def used(run_id: int) -> StalePlan:
    """The refusal of a plan that a run has taken (PLN-24)."""
    return StalePlan(
        "plan-used",
        f"This plan was taken already, by run {run_id}. A plan is applied at most once.",
        hint="Plan again.",
        details={"run_id": run_id},
    )


def _moved(found: pl.DataFrame, **columns: pl.Expr) -> pl.DataFrame:
    """``found`` as ``MOVED``; what is not among ``columns`` is blank."""
    told = found.select(**columns)
    return told.select(
        (pl.col(name) if name in columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in MOVED.items()
    )


def _placed(plan: Plan, moved: pl.DataFrame) -> pl.DataFrame:
    """``moved``, a line per record, with the line and the external id by which people find it in the file."""
    wanted, frames = pl.col("_record_id").is_in(moved["record_id"].drop_nulls().implode()), plan.frames
    known = pl.concat(
        [
            picked(frames.rows, wanted, record_id="_record_id", _line="_line", _external=external_id()),
            picked(
                frames.absent,
                wanted,
                record_id="_record_id",
                _line=pl.lit(None, dtype=pl.UInt32),
                _external="_external",
            ),
        ]
    ).unique("record_id", keep="first", maintain_order=True)
    return (
        moved.join(known, on="record_id", how="left", maintain_order="left")
        .select(
            pl.coalesce("line", "_line").alias("line"),
            pl.coalesce("external_id", "_external").alias("external_id"),
            "record_id",
            "what",
            "by_run",
        )
        .unique(["line", "record_id"], keep="first", maintain_order=True)
        .sort("line", nulls_last=True, maintain_order=True)
    )


def _records_moved(unit: Unit, plan: Plan) -> pl.DataFrame:
    """Touched records whose version is another one now, or that are gone."""
    frames = plan.frames
    touched = pl.concat(
        frame.select("_record_id", "_version")
        for frame in (frames.updates, frames.absent, frames.adoptions, frames.displaced)
        if frame is not None
    ).unique("_record_id", maintain_order=True)
    now = unit.record_values(plan.record_type, touched["_record_id"], ())
    differing = touched.join(
        now.select("_record_id", _now="_version", _changed_run="_changed_run"),
        on="_record_id",
        how="left",
        maintain_order="left",
    ).filter(pl.col("_now").ne_missing(pl.col("_version")))
    gone = pl.when(pl.col("_now").is_null()).then(pl.lit("record is gone"))
    return _moved(
        differing,
        record_id=pl.col("_record_id"),
        what=gone.otherwise(pl.lit("record was changed")),
        by_run=pl.col("_changed_run"),
    )


def _links_moved(unit: Unit, plan: Plan) -> pl.DataFrame:
    """Links of its own source that this plan writes and that other runs have written since.

    Those of other sources are compared word by word (:func:`_memories_moved`): stamped anew, they say what they said.
    """
    frames, own = plan.frames, plan.source.name
    keys = (frames.restated, frames.absent, ruling.moved(frames.ruled))
    mine = pl.concat(each.select("_key") for each in keys)
    if mine.is_empty():
        return pl.DataFrame(schema=MOVED)
    newer = unit.links_written_since(own, plan.record_type.name, plan.state.last_run)
    return _moved(
        newer.join(mine, on="_key", how="semi"),
        record_id=pl.col("_record_id"),
        what=pl.lit(f"its link to {own} was written"),
        by_run=pl.col("_by_run"),
    )


def _memories_moved(unit: Unit, plan: Plan) -> pl.DataFrame:
    """Records to be changed of which other sources have spoken since: what they said would be forgotten (PLN-19)."""
    frames, name = plan.frames, plan.record_type.name
    rows = ruling.staying(frames.rows, frames.ruled)
    if frames.displaced is not None:
        alone = displacing.alone(frames.displaced, frames.updates)
        rows = displacing.speaking(rows, alone, frames.restated)
    now = overwritten(unit, plan.record_type, plan.source.name, rows, frames.changes)
    said = ["_source", "_key", "_said"]
    planned = frames.overwritten.select(said)
    differing = pl.concat(
        [now.join(planned, on=said, how="anti"), planned.join(now, on=said, how="anti")], how="vertical"
    )
    if differing.is_empty():
        return pl.DataFrame(schema=MOVED)
    keys = differing.select(source="_source", external_id="_key").unique(maintain_order=True)
    columns = {"source": pl.String, "external_id": pl.String, "record_id": pl.Int64}
    return _moved(
        unit.link_image(name, keys, columns),
        record_id=pl.col("record_id"),
        what=pl.format("{} has said something of it", "source"),
    )


def _ranks_moved(unit: Unit, plan: Plan) -> pl.DataFrame:
    """Records to be changed whose links to others were written since, where sources have an order (PRE-24)."""
    record_type, nothing = plan.record_type, pl.DataFrame(schema=MOVED)
    if not any(each.authority for each in record_type.fields):
        return nothing
    changed = plan.frames.changes["_record_id"].unique()
    newer = unit.links_written_to(record_type.name, changed, plan.state.last_run)
    return _moved(
        newer.filter(pl.col("source") != plan.source.name),
        record_id=pl.col("_record_id"),
        what=pl.format("its link to {} was written", "source"),
        by_run=pl.col("_by_run"),
    )


def _identities_taken(unit: Unit, plan: Plan) -> pl.DataFrame:
    """Rows to be created whose identity a record has got meanwhile; a rollback may have given any record one back."""
    record_type, nothing = plan.record_type, pl.DataFrame(schema=MOVED)
    fields = list(dict.fromkeys(part for rung in record_type.identity for part in rung))
    if not fields or plan.frames.creates.is_empty():
        return nothing
    undone = unit.rolled_back_since(record_type.name, plan.state.last_run)
    newer = (
        unit.identities(record_type, fields)
        if undone
        else unit.identities_since(record_type, fields, plan.state.last_run)
    )
    if newer.is_empty():
        return nothing
    theirs = pl.concat([newer.select("_record_id"), rungs(newer, record_type)], how="horizontal")
    ours = pl.concat(
        [
            plan.frames.creates.select("_line", _external=external_id()),
            rungs(plan.frames.creates, record_type),
        ],
        how="horizontal",
    )
    parts = [nothing]
    for index in range(len(record_type.identity)):
        name = f"_rung{index}"
        taken = ours.filter(pl.col(name).is_not_null()).join(
            theirs.select(name, "_record_id"), on=name, how="inner"
        )
        parts.append(
            _moved(
                taken,
                line=pl.col("_line"),
                external_id=pl.col("_external"),
                record_id=pl.col("_record_id"),
                what=pl.lit("a record with this identity exists by now"),
            )
        )
    return pl.concat(parts)


def _referred_meanwhile(
    unit: Unit, plan: Plan, referring: tuple[tuple[RecordType, str], ...]
) -> pl.DataFrame:
    """Records to be deleted that records, of any type, have come to refer to."""
    going = plan.frames.absent.filter(pl.col("_action") == "delete")["_record_id"].unique()
    found = referred_among(unit, referring, going) if not going.is_empty() else going
    return _moved(
        found.to_frame("_record_id"),
        record_id=pl.col("_record_id"),
        what=pl.lit("another record refers to it"),
    )


def _presence_moved(unit: Unit, plan: Plan, keepers: tuple[Source, ...]) -> pl.DataFrame:
    """Absent records that other sources have started or stopped to keep."""
    absent = plan.frames.absent
    if absent.is_empty():
        return pl.DataFrame(schema=MOVED)
    found = had_elsewhere(
        unit, plan.strategy, absent, plan.source, keepers, plan.record_type.name, plan.made_at
    )
    now = found.rename({"_elsewhere": "_now"})
    moved = (
        absent.select("_record_id", "_elsewhere")
        .unique("_record_id", maintain_order=True)
        .join(now, on="_record_id", how="left", maintain_order="left")
    )
    differing = moved.filter(pl.col("_elsewhere").is_null() != pl.col("_now").is_null())
    came = pl.format("now present in {}", "_now")
    return _moved(
        differing,
        record_id=pl.col("_record_id"),
        what=pl.when(pl.col("_now").is_not_null())
        .then(came)
        .otherwise(pl.format("no longer in {}", "_elsewhere")),
    )
