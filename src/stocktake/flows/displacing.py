"""Displacing: a row that means two records takes the lower identity of the other, where the operator says so (PACK-1)."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import polars as pl

from stocktake.cleaning.identity import rungs
from stocktake.flows.request import Request
from stocktake.flows.staleness import stale
from stocktake.model.options import OnConflict
from stocktake.model.plan import Plan
from stocktake.planning import displacing, memory
from stocktake.planning.beside import picked
from stocktake.planning.displacing import CLAIMS, DISPLACED
from stocktake.ports.store import Unit

#: The mapping of links that this very plan states.
_THIS = 0


def standing_claims(
    unit: Unit,
    request: Request,
    found: pl.DataFrame,
    climbing: pl.DataFrame,
    stored: pl.DataFrame,
    settled: pl.DataFrame,
) -> pl.DataFrame:
    """The claims on other records' identities that can be met, as ``displacing.CLAIMS``; none unless asked for.

    found: as ``identity.matches`` gives it. climbing: the rungs of typed rows. stored: identity fields of every record.
    settled: ``_key`` of the rows that say what they said before. What a person locked, what this file says of the other
    record too, and what leaves no room for a suffix stays a conflict.
    """
    record_type = request.record_type
    if request.options.on_conflict is not OnConflict.OVERWRITE:
        return pl.DataFrame(schema=CLAIMS)
    names = [f"_rung{place}" for place in range(len(record_type.identity))]
    told = displacing.claims(found, climbing, names)
    giving = {
        name: displacing.giving_field(record_type, rung, request.source.name)
        for name, rung in zip(names, record_type.identity, strict=True)
    }
    return displacing.sound(weighed_claims(unit, request, told, stored, settled, giving), record_type)


def weighed_claims(
    unit: Unit,
    request: Request,
    told: pl.DataFrame,
    stored: pl.DataFrame,
    settled: pl.DataFrame,
    giving: dict[str, str | None],
) -> pl.DataFrame:
    """The claims ``told`` (``_row, _rung, _text, _record_id``) as ``CLAIMS``, with nulls where something stands in the way.

    giving: rung → the field that gets the suffix, None where none can.
    """
    if told.is_empty():
        return pl.DataFrame(schema=CLAIMS)
    fields = sorted({each for each in giving.values() if each is not None})
    held = _held(unit, request, told["_record_id"].unique(), fields, settled)
    named = told.with_columns(field=pl.col("_rung").replace_strict(giving, return_dtype=pl.String))
    beside = named.join(held, on=["_record_id", "field"], how="left", maintain_order="left")
    after = beside.with_columns(after=displacing.suffixed(pl.col("before"), pl.col("_record_id")))
    new = pl.col("after")
    for name in fields:
        taken = stored[name].filter(stored[name].is_in(after["after"].implode()))
        new = pl.when((pl.col("field") != name) | ~pl.col("after").is_in(taken.implode())).then(new)
    return after.with_columns(after=new).select(CLAIMS.keys())


def _held(
    unit: Unit, request: Request, ids: pl.Series, fields: list[str], settled: pl.DataFrame
) -> pl.DataFrame:
    """``_record_id, field, _version, before`` of what may be taken: not locked by hand, nor said by a settled row."""
    record_type = request.record_type
    values = unit.record_values(record_type, ids, fields)
    held = values.select("_record_id", "_version", *fields).unpivot(
        fields, index=["_record_id", "_version"], variable_name="field", value_name="before"
    )
    locked = [name for name in fields if record_type[name].locked]
    if locked:
        by_hand = unit.hand_edits(record_type.name, ids).filter(pl.col("field").is_in(locked))
        named = by_hand.select("field", _record_id="record_id")
        held = held.join(named, on=["_record_id", "field"], how="anti", maintain_order="left")
    links = unit.links_of(record_type.name, ids).filter(pl.col("_source") == request.source.name)
    again = links.join(settled, on="_key", how="semi", maintain_order="left")
    if again.is_empty():
        return held
    all_fields = tuple(each.name for each in record_type.fields)
    entries = pl.concat(
        [again.select("_record_id", "_link_mapping"), memory.remembered(again["_said"], all_fields)],
        how="horizontal",
    ).unpivot(fields, index=["_record_id", "_link_mapping"], variable_name="field", value_name="_entry")
    spoken = unit.spoken_fields(record_type.name).with_columns(_spoken=pl.lit(value=True))
    words = entries.join(spoken, on=["_link_mapping", "field"], how="left").join(
        held, on=["_record_id", "field"], how="inner"
    )
    saying = (
        pl.when(pl.col("_entry").is_null())
        .then(pl.col("_spoken"))
        .otherwise(pl.col("_entry") == pl.col("before"))
    )
    return held.join(words.filter(saying), on=["_record_id", "field"], how="anti", maintain_order="left")


class Met(Protocol):
    """What displacing needs of a meeting: its rows and candidates, what they claim, and what was decided of them."""

    @property
    def rows(self) -> pl.DataFrame:
        """Those of the file, decided."""
        ...

    @property
    def candidates(self) -> pl.DataFrame:
        """Those that may act, with ``f:now``."""
        ...

    @property
    def claims(self) -> pl.DataFrame:
        """``displacing.CLAIMS``."""
        ...

    @property
    def ruled(self) -> pl.DataFrame:
        """``ruling.RULED``."""
        ...


def displaced_records(
    unit: Unit,
    request: Request,
    met: Met,
    changes: pl.DataFrame,
    creates: pl.DataFrame,
    absent: pl.DataFrame,
) -> pl.DataFrame:
    """The records that give way, as ``displacing.DISPLACED``.

    changes: what rows change. creates: the records to be made. absent: the absent links.
    """
    claims, rows, record_type = met.claims, met.rows, request.record_type
    if claims.is_empty():
        return pl.DataFrame(schema=DISPLACED)
    speaking = pl.concat([changes["_row"], met.ruled["_row"]]).unique()
    values = displacing.values_after(claims, met.candidates, changes, speaking, record_type)
    new = creates.join(met.ruled, on="_row", how="semi", maintain_order="left")
    after = pl.concat(
        pl.concat([each.select("_row"), rungs(each, record_type)], how="horizontal") for each in (values, new)
    )
    told = after.unpivot(index="_row", variable_name="_rung", value_name="_text").drop_nulls()
    gone = absent.filter(pl.col("_action") == "delete")["_record_id"].unique()
    found = displacing.displaced(claims, told, rows, changes, gone, record_type)
    names = unit.names(record_type, found["_record_id"].unique())
    named = found.join(names, on="_record_id", how="left", maintain_order="left")
    return named.select(DISPLACED.keys())


def remembering(
    giving: pl.DataFrame,
    links: pl.DataFrame,
    rows: pl.DataFrame,
    fields: tuple[str, ...],
    request: Request,
) -> pl.DataFrame:
    """``links`` of this source that the plan states (``_key, _said``): they remember what was taken from their record.

    rows: ``_key, _record_id`` of the file. fields: those that the file feeds.
    """
    if giving.is_empty() or links.is_empty():
        return links
    mine = picked(rows, pl.col("_record_id").is_in(giving["_record_id"].implode()), "_key", "_record_id")
    this = pl.lit(_THIS, dtype=pl.Int64).alias("_link_mapping")
    own = links.select("_key", "_said").join(
        mine.unique("_key"), on="_key", how="inner", maintain_order="left"
    )
    told = memory.overwritten(
        giving,
        own.with_columns(this, _source=pl.lit(request.source.name)),
        pl.DataFrame({"field": list(fields)}, schema={"field": pl.String}).with_columns(this),
        tuple(each.name for each in request.record_type.fields),
    ).select("_key", _new="_said")
    joined = links.join(told, on="_key", how="left", maintain_order="left")
    return joined.with_columns(_said=pl.coalesce("_new", "_said")).drop("_new")


def write_displaced(unit: Unit, plan: Plan, run_id: int, at: datetime) -> None:
    """Write the suffixes of records that no row changes, one statement per field that gets them.

    What this run has written into them before, by retiring them or handing a field on, has raised their version.
    """
    if plan.frames.displaced is None:
        return
    found = displacing.alone(plan.frames.displaced, plan.frames.updates)
    handed = [] if plan.frames.succession is None else [plan.frames.succession["_record_id"]]
    retired = plan.frames.absent.filter(pl.col("_action") == "retire")["_record_id"]
    written = [each.unique() for each in (retired, *handed)]
    for (field,), part in found.group_by("field", maintain_order=True):
        before = pl.sum_horizontal(pl.col("_record_id").is_in(each.implode()) for each in written)
        given = part.select(
            id="_record_id", version=pl.col("_version") + before, **{str(field): pl.col("after")}
        )
        if unit.change_records(plan.record_type, given, at=at, changed_run=run_id) != part.height:
            raise stale("Records that this plan changes have changed since it was made.", [])
        written.append(part["_record_id"])
