"""Blocking: which records that a run made are referred to by records that stay, and who goes with them (ROL-4, ROL-5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from stocktake.flows.aftermath import Aftermath
from stocktake.flows.creation import Creation
from stocktake.flows.restoring import Part
from stocktake.planning import blocking, hindrance
from stocktake.planning.blocking import EDGES, NODES
from stocktake.planning.hindrance import BLOCKED, hindered
from stocktake.planning.undo import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocking:
    """What is made of references to what goes.

    creations: with those that stay because they are referred to. taken: ``type, id`` of later imports' records that go
    with those they refer to. hindrances: the blocked. cascades: whether some would be freed if untouched records of the same
    source's later imports went too.
    """

    creations: tuple[Creation, ...]
    taken: pl.DataFrame
    hindrances: pl.DataFrame
    cascades: bool


def blocking_of(
    after: Aftermath, creations: tuple[Creation, ...], parts: tuple[Part, ...], terms: Terms
) -> Blocking:
    """References that would lead to nothing keep their record; with ``cascade``, the referring record may go instead."""
    edges = _edges(after, {each.record_type.name: each for each in creations}, parts)
    if edges.is_empty():
        nothing = pl.DataFrame(schema=NODES)
        return Blocking(
            creations=creations, taken=nothing, hindrances=hindrance.none_hindered(), cascades=False
        )
    mine = _made(edges, after.run.run_id, creations)
    candidates = _candidates(after, edges)
    taken = pl.DataFrame(schema=NODES)
    if terms.cascade:
        taken, further = _closure(after, candidates)
        edges = pl.concat([edges, further]).unique()
    stuck = blocking.staying(pl.concat([mine, taken]).unique(), edges)
    going = mine.join(stuck, on=list(NODES), how="anti")
    taken = blocking.needed(taken.join(stuck, on=list(NODES), how="anti"), going, edges)
    stuck = stuck.join(mine, on=list(NODES), how="semi")
    found = blocking.holding(stuck, pl.concat([going, taken]), edges)
    return Blocking(
        creations=tuple(_staying(each, stuck) for each in creations),
        taken=taken,
        hindrances=_hindrances(after, stuck, found),
        cascades=not found.join(
            candidates, left_on=["by_type", "by_id"], right_on=list(NODES), how="semi"
        ).is_empty(),
    )


def _edges(after: Aftermath, creations: Mapping[str, Creation], parts: tuple[Part, ...]) -> pl.DataFrame:
    """References to what the run made that stand after the rollback, unless the referring record goes."""
    found = [pl.DataFrame(schema={**EDGES, "made_by": pl.Int64})]
    for name, kind in after.record_types.items():
        freed = [
            each.changes.select(by_id="record_id", field="field")
            for each in parts
            if each.record_type.name == name
        ]
        for each in kind.references:
            creation = creations.get(each.to)
            if creation is None or not creation.count:
                continue
            mine = _referring(after, name, each.field, each.to, (creation.first, creation.last))
            for those in freed:
                mine = mine.join(those, on=["by_id", "field"], how="anti")
            found.append(mine)
    return pl.concat(found)


def _referring(after: Aftermath, name: str, field: str, to: str, span: tuple[int, int]) -> pl.DataFrame:
    found = after.unit.referring_records(after.record_types[name], field, *span)
    return found.select(
        by_type=pl.lit(name),
        by_id="_record_id",
        by_name="_name",
        by_run="_by_run",
        field=pl.lit(field),
        to_type=pl.lit(to),
        to_id="_to",
        made_by="_created_run",
    )


def _made(edges: pl.DataFrame, run_id: int, creations: tuple[Creation, ...]) -> pl.DataFrame:
    """The records of ``edges`` that the run made and that would go."""
    named = pl.concat(
        [
            edges.select(type="to_type", id="to_id"),
            edges.filter(pl.col("made_by") == run_id).select(type="by_type", id="by_id"),
        ]
    ).unique()
    for each in creations:
        of_type = pl.col("type") == each.record_type.name
        named = named.filter(~(of_type & pl.col("id").is_in(each.staying.implode())))
    return named


def _candidates(after: Aftermath, edges: pl.DataFrame) -> pl.DataFrame:
    """Referring records that later imports of the same source made, and that nobody has changed or linked since."""
    siblings = after.siblings
    fresh = edges.filter(
        pl.col("made_by").is_in(siblings.implode()) & (pl.col("by_run") == pl.col("made_by"))
    )
    parts = [pl.DataFrame(schema=NODES)]
    for (name,), mine in fresh.group_by("by_type", maintain_order=True):
        own = mine.select("by_id", "made_by").unique()
        links = after.unit.link_image_of(str(name), own["by_id"]).join(
            own, left_on="record_id", right_on="by_id", how="inner"
        )
        made = pl.col("made_by")
        touched = links.filter(
            (pl.col("source") != after.run.source)
            | (pl.col("first_run") != made)
            | (pl.col("changed_run") != made)
        )
        free = own.filter(~pl.col("by_id").is_in(touched["record_id"].implode()))
        parts.append(free.select(pl.lit(str(name)).alias("type"), id="by_id"))
    return pl.concat(parts)


def _closure(after: Aftermath, candidates: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The candidates, those that refer to them in turn, and so on; and all references to them."""
    taken, found = candidates, [pl.DataFrame(schema={**EDGES, "made_by": pl.Int64})]
    open_ones = candidates
    while not open_ones.is_empty():
        edges = _edges_to(after, open_ones)
        found.append(edges)
        open_ones = _candidates(after, edges).join(taken, on=list(NODES), how="anti")
        taken = pl.concat([taken, open_ones])
    return taken, pl.concat(found)


def _edges_to(after: Aftermath, nodes: pl.DataFrame) -> pl.DataFrame:
    found = [pl.DataFrame(schema={**EDGES, "made_by": pl.Int64})]
    for (to,), mine in nodes.group_by("type", maintain_order=True):
        first, last = int(mine["id"].min()), int(mine["id"].max())  # type: ignore[arg-type]
        for name, kind in after.record_types.items():
            for each in kind.references:
                if each.to == to:
                    edges = _referring(after, name, each.field, each.to, (first, last))
                    found.append(edges.filter(pl.col("to_id").is_in(mine["id"].implode())))
    return pl.concat(found)


def _staying(creation: Creation, stuck: pl.DataFrame) -> Creation:
    more = stuck.filter(pl.col("type") == creation.record_type.name)["id"]
    return replace(creation, staying=pl.concat([creation.staying, more]).unique().sort())


def _hindrances(after: Aftermath, stuck: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """A line per blocked record and record that refers to it."""
    parts = [hindrance.none_hindered()]
    for (name,), mine in stuck.group_by("type", maintain_order=True):
        kind = after.record_types[str(name)]
        names = after.unit.names(kind, mine["id"])
        told = (
            found.filter(pl.col("to_type") == name)
            .select(
                _record_id="to_id",
                _by_run="by_run",
                _by_type="by_type",
                _by_record="by_id",
                _by_name="by_name",
            )
            .unique(maintain_order=True)
            .join(names, on="_record_id", how="left", maintain_order="left")
        )
        parts.append(hindered(told, str(name), BLOCKED, "referred to by a record that stays"))
    return pl.concat(parts).sort("record_type", "_record_id", "_by_type", "_by_record")
