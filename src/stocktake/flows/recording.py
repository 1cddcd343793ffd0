"""Recording: what a run leaves for people, lineage and its rollback, in the one transaction (APP-1, LIN, HIS)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import polars as pl

from stocktake.model.plan import Plan
from stocktake.planning import ruling
from stocktake.planning.assembly import external_id
from stocktake.planning.beside import beside, beside_rows, picked
from stocktake.planning.naming import named
from stocktake.ports.frame import (
    ABSENT_RECORDS,
    DELETED_LINKS,
    DELETED_RECORDS,
    LINK_IMAGE,
    REAPPEARED_ROWS,
    SEEN_IMAGE,
    RawChunk,
)
from stocktake.ports.progress import Progress
from stocktake.ports.store import Unit
from stocktake.reporting import sentence
from stocktake.reporting.override import overrides
from stocktake.reporting.ruling import settlements

_ENTRY = {"act": pl.String, "sentence": pl.String}


def keep_images(unit: Unit, plan: Plan, run_id: int) -> None:
    """What the run is about to overwrite, for its rollback (ROL-2)."""
    frames, record_type = plan.frames, plan.record_type
    deleted = frames.absent.filter(pl.col("_action") == "delete")["_record_id"].unique()
    if not deleted.is_empty():
        unit.keep_image(run_id, DELETED_RECORDS, unit.record_image(record_type, deleted))
        unit.keep_image(run_id, DELETED_LINKS, unit.link_image_of(record_type.name, deleted))
    gone = frames.absent.filter(pl.col("_action") == "retire")
    given = [each["_record_id"] for each in (frames.succession, frames.displaced) if each is not None]
    touched = pl.concat([frames.updates["_record_id"], gone["_record_id"], *given]).unique()
    if not touched.is_empty():
        unit.keep_image(run_id, "lineage", unit.lineage_image(record_type, touched))
    mine = pl.lit(plan.source.name).alias("source")
    named = pl.concat(
        [
            frames.restated.select(mine, external_id="_key"),
            frames.absent.filter(pl.col("_action") != "delete").select(mine, external_id="_key"),
            frames.overwritten.select(source="_source", external_id="_key"),
        ]
    ).unique()
    moved = ruling.moved(frames.ruled).select(mine, external_id="_key")  # which are kept whole
    if not moved.is_empty():
        named = named.join(moved, on=["source", "external_id"], how="anti", maintain_order="left")
    if not named.is_empty():
        unit.keep_image(run_id, "links", unit.link_image(record_type.name, named, LINK_IMAGE))
    seen = frames.seen.select(mine, external_id="_key")
    if not seen.is_empty():
        unit.keep_image(run_id, "seen", unit.link_image(record_type.name, seen, SEEN_IMAGE))


def keep_trail(
    unit: Unit, plan: Plan, created: pl.DataFrame, run_id: int, *, by: str, at: datetime, progress: Progress
) -> None:
    """Keep the raw rows, the field changes, the history and the audit of a run; ``created``: ``id, _row``."""
    name = plan.record_type.name
    unit.keep_raw_chunks(run_id, _chunks(plan, created, progress))
    if not plan.frames.problems.is_empty():
        unit.keep_image(run_id, "problems", plan.frames.problems)
    _keep_absent(unit, plan, run_id)
    unit.keep_changes(
        run_id,
        name,
        plan.frames.changes.select("field", "before", "after", record_id="_record_id", act="_action"),
    )
    unit.keep_history(run_id, name, plan.frames.history.rename({"_record_id": "record_id"}), at=at)
    _log(unit, plan, created, run_id, by=by, at=at)


def _keep_absent(unit: Unit, plan: Plan, run_id: int) -> None:
    """What became of records without a row, and which rows came back, for whoever asks the run later (PRE-22)."""
    absent = plan.frames.absent.select(
        record_id="_record_id",
        external_id="_external",
        name="_name",
        decision=pl.col("_action").cast(pl.String),
        reason=pl.col("_rule").cast(pl.String),
        elsewhere="_elsewhere",
    )
    if not absent.is_empty():
        unit.keep_image(run_id, ABSENT_RECORDS, absent)
    back = plan.frames.rows.filter("_back").select(row="_row")
    if not back.is_empty():
        unit.keep_image(run_id, REAPPEARED_ROWS, back)


def _chunks(plan: Plan, created: pl.DataFrame, progress: Progress) -> Iterator[RawChunk]:
    """The rows as read, beside what became of them (LIN-2, LIN-9, LIN-11), in chunks."""
    rows = plan.frames.rows
    if not created.is_empty():
        rows = beside_rows(rows, created.select("_row", _created="id")).with_columns(
            _record_id=pl.coalesce("_record_id", "_created")
        )
    outcomes = pl.concat(
        [
            _with_twins(rows).select(
                decision=pl.col("_action").cast(pl.String),
                reason=pl.col("_rule").cast(pl.String),
                record_id="_record_id",
                external_id=external_id(),
            ),
            plan.frames.summary,
        ],
        how="horizontal",
    )
    start = 0
    for content, height in zip(plan.frames.cells.chunks(), plan.frames.cells.heights, strict=True):
        yield RawChunk(first_row=start, cells=content, outcome=outcomes.slice(start, height))
        start += height
        progress.advance(height)


def _with_twins(rows: pl.DataFrame) -> pl.DataFrame:
    """``rows``, in which a duplicate leads to the record of the row it gave way to."""
    duplicate = pl.col("_action") == "duplicate"
    if not rows.select(duplicate.any()).item():
        return rows
    twins = picked(rows, pl.col("_record_id").is_not_null(), "_key", _twin="_record_id").unique("_key")
    return beside(rows, twins, "_key").with_columns(
        _record_id=pl.when(duplicate).then(pl.coalesce("_record_id", "_twin")).otherwise("_record_id")
    )


def _log(unit: Unit, plan: Plan, created: pl.DataFrame, run_id: int, *, by: str, at: datetime) -> None:
    """One readable sentence per act that people will ask about (PRE-21)."""
    ruled, giving = _with_new_ids(plan, created)
    lifecycle = plan.record_type.lifecycle
    status, retired = (lifecycle.field, lifecycle.retired) if lifecycle else (None, None)
    source, absent, rows = plan.source.name, plan.frames.absent, plan.frames.rows
    how = "a full snapshot" if plan.strategy == "snapshot" else plan.strategy
    said = f"{by} imported {plan.file.name} from {source} as {how}: {sentence.tally(plan.counts)}."
    decided, changes = overrides(plan, by=by), plan.frames.changes
    returning = named(rows.filter(pl.col("_action") == "reactivate"), plan)
    refused = bool(plan.options.no_reactivate) or plan.options.reactivate_only is not None
    staying = named(rows.filter(pl.col("_suppressed") & refused), plan)
    retiring = plan.frames.updates.filter("_retires")["_row"]
    retired_by_row = named(rows.filter(pl.col("_row").is_in(retiring.implode())), plan)
    told: dict[str, Any] = {"run_id": run_id, "by": by}
    entries = pl.concat(
        [
            pl.DataFrame({"act": ["import"], "sentence": [said]}),
            pl.DataFrame({"act": ["override"] * len(decided), "sentence": decided}, schema=_ENTRY),
            sentence.deletions(absent, source, plan.file.name),
            sentence.retirements(absent, source, status, retired, **told),
            sentence.stated(retired_by_row, changes, source, status, **told),
            settlements(ruled, plan.record_type, source, plan.file.name, by=by),
            sentence.displacements(giving, plan.record_type, plan.file.name),
            sentence.holds(absent, source),
            sentence.kept(absent, source, by=by),
            sentence.left_retired(staying, source),
            sentence.returns(returning, changes, source, status, **told),
        ],
        how="diagonal",
    )
    unit.log(run_id, entries, at=at, actor=by, source=source, record_type=plan.record_type.name)


def _with_new_ids(plan: Plan, created: pl.DataFrame) -> tuple[pl.DataFrame | None, pl.DataFrame | None]:
    """What was decided of rows, and which records give way to them, with the numbers of the records that they made."""
    ruled, giving = plan.frames.ruled, plan.frames.displaced
    if ruled is None:
        return None, giving
    ids = created.select("_row", _new=pl.col("id"))
    told = ruled.join(ids, on="_row", how="left", maintain_order="left").with_columns(
        _is_new=pl.col("_to").is_null(), _to=pl.coalesce("_to", "_new"), _called=ruling.row_name()
    )
    if giving is not None:
        to = told.select("_line", "_to")
        giving = giving.join(to, on="_line", how="left", maintain_order="left").with_columns(
            _by=pl.coalesce("_by", "_to")
        )
    return told, giving


def stats(plan: Plan) -> dict[str, int]:
    """The numbers that the run's row keeps (INT-2, FRE-1)."""
    counts = plan.counts
    return {
        **counts,
        "created": counts["create"],
        "updated": counts["update"],
        "retired": counts["retire"],
        "reactivated": counts["reactivate"],
        "skipped": counts["unchanged"] + counts["duplicate"] + counts["skip"],
        "records": plan.deduplication.existing_records
        + counts["create"]
        + counts["reactivate"]
        - counts["retire"]
        - counts["delete"],
        "unreviewed": 0 if plan.options.allow_retire is not None else counts["retire"] + counts["delete"],
        "accepted_baseline": int(plan.options.accept_baseline),
        "errors": counts["reject"] + counts["conflict"] + counts["ambiguous"],
        "record_count": counts["create"] + counts["update"] + counts["reactivate"] + counts["unchanged"],
    }
