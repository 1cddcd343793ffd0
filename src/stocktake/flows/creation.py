"""Creation: the records that a run made, and which of them cannot be taken away again (ROL-2, ROL-13)."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from stocktake.flows.aftermath import Aftermath
from stocktake.model.record_type import RecordType
from stocktake.planning import hindrance
from stocktake.planning.hindrance import GONE, KEPT, hindered
from stocktake.planning.undo import Terms
from stocktake.ports.frame import HAND_EDIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """The records of one type that a run made, and that are still there: so many, from one id to another.

    staying: the ids of those that stay. edited: the values by hand that are given up with the rest, as ``HAND_EDIT``.
    """

    record_type: RecordType
    count: int
    first: int
    last: int
    staying: pl.Series
    edited: pl.DataFrame
    hindrances: pl.DataFrame

    @property
    def going(self) -> int:
        """How many are taken away."""
        return self.count - self.staying.len()


def creation_of(after: Aftermath, record_type: RecordType, terms: Terms, made: pl.DataFrame) -> Creation:
    """Of one type. A record that another has changed or linked since is kept (ROL-13).

    made: links that the run made and that others have written since.
    """
    unit, run_id = after.unit, after.run.run_id
    count, first, last = unit.created_block(record_type, run_id)
    gone = hindered(after.unmade(record_type), record_type.name, GONE, "deleted since")
    if not count or not after.touches(record_type):
        return Creation(
            record_type=record_type,
            count=count,
            first=first,
            last=last,
            staying=pl.Series("id", [], dtype=pl.Int64),
            edited=pl.DataFrame(schema=HAND_EDIT),
            hindrances=gone,
        )
    since = unit.created_and_changed_since(record_type, run_id)
    ours = made.filter(pl.col("_record_id").is_between(first, last))
    theirs = unit.links_by_others(record_type.name, run_id, first, last)
    given_up = (
        _given_up(after, record_type, since, ours) if terms.force_edited else since["_record_id"].clear()
    )
    ours = ours.filter(~pl.col("_record_id").is_in(given_up.implode()))
    linked = pl.concat([ours, theirs]).rename({"external_id": "_name", "source": "_by_source"})
    since = since.filter(~pl.col("_record_id").is_in(given_up.implode()))
    name = record_type.name
    found = pl.concat(
        [
            hindered(since, name, KEPT, "changed since"),
            hindered(linked, name, KEPT, "linked or missed since"),
        ]
    )
    staying = found["_record_id"].unique().sort()
    left = given_up.filter(~given_up.is_in(staying.implode()))
    return Creation(
        record_type=record_type,
        count=count,
        first=first,
        last=last,
        staying=staying,
        edited=after.edits_of(record_type, left),
        hindrances=hindrance.once(pl.concat([found, gone])),
    )


def _given_up(
    after: Aftermath, record_type: RecordType, since: pl.DataFrame, made: pl.DataFrame
) -> pl.Series:
    """The records that people alone have changed since, whose links nobody else has written."""
    edited = after.edited_only(record_type, since["_record_id"])
    others = made.join(after.remembering(record_type, made), on=["source", "external_id"], how="anti")
    return edited.filter(~edited.is_in(others["_record_id"].implode()))
