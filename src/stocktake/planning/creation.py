"""What new records will say, chunk by chunk: one walk for what is written and for what is shown (PLN-6, APP-1)."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from stocktake.model.plan import Plan
from stocktake.planning.packed import Shelves
from stocktake.planning.row import created_values


def new_records(plan: Plan, created: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """New records in the order of ``plan.frames.drafts``: the columns of ``created``, the fields of their type, ``extra``.

    ``created``: rows of ``plan.frames.creates``, in their order, with ``_row`` and what else is wanted of them.
    """
    if created.is_empty():
        return
    fields = tuple(each.name for each in plan.record_type.fields)
    own = created.drop("_row")
    place = _places(plan, created["_row"])
    for chunk in plan.frames.drafts:
        mine = place.gather(chunk["_row"])
        new = pl.concat([own[mine.drop_nulls()], chunk.filter(mine.is_not_null())], how="horizontal")
        yield created_values(new, plan.record_type, fields)


def shown_values(plan: Plan) -> Iterator[pl.DataFrame]:
    """The same in the order of the file: ``line``, the fields that any of them may have, in the order of their type."""
    created = plan.frames.creates.select("_row", line="_line")
    shelves = Shelves(_places(plan, created["_row"].sort()))
    for chunk in new_records(plan, created):
        fields = [each.name for each in plan.record_type.fields if each.name in chunk.columns]
        if chunk.height:
            shelves.add(chunk.select("_row", "line", *fields))
    for shelf in shelves:
        yield shelf.drop("_row")


def _places(plan: Plan, rows: pl.Series) -> pl.Series:
    """UInt32 by ``_row`` of the file: the place of each of ``rows``; null for all others."""
    nowhere = pl.select(pl.repeat(None, plan.frames.rows.height, dtype=pl.UInt32)).to_series()
    return nowhere.scatter(rows, pl.int_range(rows.len(), dtype=pl.UInt32, eager=True))
