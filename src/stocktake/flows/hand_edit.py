"""Values that a person gave: forgotten when a run takes their place, given back when that run is undone (PRE-24)."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from stocktake.model.plan import Plan
from stocktake.planning.assembly import WHOLE
from stocktake.ports.frame import HAND_EDIT, HAND_EDITS
from stocktake.ports.store import Unit

_IMAGE = {"record_type": pl.String, **HAND_EDIT}


def forget_overwritten(unit: Unit, plan: Plan, run_id: int) -> None:
    """Values that this run overwrites are no person's any more; what they were is kept for its rollback."""
    written = {plan.record_type.name: plan.frames.changes.select("field", record_id="_record_id")}
    told = plan.frames.references
    if told is not None:
        for (name,), mine in told.relinked.select("record_type", "field", "record_id").group_by(
            "record_type"
        ):
            also = [written[str(name)]] if name in written else []
            written[str(name)] = pl.concat([*also, mine.select("field", "record_id")])
    forget_written(unit, written, run_id)


def forget_written(unit: Unit, written: Mapping[str, pl.DataFrame], run_id: int) -> None:
    """The same of whatever is written: type → ``field, record_id``; the field ``*`` stands for a record that goes."""
    gone = [pl.DataFrame(schema=_IMAGE)]
    for name, changes in sorted(written.items()):
        edits = unit.hand_edits(name) if changes.height else pl.DataFrame()
        if edits.is_empty():
            continue
        whole = changes.filter(pl.col("field") == WHOLE)["record_id"]
        hit = pl.concat(
            [
                edits.join(changes, on=["record_id", "field"], how="semi"),
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
