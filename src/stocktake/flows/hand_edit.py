"""Values that a person gave: forgotten when a run takes their place, given back when that run is undone (PRE-24)."""

from __future__ import annotations

import polars as pl

from stocktake.model.plan import Plan
from stocktake.model.run import Run
from stocktake.planning.assembly import WHOLE
from stocktake.ports.store import HAND_EDIT, HAND_EDITS, Unit

_IMAGE = {"record_type": pl.String, **HAND_EDIT}


def forget_overwritten(unit: Unit, plan: Plan, run_id: int) -> None:
    """Values that this run overwrites are no person's any more; what they were is kept for its rollback."""
    own, told = plan.record_type.name, plan.frames.references
    written = [plan.frames.changes.select("field", record_type=pl.lit(own), record_id="_record_id")]
    if told is not None:
        written.append(told.relinked.select("field", "record_type", "record_id"))
    changes = pl.concat(written)
    gone = [pl.DataFrame(schema=_IMAGE)]
    for name in changes["record_type"].unique().sort():
        edits = unit.hand_edits(name)
        if edits.is_empty():
            continue
        mine = changes.filter(pl.col("record_type") == name)
        whole = mine.filter(pl.col("field") == WHOLE)["record_id"]
        hit = pl.concat(
            [
                edits.join(mine, on=["record_id", "field"], how="semi"),
                edits.filter(pl.col("record_id").is_in(whole.implode())),
            ]
        ).unique()
        gone.append(hit.select(pl.lit(name).alias("record_type"), *HAND_EDIT))
    replace_hand_edits(unit, run_id, pl.concat(gone))


def replace_hand_edits(unit: Unit, run_id: int, gone: pl.DataFrame) -> None:
    """Forget hand edits, ``record_type`` and ``HAND_EDIT``, and keep an image of them."""
    if gone.is_empty():
        return
    unit.keep_image(run_id, HAND_EDITS, gone)
    for (name,), mine in gone.group_by("record_type", maintain_order=True):
        unit.forget_hand_edits(str(name), mine)


def give_back_hand_edits(unit: Unit, run: Run) -> None:
    """Undo what a run did to hand edits: its own are forgotten, those whose place it took stand again (ROL-2)."""
    name = run.record_type or ""
    made = unit.hand_edits(name).filter(pl.col("run_id") == run.run_id)
    unit.forget_hand_edits(name, made)
    image = unit.image_of(run.run_id, HAND_EDITS, _IMAGE)
    for (kind,), mine in image.group_by("record_type", maintain_order=True):
        unit.keep_hand_edits(str(kind), mine)
