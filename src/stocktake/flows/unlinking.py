"""Unlinking: what a rollback undoes of references: stubs, relinked references, and what waited (IDN-4, ROL-2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from stocktake.flows.referral import RELINK, STUB_IMAGE
from stocktake.model.errors import RollbackBlocked
from stocktake.model.record_type import RecordType
from stocktake.model.run import Run
from stocktake.planning import undo
from stocktake.ports.frame import (
    ACKNOWLEDGEMENT,
    DELETED_BLOCK,
    DELETED_BLOCKS,
    LINEAGE,
    LINK_IMAGE,
    SEEN_IMAGE,
    UNRESOLVED,
)
from stocktake.ports.store import Unit

_LINEAGE = "lineage:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What a run did to records of one type beside its decisions, to be undone.

    stubs: how many it made there, of another type than its own. records: the values that relinked records get back.
    changes: the relinked references.
    """

    record_type: RecordType
    stubs: int
    records: pl.DataFrame
    changes: pl.DataFrame


def touched_types(unit: Unit, run: Run) -> list[str]:
    """The types that the run wrote to because of references, its own among them if it was relinked."""
    names = {
        each.removeprefix(_LINEAGE) for each in unit.image_names(run.run_id) if each.startswith(_LINEAGE)
    }
    made = unit.image_of(run.run_id, "stubs", STUB_IMAGE)
    return sorted(names | set(made["record_type"].to_list()))


def locked_types(unit: Unit, run: Run, record_types: Mapping[str, RecordType]) -> list[str]:
    """The types whose lock a rollback needs, in the order in which everybody takes them: those that refer are held too."""
    own = {run.record_type or "", *touched_types(unit, run)}
    stored = unit.record_type_names()
    referring = {
        name
        for name, each in record_types.items()
        if name in stored and any(one.to in own for one in each.references)
    }
    return sorted(own | referring)


def elsewhere(
    unit: Unit, run: Run, record_types: Mapping[str, RecordType]
) -> tuple[tuple[Elsewhere, ...], pl.DataFrame]:
    """What is to be undone because of references, and what stands in its way, as ``undo.HINDRANCES``."""
    made = unit.image_of(run.run_id, "stubs", STUB_IMAGE).filter(pl.col("record_type") != run.record_type)
    found = [pl.DataFrame(schema=undo.HINDRANCES)]
    parts = []
    for name in touched_types(unit, run):
        kind = record_types[name]
        lineage = unit.image_of(run.run_id, f"{_LINEAGE}{name}", LINEAGE)
        changes = unit.changes_of(run.run_id, name).filter(pl.col("act") == RELINK)
        fields = tuple(changes["field"].unique().sort())
        now = unit.record_values(kind, lineage["id"], fields)
        named = now.join(unit.names(kind, lineage["id"]), on="_record_id", how="left")
        stubs = made.filter(pl.col("record_type") == name)["record_id"]
        created, linked = _stubs_since(unit, run, kind) if stubs.len() else (_none_created(), _none_linked())
        links = unit.image_of(run.run_id, f"links:{name}", LINK_IMAGE)
        written = unit.links_changed_since(name, run.run_id, links)
        found.append(undo.hindrances(run.run_id, lineage, named, created, pl.concat([linked, written])))
        parts.append(
            Elsewhere(
                record_type=kind,
                stubs=stubs.len(),
                records=undo.restored_values(lineage, changes, now, fields),
                changes=changes,
            )
        )
    return tuple(parts), pl.concat(found)


def _none_created() -> pl.DataFrame:
    return pl.DataFrame(schema={"_record_id": pl.Int64, "_name": pl.String, "_by_run": pl.Int64})


def _none_linked() -> pl.DataFrame:
    schema = {"source": pl.String, "external_id": pl.String, "_record_id": pl.Int64, "_by_run": pl.Int64}
    return pl.DataFrame(schema=schema)


