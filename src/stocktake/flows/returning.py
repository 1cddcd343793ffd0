"""Returning: what comes back of what a run did, and what cannot, since its place is another's by now (ROL-2, ROL-5)."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from stocktake.flows.aftermath import LINK, MADE, Aftermath
from stocktake.flows.blocking import Blocking, blocking_of
from stocktake.flows.creation import Creation
from stocktake.flows.restoring import Part, deleted_image, no_image, part_of
from stocktake.flows.yielding import nothing_taken, taken_values
from stocktake.model.record_type import RecordType
from stocktake.model.run import Run, RunKind
from stocktake.planning.undo import Terms
from stocktake.ports.frame import DELETED_LINK, DELETED_LINKS, DELETED_RECORDS
from stocktake.ports.store import Unit

#: A link that stands in the way, with its record and who wrote it since.
LINKED = {"source": pl.String, "external_id": pl.String, "_record_id": pl.Int64, "_by_run": pl.Int64}

_LINEAGE = "lineage:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Returning:
    """What is done to stored records, type by type, and to those that the run made.

    untaken: deleted records that cannot come back, since their keys are others', as ``LINKED``; unmade: the ids of those
    that do not, since the run that made them was rolled back.
    """

    parts: tuple[Part, ...]
    blocking: Blocking
    untaken: pl.DataFrame
    unmade: pl.Series


def returning(
    after: Aftermath, own: RecordType, terms: Terms, spared: pl.DataFrame, creations: tuple[Creation, ...]
) -> Returning:
    """What comes back of what a run did. spared: links that it made to stored records and that stay.

    What tells records apart comes back only where no record that stays has it. What stays for that may in turn have what
    would come back to another one, or refer to a record that would go: so it is asked until nothing more stays.
    """
    unmade, untaken = _unmade(after, own), _untaken(after, own)
    gone = pl.concat([unmade, untaken["_record_id"]])
    undeleted = deleted_image(after, own.name).filter(~pl.col("id").is_in(gone.implode()))
    asked = [("", own, spared)]
    for name in relinked_types(after.unit, after.run):
        asked.append((f":{name}", after.record_types[name], spared.clear()))
    taken = {suffix: nothing_taken() for suffix, _, _ in asked}
    lost = nothing_taken()
    while True:
        parts = tuple(
            part_of(after, kind, suffix, terms, made, taken=taken[suffix]) for suffix, kind, made in asked
        )
        blocking = blocking_of(after, creations, parts, terms)
        back = undeleted.filter(~pl.col("id").is_in(lost["record_id"].implode()))
        more = {
            each.suffix: taken_values(
                after, each, blocking.creations, blocking.taken, back.clear() if each.suffix else back
            )
            for each in parts
        }
        if all(each.is_empty() for each in more.values()):
            untaken = pl.concat([untaken, _called(undeleted, lost)])
            return Returning(parts=parts, blocking=blocking, untaken=untaken, unmade=unmade)
        deleted = pl.col("record_id").is_in(back["id"].implode())
        lost = pl.concat([lost, more[""].filter(deleted)])
        more[""] = more[""].filter(~deleted)
        taken = {suffix: pl.concat([each, more[suffix]]) for suffix, each in taken.items()}


def _called(deleted: pl.DataFrame, lost: pl.DataFrame) -> pl.DataFrame:
    """The deleted records of ``lost``, as ``LINKED``: by the id that they were imported under."""
    if lost.is_empty():
        return pl.DataFrame(schema=LINKED)
    once = lost.unique("record_id", keep="first", maintain_order=True)
    named = once.join(deleted, left_on="record_id", right_on="id", how="left", maintain_order="left")
    return named.select("source", "external_id", _record_id="record_id", _by_run="_by_run")


def relinked_types(unit: Unit, run: Run) -> list[str]:
    """The types in which the run resolved references of stored records, its own among them if it did so there.

    Raises ``RollbackBlocked`` ``no-image``.
    """
    names = [each for each in unit.image_names(run.run_id) if each.startswith(_LINEAGE)]
    if not names and run.stats.get("relinked") and run.kind is RunKind.IMPORT:
        raise no_image(run)
    return sorted(each.removeprefix(_LINEAGE) for each in names)


def _untaken(after: Aftermath, own: RecordType) -> pl.DataFrame:
    """Records that the run deleted and whose key another record has by now, as the links made of it."""
    image = after.unit.image_of(after.run.run_id, DELETED_LINKS, DELETED_LINK)
    standing = after.unit.links_taken(own.name, image).drop("_record_id")
    taken = standing.filter(pl.col("_by_run") != after.run.run_id)  # what it made there itself goes again
    deleted = image.select(*LINK, _record_id="record_id")
    return deleted.join(taken, on=LINK, how="inner").select(LINKED.keys())


def _unmade(after: Aftermath, own: RecordType) -> pl.Series:
    """Records that the run deleted, and whose own run was rolled back since: nothing made them any more."""
    image = after.unit.image_of(after.run.run_id, DELETED_RECORDS, MADE)
    return image.filter(pl.col("created_run").is_in(after.overtaken.implode()))["id"]
