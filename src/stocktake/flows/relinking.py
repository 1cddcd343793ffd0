"""Relinking: stored references that waited for a record which this plan brings (IDN-4), and those that wait from now on."""

from __future__ import annotations

import polars as pl

from stocktake.flows.meeting import Meeting
from stocktake.flows.referring import World, file_leads, stored_leads, targets_of
from stocktake.flows.request import Request
from stocktake.model.plan import ReferenceFrames
from stocktake.model.problem import Warning
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source
from stocktake.planning import memory
from stocktake.planning import reference as ref
from stocktake.planning.reference import Words
from stocktake.ports.frame import UNRESOLVED
from stocktake.reporting.warning import reference_notes

RELINKED = {
    "record_type": pl.String,
    "record_id": pl.Int64,
    "_version": pl.Int64,
    "field": pl.String,
    "before": pl.String,
    "after": pl.String,
    "source": pl.String,
}

_OVERWRITTEN = {"record_type": pl.String, "_source": pl.String, "_key": pl.String, "_said": pl.String}

#: Decisions after which a row's word is its source's last one.
_ACCEPTED = ["create", "update", "unchanged", "reactivate"]


def reference_frames(
    world: World,
    request: Request,
    met: Meeting,
    creates: pl.DataFrame,
    changes: pl.DataFrame,
    touched: pl.Series,
) -> ReferenceFrames | None:
    """What the plan says about references; None where the type neither refers nor is referred to.

    creates: the records to be created. changes: field changes. touched: ids of the records this plan changes otherwise.
    """
    own = request.record_type
    referrers = [
        each
        for name, each in world.record_types.items()
        if name in world.stored and any(one.to == own.name for one in each.references)
    ]
    if not own.references and not referrers:
        return None
    said, told = met.drafts.words, met.told
    stubs = told.stubs
    unresolved, answered = _no_waiting(), pl.DataFrame(schema=UNRESOLVED)
    resolved = told.verdicts.clear()
    if said is not None:
        spoken = changes.filter(pl.col("field").is_in(list(said.texts)))
        stubs = ref.used_stubs(stubs, said, told.verdicts, creates["_row"], spoken)
        unresolved, answered = _waiting(world, request, met, said, spoken)
        resolved = told.verdicts.filter(pl.col("text") != "")
    typed = met.drafts.known
    rows = met.rows.filter(pl.col("_action").is_in(_ACCEPTED))
    busy = pl.concat([touched, rows.filter(~pl.col("settled"))["_record_id"].drop_nulls()]).unique()
    relinked = [pl.DataFrame(schema=RELINKED)]
    if referrers:
        targets = targets_of(rows, typed, own)
        named = stubs.filter(pl.col("to") == own.name)
        brought = pl.concat([targets, stub_targets(named, own)], how="diagonal")
        relinked.append(relinked_by(world, request.source, own.name, own, brought, busy))
    for name in stubs.filter(pl.col("to") != own.name)["to"].unique().sort():
        to = world.record_types[name]
        mine = stub_targets(stubs.filter(pl.col("to") == name), to)
        relinked.append(relinked_by(world, request.source, own.name, to, mine, busy))
    found = pl.concat(relinked)
    return ReferenceFrames(
        resolved=resolved,
        stubs=stubs,
        unresolved=unresolved,
        answered=answered,
        relinked=found,
        overwritten=_overwritten(world, found),
    )


def _overwritten(world: World, relinked: pl.DataFrame) -> pl.DataFrame:
    """Links whose last word is overwritten (PLN-19): of all sources but the one that named the record and is heard now."""
    parts = [pl.DataFrame(schema=_OVERWRITTEN)]
    for (name,), mine in relinked.group_by("record_type", maintain_order=True):
        kind = world.record_types[str(name)]
        changes = mine.select("field", "before", "source", _record_id="record_id")
        others = world.unit.links_of(kind.name, changes["_record_id"].unique())
        heard = changes.select("_record_id", _source="source").unique()
        parts.append(
            memory.overwritten(
                changes,
                others.join(heard, on=["_record_id", "_source"], how="anti", maintain_order="left"),
                world.unit.spoken_fields(kind.name),
                tuple(each.name for each in kind.fields),
            ).select(pl.lit(kind.name).alias("record_type"), "_source", "_key", "_said")
        )
    return pl.concat(parts)


