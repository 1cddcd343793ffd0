"""Succession: a source has a record no more, and the next in order gives the fields that it held (PRE-24)."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from stocktake.flows.request import Request
from stocktake.flows.staleness import stale
from stocktake.model.record_type import RecordType
from stocktake.planning import holding
from stocktake.planning.linked import Linked
from stocktake.ports.store import Unit


def succession(
    unit: Unit, request: Request, linked: Linked, absent: pl.DataFrame, rows: pl.DataFrame
) -> pl.DataFrame | None:
    """What the records get whose links go missing now while others still have them, as ``holding.SUCCESSION``.

    None where no field has an order of sources. absent: the absent links, decided; rows: those of the file.
    """
    left = absent.join(rows.select("_record_id"), on="_record_id", how="anti", maintain_order="left")
    own = left.join(
        linked.open_links.select("_key", "_said", _link_mapping="_mapping"), on="_key", how="inner"
    )
    return handed_on(unit, request.record_type, request.source.name, own)


def handed_on(unit: Unit, record_type: RecordType, source: str, absent: pl.DataFrame) -> pl.DataFrame | None:
    """The same of decided links that ``source`` no longer has.

    absent: ``_key, _record_id, _version, _action, _waited, _said, _link_mapping``.
    """
    fields = holding.inherited(record_type)
    if not fields:
        return None
    own = absent.filter((pl.col("_action") == "missing") & ~pl.col("_waited")).select(
        "_key", "_record_id", "_version", "_said", "_link_mapping"
    )
    ids = own["_record_id"].unique()
    now = unit.record_values(record_type, ids, fields).select(
        "_record_id", *(pl.col(name).alias(f"{name}:now") for name in fields)
    )
    held = holding.with_hands(
        own.join(now, on="_record_id", how="inner", maintain_order="left"),
        fields,
        unit.hand_edits(record_type.name, ids),
    )
    others = unit.links_of(record_type.name, ids).filter(pl.col("_source") != source)
    spoken = unit.spoken_fields(record_type.name)
    beside = holding.with_ranks(held, record_type, fields, source, others, spoken)
    return holding.succession(beside, record_type, fields, spoken)


def write_succession(
    unit: Unit, record_type: RecordType, found: pl.DataFrame | None, run_id: int, at: datetime
) -> None:
    """Write what the next in order gives: one statement per set of fields that records get."""
    if found is None or found.is_empty():
        return
    together = found.with_columns(_fields=pl.col("field").sort().str.join(",").over("_record_id"))
    for (fields,), part in together.group_by("_fields", maintain_order=True):
        names = str(fields).split(",")
        wide = part.pivot(on="field", on_columns=names, index=["_record_id", "_version"], values="after")
        given = wide.select(*names, id="_record_id", version="_version")
        if unit.change_records(record_type, given, at=at, changed_run=run_id) != wide.height:
            raise stale("Records that this plan changes have changed since it was made.", [])
