"""Which records a run changed, for those who recompute what depends on them (APP-10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from stocktake.flows.referral import RELINK, STUB_IMAGE
from stocktake.model.decision import Action
from stocktake.model.record_type import RecordType
from stocktake.model.run import Run, RunKind, RunStatus
from stocktake.ports.frame import DELETED_BLOCK, DELETED_BLOCKS, LINEAGE
from stocktake.ports.store import Unit

CHANGED: dict[str, Any] = {"record_type": pl.String, "record_id": pl.Int64, "act": pl.String}
#: What undoing each act is to a record.
_UNDONE = {
    Action.DELETE.value: Action.CREATE.value,
    Action.RETIRE.value: Action.REACTIVATE.value,
    Action.REACTIVATE.value: Action.RETIRE.value,
}


def changed_records(unit: Unit, run: Run, record_types: Mapping[str, RecordType]) -> pl.DataFrame:
    """``record_type, record_id, act`` of every record that an applied run wrote, of whatever type, by type and id.

    ``act`` is ``create``, ``update``, ``retire``, ``reactivate`` or ``delete``. Runs that only write links, as an
    acknowledgement, change no record. Of a run that was undone the records it created are not there any more, nor here.
    """
    if run.status not in (RunStatus.APPLIED, RunStatus.ROLLED_BACK):
        return pl.DataFrame(schema=CHANGED)
    undone = run.undoes_run if run.kind is RunKind.ROLLBACK else None
    found = _touched(unit, run, run.run_id) if undone is None else _given_back(unit, run, undone)
    stubs = unit.image_of(run.run_id, "stubs", STUB_IMAGE)["record_type"].unique().to_list()
    made = [
        _acted(name, unit.created_ids(record_types[name], run.run_id), Action.CREATE)
        for name in {run.record_type, *stubs} & record_types.keys()
    ]
    return (
        pl.concat([*made, found])
        .unique(["record_type", "record_id"], keep="first", maintain_order=True)
        .sort("record_type", "record_id")
    )


def _touched(unit: Unit, run: Run, run_id: int) -> pl.DataFrame:
    """What a run did to records that were there; one that came back without another change has its image only."""
    acts = unit.acts_of_run(run_id).with_columns(pl.col("act").replace({RELINK: Action.UPDATE.value}))
    back = unit.image_of(run_id, "lineage", LINEAGE)["id"]
    return pl.concat([acts, _acted(run.record_type or "", back, Action.REACTIVATE)]).unique(
        ["record_type", "record_id"], keep="first", maintain_order=True
    )


def _given_back(unit: Unit, run: Run, undone: int) -> pl.DataFrame:
    """What a rollback did: the other way round what the run had done, and what that had created is deleted."""
    blocks = unit.image_of(run.run_id, DELETED_BLOCKS, DELETED_BLOCK)
    gone = [
        _acted(name, pl.int_range(first, last + 1, dtype=pl.Int64, eager=True), Action.DELETE)
        for name, first, last in blocks.iter_rows()
    ]
    back = _touched(unit, run, undone).with_columns(pl.col("act").replace(_UNDONE))
    if any(run.stats.get(name) for name in ("kept", "blocked", "gone")):
        back = back.join(unit.acts_of_run(run.run_id), on=["record_type", "record_id"], how="semi")
    return pl.concat([*gone, back])


def _acted(record_type: str, ids: pl.Series, act: Action) -> pl.DataFrame:
    return pl.DataFrame({"record_id": ids}, schema={"record_id": pl.Int64}).select(
        pl.lit(record_type).alias("record_type"), "record_id", pl.lit(act.value).alias("act")
    )