def _stubs_since(unit: Unit, run: Run, kind: RecordType) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Stubs that others have changed or linked since."""
    _, first, last = unit.created_block(kind, run.run_id)
    return (
        unit.created_and_changed_since(kind, run.run_id),
        unit.links_by_others("", kind.name, first, last),
    )


def referred_to(
    unit: Unit, run: Run, record_types: Mapping[str, RecordType], parts: Iterable[Elsewhere]
) -> pl.DataFrame:
    """Records that refer to what the run created and would refer to nothing, as ``undo.HINDRANCES`` (ROL-4).

    Those that the rollback itself deletes or makes blank again do not count.
    """
    stored, freed = unit.record_type_names(), {each.record_type.name: each.changes for each in parts}
    created = {run.record_type or "", *(each.record_type.name for each in parts if each.stubs)}
    found = [pl.DataFrame(schema=undo.HINDRANCES)]
    for name, kind in record_types.items():
        for each in kind.references if name in stored else ():
            if each.to not in created or each.to not in stored:
                continue
            count, first, last = unit.created_block(record_types[each.to], run.run_id)
            if not count:
                continue
            referring = unit.referring_records(kind, each.field, first, last)
            own = freed.get(name)
            if own is not None:
                mine = own.filter(pl.col("field") == each.field)["record_id"]
                referring = referring.filter(~pl.col("_record_id").is_in(mine.implode()))
            found.append(
                referring.filter(pl.col("_by_run") != run.run_id).select(
                    "_record_id",
                    "_name",
                    _why=pl.lit("refers to a record it created"),
                    _by_run="_by_run",
                    _by_source=pl.lit(None, dtype=pl.String),
                )
            )
    return pl.concat(found)


def restore_links(unit: Unit, run: Run, record_type: str, image_name: str, columns: dict[str, Any]) -> None:
    """Give the links of an image back what the run overwrote; later sightings and acknowledgements stay."""
    image = unit.image_of(run.run_id, image_name, columns)
    if image.is_empty():
        return
    now = unit.link_image(record_type, image, SEEN_IMAGE | ACKNOWLEDGEMENT)
    unit.change_links(record_type, undo.restored_sightings(image, now, run.run_id))


def reverse_history(unit: Unit, run: Run, record_type: str, own_id: int, *, at: datetime) -> None:
    """Add to the field history that what the run told is taken back; nothing is erased (ROL-2, HIS-2)."""
    told = unit.history_of_run(run.run_id, record_type)
    back = told.select(
        "record_id", "field", from_value="to_value", to_value="from_value", kind=pl.lit("rollback")
    )
    unit.keep_history(own_id, record_type, back, at=at)


def keep_deleted_blocks(
    unit: Unit, run: Run, record_type: RecordType, parts: Iterable[Elsewhere], own_id: int
) -> None:
    """Which ids the rollback takes back, for those who read raw rows of other runs that name them (HEA-7)."""
    kinds = [record_type, *(each.record_type for each in parts if each.stubs)]
    blocks = [(each.name, *unit.created_block(each, run.run_id)) for each in kinds]
    made = [(name, first, last) for name, count, first, last in blocks if count]
    if made:
        unit.keep_image(own_id, DELETED_BLOCKS, pl.DataFrame(made, schema=DELETED_BLOCK, orient="row"))


def undo_elsewhere(unit: Unit, run: Run, parts: Iterable[Elsewhere], own_id: int, *, at: datetime) -> None:
    """Delete stubs, give relinked records their values back, and let references wait as they did."""
    for each in parts:
        name = each.record_type.name
        if each.stubs and unit.delete_created(each.record_type, run.run_id) != each.stubs:
            raise RollbackBlocked(
                "rollback-differs",
                "The database holds another number of records than counted. Nothing was written.",
            )
        unit.restore_records(each.record_type, each.records, at=at)
        restore_links(unit, run, name, f"links:{name}", LINK_IMAGE)
        unit.keep_changes(own_id, name, undo.reversed_changes(each.changes))
        if name != run.record_type:
            reverse_history(unit, run, name, own_id, at=at)
            unit.raise_target(name)
    unit.forget_unresolved_of_run(run.run_id)
    before = unit.image_of(run.run_id, "unresolved", UNRESOLVED)
    present = [unit.unresolved_of(name) for name in before["record_type"].unique().sort()]
    later = pl.concat([before.clear(), *present])
    unit.keep_unresolved(before.join(later, on=["record_type", "record_id", "field"], how="anti"))
