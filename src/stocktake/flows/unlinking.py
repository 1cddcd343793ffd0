"""Unlinking: what a rollback writes of links, references, history and waiting, part by part (IDN-4, ROL-2, ROL-5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from stocktake.flows.creation import Creation
from stocktake.flows.restoring import Part
from stocktake.flows.returning import relinked_types
from stocktake.flows.undoing import RollbackPreview, stubbed_types
from stocktake.model.errors import RollbackBlocked
from stocktake.model.record_type import RecordType
from stocktake.model.run import Run
from stocktake.planning import undo
from stocktake.ports.frame import (
    ACKNOWLEDGEMENT,
    DELETED_BLOCK,
    DELETED_BLOCKS,
    DELETED_RECORDS,
    HAND_EDIT,
    HAND_EDITS,
    SEEN_IMAGE,
    UNRESOLVED,
)
from stocktake.ports.store import Unit
from stocktake.reporting.history import NEW, REMOVED

_FIELD = ["record_id", "field"]


def locked_types(unit: Unit, run: Run, record_types: Mapping[str, RecordType], *, cascades: bool) -> set[str]:
    """The types whose lock a rollback needs: those that it writes to, and those that refer to them.

    cascades: records of those may go as well, and so on.
    """
    found = {run.record_type or "", *relinked_types(unit, run), *stubbed_types(unit, run)}
    stored = unit.record_type_names()
    while True:
        referring = {
            name
            for name, each in record_types.items()
            if name in stored and any(one.to in found for one in each.references)
        }
        if not cascades or referring <= found:
            return found | referring
        found |= referring


def differs() -> RollbackBlocked:
    """The refusal of a rollback that meets other rows than it counted."""
    return RollbackBlocked(
        "rollback-differs",
        "The database holds another number of records than counted. Nothing was written.",
    )


def restore_part(unit: Unit, run: Run, part: Part, own_id: int, *, at: datetime) -> None:
    """Give records and links of one part back what they had; add to changes and history that it is taken back."""
    name = part.record_type.name
    unit.restore_records(part.record_type, part.records, at=at)
    restore_links(unit, run, name, part.links)
    if not part.words.is_empty():
        unit.change_links(name, part.words)
    unit.forget_hand_edits(name, part.given_up)
    unit.keep_changes(own_id, name, undo.reversed_changes(part.changes))


def restore_links(unit: Unit, run: Run, record_type: str, image: pl.DataFrame) -> None:
    """Give links back what they had; later sightings and acknowledgements stay (ROL-13, PRE-29)."""
    if image.is_empty():
        return
    now = unit.link_image(record_type, image, SEEN_IMAGE | ACKNOWLEDGEMENT)
    unit.change_links(record_type, undo.restored_sightings(image, now, run.run_id))


def reverse_history(unit: Unit, seen: RollbackPreview, name: str, own_id: int, *, at: datetime) -> None:
    """Add to the field history that what the run told is taken back, where it is; nothing is erased (ROL-2, HIS-2)."""
    told = unit.history_of_run(seen.run.run_id, name)
    mine = [each for each in seen.parts if each.record_type.name == name]
    staying = pl.concat([each.staying for each in mine])
    if not staying.is_empty():
        turned = pl.concat([each.turned for each in mine])
        came = pl.col("kind").is_in([NEW, REMOVED])
        back = pl.concat([each.changes.select(_FIELD) for each in mine]).with_columns(
            _back=pl.lit(value=True)
        )
        marked = told.join(back, on=_FIELD, how="left")
        by_field = pl.col("_back").fill_null(value=False) & ~came
        by_record = came & pl.col("record_id").is_in(turned.implode())
        stays = pl.col("record_id").is_in(staying.implode())
        told = marked.filter(~stays | by_field | by_record).drop("_back")
    given_up = [each.changes.join(each.given_up, on=_FIELD, how="semi") for each in mine]
    now = pl.concat(given_up).select(*_FIELD, _now="after", _hit=pl.lit(value=True))
    given = told.join(now, on=_FIELD, how="left")
    removed = pl.col("kind") == REMOVED
    found = pl.when(pl.col("_hit") & ~removed).then("_now").otherwise("to_value")
    # A field that gave way, or fell to the next source, in a record that went missing has two entries and one way back.
    once = given.sort(~removed, maintain_order=True).unique(_FIELD, keep="first", maintain_order=True)
    unit.keep_history(
        own_id,
        name,
        once.select(*_FIELD, from_value=found, to_value="from_value", kind=pl.lit("rollback")),
        at=at,
    )


def keep_deleted_blocks(unit: Unit, seen: RollbackPreview, own_id: int) -> None:
    """Which ids the rollback takes back, or cannot give back, for those who read raw rows that name them (HEA-7)."""
    blocks = [_block(unit, seen.run, each) for each in seen.creations if each.going]
    for (name,), mine in seen.taken.group_by("type", maintain_order=True):
        blocks.append(undo.ranges(mine["id"].sort()).with_columns(record_type=pl.lit(str(name))))
    if not seen.lost.is_empty():
        lost = undo.ranges(seen.lost.sort())
        blocks.append(lost.with_columns(record_type=pl.lit(seen.run.record_type)))
    if blocks:
        unit.keep_image(
            own_id, DELETED_BLOCKS, pl.concat(each.select(DELETED_BLOCK.keys()) for each in blocks)
        )


def _block(unit: Unit, run: Run, creation: Creation) -> pl.DataFrame:
    """``DELETED_BLOCK``: in one piece, unless some stay in between."""
    name = creation.record_type.name
    if creation.staying.is_empty():
        whole = [(name, creation.first, creation.last)]
        return pl.DataFrame(whole, schema=DELETED_BLOCK, orient="row")
    ids = unit.created_ids(creation.record_type, run.run_id)
    going = ids.filter(~ids.is_in(creation.staying.implode()))
    return undo.ranges(going).with_columns(record_type=pl.lit(name)).select(DELETED_BLOCK.keys())


def delete_created(unit: Unit, run: Run, creation: Creation) -> None:
    """Delete the records that the run made, and values by hand in them, but for those that stay."""
    kind = creation.record_type
    unit.forget_hand_edits(kind.name, creation.edited)
    if unit.delete_created(kind, run.run_id, staying=creation.staying) != creation.going:
        raise differs()


def delete_taken(
    unit: Unit, seen: RollbackPreview, record_types: Mapping[str, RecordType], own_id: int
) -> None:
    """Delete records of later imports that go with those they refer to, each told as a change (ROL-5, ROL-6)."""
    for (name,), mine in seen.taken.group_by("type", maintain_order=True):
        kind, ids = record_types[str(name)], mine["id"]
        named = unit.names(kind, ids)
        unit.delete_links_of(kind.name, ids)
        if unit.delete_untouched(kind, ids) != ids.len():
            raise differs()
        waiting = unit.unresolved_of(kind.name).filter(pl.col("record_id").is_in(ids.implode()))
        unit.forget_unresolved(waiting)
        gone: dict[str, Any] = {"field": pl.lit("*"), "act": pl.lit("delete"), "before": "_name"}
        unit.keep_changes(
            own_id,
            kind.name,
            named.select(record_id="_record_id", after=pl.lit(None, dtype=pl.String), **gone),
        )
        unit.raise_links_version(seen.run.source or "", kind.name)
        unit.raise_target(kind.name)


def let_wait_again(unit: Unit, seen: RollbackPreview) -> None:
    """References that the run let wait wait no longer, and those that it answered wait again, unless their field stays."""
    run = seen.run
    before = unit.image_of(run.run_id, "unresolved", UNRESOLVED)
    staying = [*(each.staying for each in seen.parts), *(each.staying for each in seen.creations)]
    if not any(each.len() for each in staying):
        unit.forget_unresolved_of_run(run.run_id)
    else:
        unit.forget_unresolved(_undone(seen, unit.unresolved_of_run(run.run_id)))
        before = _undone(seen, before)
    present = [unit.unresolved_of(name) for name in before["record_type"].unique().sort()]
    later = pl.concat([before.clear(), *present])
    unit.keep_unresolved(before.join(later, on=["record_type", *_FIELD], how="anti"))


def _undone(seen: RollbackPreview, waiting: pl.DataFrame) -> pl.DataFrame:
    """Those of ``waiting`` whose record stays in nothing, or whose field gets its value back."""
    found = waiting
    for name in waiting["record_type"].unique():
        mine = pl.col("record_type") == name
        parts = [each for each in seen.parts if each.record_type.name == name]
        staying = [each.staying for each in parts]
        staying += [each.staying for each in seen.creations if each.record_type.name == name]
        back = pl.concat([waiting.select(_FIELD).clear(), *(each.changes.select(_FIELD) for each in parts)])
        kept = pl.concat([waiting["record_id"].clear(), *staying]).unique()
        stays = waiting.filter(mine & pl.col("record_id").is_in(kept.implode())).join(
            back, on=_FIELD, how="anti"
        )
        found = found.join(stays, on=["record_type", *_FIELD], how="anti")
    return found


def give_back_hand_edits(unit: Unit, seen: RollbackPreview) -> None:
    """Undo what a run did to hand edits: its own are forgotten, those whose place it took stand again (ROL-2)."""
    run, own = seen.run, seen.run.record_type or ""
    mine = unit.hand_edits(own).filter(pl.col("run_id") == run.run_id)
    unit.forget_hand_edits(own, mine.join(seen.parts[0].changes, on=_FIELD, how="semi"))
    image = unit.image_of(run.run_id, HAND_EDITS, {"record_type": pl.String, **HAND_EDIT})
    for (name,), before in image.group_by("record_type", maintain_order=True):
        changed = [each.changes.select(_FIELD) for each in seen.parts if each.record_type.name == name]
        back = pl.concat([before.select(_FIELD).clear(), *changed])
        whole = before.join(back, on=_FIELD, how="semi")
        if name == own:
            whole = pl.concat([whole, _of_deleted(unit, seen, before)]).unique(_FIELD)
        unit.keep_hand_edits(str(name), whole)


def _of_deleted(unit: Unit, seen: RollbackPreview, before: pl.DataFrame) -> pl.DataFrame:
    """Those of records that the run deleted and that come back."""
    deleted = unit.image_of(seen.run.run_id, DELETED_RECORDS, {"id": pl.Int64})["id"]
    back = deleted.filter(~deleted.is_in(seen.lost.implode()))
    return before.filter(pl.col("record_id").is_in(back.implode()))
