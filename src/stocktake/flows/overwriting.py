"""Overwriting: what other sources said last of values that a plan changes is remembered with their links (PLN-19)."""

from __future__ import annotations

import polars as pl

from stocktake.model.record_type import RecordType
from stocktake.planning import assembly, memory
from stocktake.planning.beside import picked
from stocktake.ports.store import Unit


def overwritten(
    unit: Unit, record_type: RecordType, source: str, rows: pl.DataFrame, changes: pl.DataFrame
) -> pl.DataFrame:
    """Other links whose source's last word a plan overwrites, as ``memory.OVERWRITTEN``.

    rows: ``_record_id, _key`` of the plan's rows. changes: ``_record_id, field, before`` of its field changes. A retirement
    overwrites what its own source said, too.
    """
    changed = changes["_record_id"].unique()
    links = unit.links_of(record_type.name, changed)
    touched = pl.col("_record_id").is_in(changed.implode())
    own = picked(rows, touched, _source=pl.lit(source), _key="_key")
    return memory.overwritten(
        changes.filter(~pl.col("field").is_in(["retired_at", assembly.WHOLE])),
        links.join(own, on=["_source", "_key"], how="anti", maintain_order="left"),
        unit.spoken_fields(record_type.name),
        tuple(each.name for each in record_type.fields),
    )
