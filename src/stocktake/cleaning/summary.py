"""The minimal cleaned summary of a raw row (LIN-2, LIN-9)."""

from __future__ import annotations

import polars as pl

from stocktake.cleaning.cell import trimmed
from stocktake.cleaning.feed import cell_of
from stocktake.model.mapping import Mapping
from stocktake.model.record_type import RecordType

SUMMARY = {"field_count": pl.UInt16, "has_critical_fields": pl.Boolean}


def summary(record_type: RecordType, mapping: Mapping) -> dict[str, pl.Expr]:
    """How many fields a row of a reader's batch feeds, and whether its critical ones are there, as ``SUMMARY``.

    Critical are the fields declared so, else the required ones; a constant is always there, and a cell of nothing but
    blanks never (BLK-1).
    """
    mapped = [pl.col(f"c{each.position}") != "" for each in mapping.columns]
    critical = [each.name for each in record_type.fields if each.critical]
    critical = critical or [each.name for each in record_type.fields if each.required]
    cells = [cell_of(mapping, name) for name in critical if name not in mapping.constants]
    filled = [pl.lit(value=False) if cell is None else trimmed(cell) != "" for cell in cells]
    every = pl.repeat(value=True, n=pl.len(), dtype=pl.Boolean)
    count = pl.sum_horizontal(mapped) if mapped else pl.repeat(0, pl.len())
    return {
        "field_count": count.cast(pl.UInt16),
        "has_critical_fields": every & pl.all_horizontal(filled) if filled else every,
    }
