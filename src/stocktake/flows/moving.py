"""Moving: an external id that is another record's from now on, and the way back (PRE-20, ROL-2).

The link so far goes by another key and keeps all that it has; the id is free for the link that the import makes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from stocktake.flows.aftermath import LINK, Aftermath
from stocktake.flows.staleness import stale
from stocktake.model.plan import Plan
from stocktake.model.record_type import RecordType
from stocktake.model.run import Run
from stocktake.planning import ruling
from stocktake.ports.frame import DELETED_LINK, MOVED_LINK, MOVED_LINKS
from stocktake.ports.store import Unit

_STATE = {
    "source": pl.String,
    "external_id": pl.String,
    "record_id": pl.Int64,
    "first_run": pl.Int64,
    "changed_run": pl.Int64,
    "said": pl.String,
}


def move_links(unit: Unit, plan: Plan, run_id: int, *, by: str) -> None:
    """Move aside the links whose external id is another record's from now on; before that has its own.

    Those of records that the plan deletes go with them. Raises ``StalePlan`` where a link is not there any more.
    """
    moved = ruling.moved(plan.frames.ruled)
    if moved.is_empty():
        return
    name = plan.record_type.name
    named = moved.select(
        source=pl.lit(plan.source.name),
        external_id="_key",
        aside="_aside",
        aside_raw="_aside_raw",
        was="_key",
    )
    image = unit.link_image(name, named, DELETED_LINK).join(named, on=LINK, how="left", maintain_order="left")
    gone = plan.frames.absent.filter(pl.col("_action") == "delete")["_record_id"]
    kept = image.filter(~pl.col("record_id").is_in(gone.implode()))
    unit.keep_image(run_id, MOVED_LINKS, kept.select(MOVED_LINK.keys()))
    if unit.delete_links(name, named) != moved.height:
        raise stale("Links of this source have changed since this plan was made.", [])
    called = moved.select("_key_raw", was="_key").with_columns(_called=pl.coalesce("_key_raw", "was"))
    told = kept.join(called, on="was", how="left", maintain_order="left")
    notes = [note("moved", by=by, run_id=run_id, was=each) for each in told["_called"]]
    unit.recreate_links(
        name,
        told.with_columns(
            external_id="aside",
            external_id_raw="aside_raw",
            changed_run=pl.lit(run_id, dtype=pl.Int64),
            metadata=pl.Series(notes, dtype=pl.String),
        ).select(DELETED_LINK.keys()),
    )


def note_rulings(unit: Unit, plan: Plan, run_id: int, *, by: str) -> None:
    """Note with the links of settled rows who settled them, and how (PRE-1)."""
    ruled = plan.frames.ruled
    if ruled is None:
        return
    for text, those in (("new", ruled.filter(pl.col("_to").is_null())), ("same", ruled.drop_nulls("_to"))):
        links = those.select(source=pl.lit(plan.source.name), external_id="_key")
        unit.change_links(plan.record_type.name, links, metadata=note(text, by=by, run_id=run_id))


def note(how: str, *, by: str, run_id: int, **more: str) -> str:
    """What a link's ``metadata`` says of a conflict that was settled."""
    return json.dumps({"settled": {"as": how, "by": by, "run": run_id, **more}}, ensure_ascii=False)


def aside_keys(plan: Plan) -> Mapping[str, str]:
    """The source's keys that move → those by which their links go once they have."""
    moved = ruling.moved(plan.frames.ruled)
    return dict(moved.select("_key", "_aside").iter_rows())


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What becomes of the links that a run moved aside when it is undone.

    image: ``MOVED_LINK`` of all. written: ``source, external_id, _record_id, _by_run`` of those written since, by their new
    key. taken: of those whose id is by now a link that another run made. gone: of those whose record is gone.
    """

    image: pl.DataFrame
    written: pl.DataFrame
    taken: pl.DataFrame
    gone: pl.DataFrame

    def back(
        self, unit: Unit, record_type: RecordType, spared: pl.Series, staying: pl.Series
    ) -> pl.DataFrame:
        """Those that get their id back: spared keys stay as they are, and ids of records that stay are theirs."""
        if self.image.is_empty():
            return self.image
        now = unit.link_image(record_type.name, self.image, _STATE)
        kept = now.filter(
            pl.col("record_id").is_in(staying.implode()) | pl.col("external_id").is_in(spared.implode())
        )
        stays = pl.concat([kept.select(LINK), self.taken.select(LINK)])
        lost = pl.concat([self.gone["external_id"], spared])
        return self.image.join(stays, on=LINK, how="anti", maintain_order="left").filter(
            ~pl.col("aside").is_in(lost.implode())
        )


def moves_of(after: Aftermath, own: RecordType) -> Moves:
    """The links that the run moved aside, beside what has become of them."""
    unit, run = after.unit, after.run
    image = unit.image_of(run.run_id, MOVED_LINKS, MOVED_LINK)
    since = {"source": pl.String, "external_id": pl.String, "_record_id": pl.Int64, "_by_run": pl.Int64}
    nothing = pl.DataFrame(schema=since)
    if image.is_empty():
        return Moves(image=image, written=nothing, taken=nothing, gone=nothing)
    asides = image.select("source", "record_id", external_id="aside")
    written = unit.links_changed_since(own.name, run.run_id, asides)
    there = unit.link_image(own.name, asides, _STATE)
    lacking = asides.join(there, on=LINK, how="anti", maintain_order="left")
    deleted = after.deleted_by(own, lacking["record_id"]).rename({"_record_id": "record_id"})
    gone = lacking.join(deleted, on="record_id", how="left", maintain_order="left")
    standing = unit.link_image(own.name, image, _STATE).filter(pl.col("first_run") != run.run_id)
    taken = image.select(*LINK, _record_id="record_id").join(
        standing.select(*LINK, _by_run="changed_run"), on=LINK, how="inner", maintain_order="left"
    )
    return Moves(
        image=image,
        written=written.select(since.keys()),
        taken=taken.select(since.keys()),
        gone=gone.select(*LINK, _record_id="record_id", _by_run="_by_run").select(since.keys()),
    )


def move_back(unit: Unit, run: Run, record_type: str, back: pl.DataFrame) -> None:
    """Give links their id back, as they were; a memory that others have added since stays with them (PLN-19)."""
    if back.is_empty():
        return
    asides = back.select("source", external_id="aside")
    now = unit.link_image(record_type, asides, _STATE)
    unit.delete_links(record_type, asides)
    later = now.filter(pl.col("changed_run") != run.run_id).select(
        "source", aside="external_id", _said="said", _run="changed_run", _hit=pl.lit(value=True)
    )
    told = back.join(later, on=["source", "aside"], how="left", maintain_order="left")
    hit = pl.col("_hit").fill_null(value=False)
    unit.recreate_links(
        record_type,
        told.with_columns(
            said=pl.when(hit).then("_said").otherwise("said"),
            changed_run=pl.coalesce("_run", "changed_run"),
        ).select(DELETED_LINK.keys()),
    )