def _no_waiting() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "_row": pl.UInt32,
            "_record_id": pl.Int64,
            "field": pl.String,
            "to": pl.String,
            "text": pl.String,
        }
    )


def _waiting(
    world: World, request: Request, met: Meeting, said: Words, changes: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The references of this file that wait for their record, and those of the same records that wait no longer.

    A reference waits only where the record's field is blank after this plan: another source's word stands. One of another
    source waits on unless the field is filled or this source names a record itself: a first blank is no news (PLN-15).
    """
    own, key = request.record_type, ["record_id", "field"]
    rows = met.rows.filter(pl.col("_action").is_in(_ACCEPTED) & ~pl.col("settled"))
    placed = rows.select("_row", record_id="_record_id")
    lacking = ref.said_by(rows["_row"], said, met.told.verdicts, [ref.UNRESOLVED, ref.AMBIGUOUS]).join(
        placed, on="_row", how="left", maintain_order="left"
    )
    nothing = pl.DataFrame(schema=UNRESOLVED)
    before = world.unit.unresolved_of(own.name) if own.name in world.stored else nothing
    spoken = before.join(_spoke(said, placed), on=key, how="semi", maintain_order="left")
    asked = pl.concat([lacking["record_id"].drop_nulls(), spoken["record_id"]]).unique()
    held = _held(world, own, asked, list(said.texts), changes)
    waiting = lacking.join(held, on=key, how="anti", maintain_order="left")
    mine = before.filter(pl.col("source") == request.source.name)
    new = waiting.join(mine, on=[*key, "text"], how="anti", maintain_order="left")
    as_before = waiting.join(mine, on=[*key, "text"], how="semi")
    done = pl.concat([held.select(key), new.select(key), mine.select(key)])
    answered = spoken.join(done, on=key, how="semi", maintain_order="left").join(
        as_before, on=key, how="anti", maintain_order="left"
    )
    return new.select("_row", "field", "to", "text", _record_id="record_id").select(
        _no_waiting().columns
    ), answered


def _spoke(said: Words, placed: pl.DataFrame) -> pl.DataFrame:
    """``record_id, field`` of the stored records whose rows say something there; placed: ``_row, record_id``."""
    stored = placed.filter(pl.col("record_id").is_not_null())
    parts = [
        said.rows.filter(pl.col(name).is_not_null())
        .select("_row")
        .join(stored, on="_row", how="inner")
        .select("record_id", field=pl.lit(name))
        for name in said.texts
    ]
    return pl.concat([pl.DataFrame(schema={"record_id": pl.Int64, "field": pl.String}), *parts])


def _held(
    world: World, own: RecordType, ids: pl.Series, fields: list[str], changes: pl.DataFrame
) -> pl.DataFrame:
    """``record_id, field`` of the references of stored records that are filled after this plan."""
    if ids.is_empty():
        return pl.DataFrame(schema={"record_id": pl.Int64, "field": pl.String})
    now = world.unit.record_values(own, ids, fields).unpivot(
        fields, index="_record_id", variable_name="field", value_name="now"
    )
    written = changes.select("_record_id", "field", "after", _hit=pl.lit(value=True))
    after = now.join(written, on=["_record_id", "field"], how="left").with_columns(
        now=pl.when(pl.col("_hit").fill_null(value=False)).then("after").otherwise("now")
    )
    return after.filter(pl.col("now").is_not_null()).select("field", record_id="_record_id")


def stub_targets(stubs: pl.DataFrame, to: RecordType) -> pl.DataFrame:
    """Stubs as records that can be referred to by their name."""
    return stubs.select(
        "value",
        pl.col("name").alias(to.display_field or "name"),
        _key=pl.lit(None, dtype=pl.String),
        _retired=pl.lit(value=False),
    )


def relinked_by(
    world: World, delivering: Source, own: str, to: RecordType, brought: pl.DataFrame, busy: pl.Series
) -> pl.DataFrame:
    """The references that wait for a record of ``to`` and get one of ``brought``, as ``RELINKED``.

    delivering: the source of what is brought. busy: records of the imported type ``own`` that the plan changes anyway; they
    wait for the next one.
    """
    waiting = world.unit.unresolved_texts(to.name)
    parts = [pl.DataFrame(schema=RELINKED)]
    if waiting.is_empty() or brought.is_empty():
        return parts[0]
    answers = []
    for (name, field, source), mine in waiting.group_by(
        "record_type", "field", "source", maintain_order=True
    ):
        seen = world.seen_by(str(source))
        answers.append(_answers(seen, delivering, str(name), str(field), to, mine, brought))
    answered = pl.concat(answers)
    found = world.unit.unresolved_to(to.name, answered["text"].unique()).join(
        answered, on=["record_type", "field", "source", "text"], how="inner"
    )
    for (name,), mine in found.group_by("record_type", maintain_order=True):
        kind = world.record_types[str(name)]
        parts.append(_still_blank(world, kind, mine, busy if kind.name == own else busy.clear()))
    return pl.concat(parts)


def _answers(
    world: World,
    delivering: Source,
    name: str,
    field: str,
    to: RecordType,
    waiting: pl.DataFrame,
    brought: pl.DataFrame,
) -> pl.DataFrame:
    """``record_type, field, source, text, after`` of the texts that mean one record, and one of ``brought`` among others.

    Here the file has no precedence: what is stored may be meant just as well.
    """
    each = world.record_types[name].reference(field) if name in world.record_types else None
    columns = ["record_type", "field", "source", "text"]
    if each is None:
        return waiting.select(*columns, after=pl.lit(None, dtype=pl.String)).clear()
    leads = file_leads(world, delivering, each, to, waiting["text"], brought)
    led = leads["text"].unique()
    leads = pl.concat([leads, stored_leads(world, each, to, led, rank=0)])
    told = ref.verdicts(led, leads).filter(pl.col("outcome") == ref.RESOLVED)
    return waiting.join(told.select("text", after="value"), on="text", how="inner").select(*columns, "after")


def _still_blank(world: World, kind: RecordType, found: pl.DataFrame, busy: pl.Series) -> pl.DataFrame:
    """Those whose record is there and blank in that field, unless a person made a locked one so (PRE-24)."""
    fields = sorted(set(found["field"].to_list()))
    locked = [name for name in fields if kind[name].locked]
    if locked:
        edits = world.unit.hand_edits(kind.name, found["record_id"].unique())
        kept = edits.filter(pl.col("field").is_in(locked))
        found = found.join(kept, on=["record_id", "field"], how="anti", maintain_order="left")
    now = world.unit.record_values(kind, found["record_id"].unique(), fields)
    blank = now.unpivot(
        fields, index=["_record_id", "_version"], variable_name="field", value_name="before"
    ).filter(pl.col("before").is_null() & ~pl.col("_record_id").is_in(busy.implode()))
    return found.join(
        blank.rename({"_record_id": "record_id"}),
        on=["record_id", "field"],
        how="inner",
        maintain_order="left",
    ).select(RELINKED.keys())


def other_types(world: World, request: Request, frames: ReferenceFrames | None) -> dict[str, RecordType]:
    """The types besides the imported one that it refers to or that refer to it, as far as they are there or will be."""
    if frames is None:
        return {}
    own = request.record_type.name
    names = {*frames.resolved["to"], *frames.stubs["to"], *frames.relinked["record_type"]}
    names |= {
        name
        for name, each in world.record_types.items()
        if name in world.stored and any(one.to == own for one in each.references)
    }
    return {name: world.record_types[name] for name in sorted(names - {own})}


def reference_counts(frames: ReferenceFrames | None) -> dict[str, int]:
    """``relinked``: references of stored records that the plan resolves; ``stubs``: records made of a name (IDN-4)."""
    if frames is None:
        return {"relinked": 0, "stubs": 0}
    return {"relinked": frames.relinked.height, "stubs": frames.stubs.height}


def reference_warnings(met: Meeting, record_type: RecordType, headers: dict[str, str]) -> tuple[Warning, ...]:
    """What the accepted rows name that is not there, or that several records are called (IDN-4)."""
    if met.drafts.words is None:
        return ()
    rows = met.rows.filter(pl.col("_action").is_in(_ACCEPTED))
    lacking = ref.said_by(rows["_row"], met.drafts.words, met.told.verdicts, [ref.UNRESOLVED, ref.AMBIGUOUS])
    if lacking.is_empty():
        return ()
    placed = lacking.join(rows.select("_row", "_line"), on="_row", how="left", maintain_order="left")
    return reference_notes(placed, record_type, headers)
