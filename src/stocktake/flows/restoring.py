"""Restoring: what stored records and links get back when a run is undone, and what of them stays (ROL-2, ROL-5, ROL-13)."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from stocktake.flows.aftermath import LINK, Aftermath, own_changes
from stocktake.flows.link_image import Links, parted_links, present
from stocktake.model.errors import RollbackBlocked
from stocktake.model.record_type import RecordType
from stocktake.model.run import Run, RunKind
from stocktake.planning import hindrance, memory, undo
from stocktake.planning.hindrance import GONE, KEPT, hindered
from stocktake.planning.undo import Terms, Verdict
from stocktake.ports.frame import (
    DELETED_RECORDS,
    HAND_EDIT,
    LINEAGE,
    LINK_IMAGE,
    MOVED_LINK,
    MOVED_LINKS,
    UNRESOLVED,
)

_FIELD = ["record_id", "field"]
#: What does not come back, since another record has it by now, and who wrote that one since.
TAKEN = {"record_id": pl.Int64, "field": pl.String, "_by_run": pl.Int64}

#: Decisions that change stored records, and that meet links of stored records.
_CHANGING = ("update", "retire", "reactivate")
_MEETING = (*_CHANGING, "unchanged", "missing", "held")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is undone of what a run did to stored records of one type.

    suffix: "" for its decisions, ``:TYPE`` for references it relinked there. records: what they get back. changes: those
    that are taken back, with what stands there now. links: as they were. words: ``source, external_id, said`` of links that
    stay and remember what is overwritten. staying: the records of which something stays. turned: those whose retirement or
    return is taken back. acts: how many are restored, unretired, reretired. full: those numbers, links and
    changes, if all of it went back. given_up: ``HAND_EDIT`` of values by hand that are given up.
    """

    record_type: RecordType
    suffix: str
    records: pl.DataFrame
    changes: pl.DataFrame
    links: pl.DataFrame
    words: pl.DataFrame
    staying: pl.Series
    turned: pl.Series
    acts: dict[str, int]
    full: dict[str, int]
    given_up: pl.DataFrame
    hindrances: pl.DataFrame


def part_of(
    after: Aftermath,
    record_type: RecordType,
    suffix: str,
    terms: Terms,
    made: pl.DataFrame,
    *,
    taken: pl.DataFrame,
) -> Part:
    """What is undone of one part of a run. made: links that it made to stored records and that others wrote since.

    taken: ``record_id, field, _by_run`` of what does not come back, since another record has it by now.

    Raises ``RollbackBlocked`` ``no-image`` where the run did not keep what it overwrote (ROL-6).
    """
    unit, run = after.unit, after.run
    lineage = unit.image_of(run.run_id, f"lineage{suffix}", LINEAGE)
    changes = own_changes(unit, run, record_type, suffix)
    links = unit.image_of(run.run_id, f"links{suffix}", LINK_IMAGE)
    _check_images(after, record_type, lineage, changes, links)
    if not after.runs.is_empty():
        lineage, changes = after.settled_records(record_type, lineage, changes)
        links = after.settled_links(suffix, links)
    changes = changes.filter(pl.col("act") != "delete")
    fields = tuple(name for name in changes["field"].unique().sort() if name in record_type)
    dangling = _dangling(after, record_type, changes)
    if not after.touches(record_type) and dangling.is_empty():
        return _whole(
            after,
            record_type,
            suffix,
            _Touched(lineage, changes, lineage.clear(), fields, dangling, taken, links.height),
            links,
        )
    now = unit.record_values(record_type, lineage["id"], fields)
    parted = parted_links(after, record_type, links, made)
    return _mended(
        after,
        record_type,
        suffix,
        terms,
        _Touched(lineage, changes, now, fields, dangling, taken, links.height),
        parted,
    )


@dataclass(frozen=True, slots=True)
class _Touched:
    """The records that a part touched, as they were and as they are now; ``links``: so many have images."""

    lineage: pl.DataFrame
    changes: pl.DataFrame
    now: pl.DataFrame
    fields: tuple[str, ...]
    dangling: pl.DataFrame
    taken: pl.DataFrame
    links: int


def _check_images(
    after: Aftermath,
    record_type: RecordType,
    lineage: pl.DataFrame,
    changes: pl.DataFrame,
    links: pl.DataFrame,
) -> None:
    """What the run changed must have its images, or nothing is undone of it (ROL-6)."""
    run = after.run
    changed = changes.filter(pl.col("act") != "delete")["record_id"].unique()
    lacking = not changed.is_in(lineage["id"].implode()).all()
    told = run.stats if run.kind is RunKind.IMPORT else {}
    gone = lineage.is_empty() and changed.is_empty() and any(told.get(name) for name in _CHANGING)
    met = lineage.height or any(told.get(name) for name in _MEETING)
    if not (lacking or gone) and links.is_empty() and met:
        moved = after.unit.image_of(run.run_id, MOVED_LINKS, MOVED_LINK)
        relinked = after.unit.image_of(run.run_id, f"links:{record_type.name}", LINK_IMAGE)
        gone = (
            moved.is_empty()
            and relinked.is_empty()
            and after.unit.wrote_older_links(record_type.name, run.run_id)
        )
    if lacking or gone:
        raise no_image(run)


def no_image(run: Run) -> RollbackBlocked:
    """The refusal of a run that has not kept what it overwrote (ROL-6)."""
    return RollbackBlocked(
        "no-image",
        f"Run {run.run_id} cannot be undone: what it changed is not kept any more as it was. Nothing was written.",
        hint="Import the file of before again instead.",
    )


def _whole(
    after: Aftermath, record_type: RecordType, suffix: str, was: _Touched, links: pl.DataFrame
) -> Part:
    """Nobody has written since: all of it goes back."""
    lineage, changes = was.lineage, was.changes
    turned = changes.filter(pl.col("act").is_in(["retire", "reactivate"]))["record_id"].unique()
    silent = lineage["id"].filter(~lineage["id"].is_in(changes["record_id"].implode()))
    full = _in_full(lineage, changes, links.height)
    # What they have now is asked only where the run left a field of a record alone.
    # Of its fields, that is: where a type has no status, a retirement is a change of its own.
    written = changes.filter(pl.col("field").is_in(was.fields)).height
    each_changed = written == lineage.height * len(was.fields)
    now = (
        lineage.select(_record_id="id", **{name: pl.lit(None, dtype=pl.String) for name in was.fields})
        if each_changed
        else after.unit.record_values(record_type, lineage["id"], was.fields)
    )
    return Part(
        record_type=record_type,
        suffix=suffix,
        records=_written(suffix, undo.restored_values(lineage, changes, now, was.fields)),
        changes=changes,
        links=links,
        words=_no_words(),
        staying=lineage["id"].clear(),
        turned=pl.concat([turned, silent]),
        acts={name: full[name] for name in _ACTS},
        full=full,
        given_up=pl.DataFrame(schema=HAND_EDIT),
        hindrances=hindrance.none_hindered(),
    )


def _written(suffix: str, records: pl.DataFrame) -> pl.DataFrame:
    """``records`` without lineage that the part did not write: a relinked record keeps its row and its retirement."""
    return records.drop(name for name in LINEAGE if name not in ("id", "changed_run")) if suffix else records


def _mended(
    after: Aftermath, record_type: RecordType, suffix: str, terms: Terms, was: _Touched, parted: Links
) -> Part:
    """Others have written since: field by field, what is still as the run wrote it goes back."""
    unit, run_id, ids = after.unit, after.run.run_id, was.now["_record_id"]
    by_hand = after.edits_of(record_type, ids)
    rewritten = after.written_values(record_type, ids)
    given_up = by_hand if terms.force_edited else by_hand.clear()
    ruled = undo.verdict(
        was.changes,
        was.now,
        was.lineage,
        unit.lineage_image(record_type, ids),
        record_type=record_type,
        run_id=run_id,
        rewritten=rewritten,
        given_up=given_up,
        dangling=was.dangling,
        taken=was.taken,
        held=parted.kept["record_id"],
    )
    staying = ruled.kept["record_id"].unique()
    whole = ~pl.col("record_id").is_in(staying.implode())
    beside = rewritten.join(was.changes, on=_FIELD, how="anti")
    names = tuple(each.name for each in record_type.fields)
    mended = undo.with_later_words(
        parted.beside.filter(whole), present(unit, record_type, parted.beside), beside, names
    )
    links = pl.concat([parted.back, mended.select(parted.back.columns)])
    return Part(
        record_type=record_type,
        suffix=suffix,
        records=_written(suffix, undo.restored_values(ruled.lineage, ruled.changes, was.now, was.fields)),
        changes=ruled.changes,
        links=links.select(LINK_IMAGE.keys()),
        words=_words(after, record_type, ruled.changes, links),
        staying=_staying(was, ruled, parted, whole),
        turned=ruled.turned,
        acts=dict(undo.acts(ruled.lineage["id"], was.changes, ruled.turned)),
        full=_in_full(was.lineage, was.changes, was.links),
        given_up=given_up.join(ruled.changes, on=_FIELD, how="semi"),
        hindrances=_hindrances(after, record_type, terms, was, ruled, parted),
    )


_ACTS = ("restored", "unretired", "reretired")


def _in_full(lineage: pl.DataFrame, changes: pl.DataFrame, links: int) -> dict[str, int]:
    """The numbers of a part of which nothing stays."""
    every = pl.concat([lineage["id"], changes["record_id"]]).unique()
    acts = undo.acts(lineage["id"], changes, every)
    return {**acts, "links_restored": links, "changes": changes.height}


def _staying(was: _Touched, ruled: Verdict, parted: Links, whole: pl.Expr) -> pl.Series:
    gone = was.lineage["id"].filter(~was.lineage["id"].is_in(was.now["_record_id"].implode()))
    links = pl.concat([parted.kept["record_id"], parted.beside.filter(~whole)["record_id"]])
    return pl.concat([ruled.kept["record_id"], links, gone]).unique()


def _no_words() -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys([*LINK, "said"], pl.String))


def _dangling(after: Aftermath, record_type: RecordType, changes: pl.DataFrame) -> pl.DataFrame:
    """``record_id, field, before`` of references that would come back to a record which is gone."""
    parts = [changes.select(*_FIELD, "before").clear()]
    for each in record_type.references:
        mine = changes.filter((pl.col("field") == each.field) & pl.col("before").is_not_null())
        if mine.is_empty() or each.to not in after.record_types:
            continue
        ids = mine["before"].cast(pl.Int64).unique()
        there = after.unit.record_values(after.record_types[each.to], ids, ())["_record_id"]
        back = deleted_image(after, each.to)["id"]
        known = pl.concat([there, back]).cast(pl.String)
        parts.append(mine.filter(~pl.col("before").is_in(known.implode())).select(*_FIELD, "before"))
    return pl.concat(parts)


def _words(
    after: Aftermath, record_type: RecordType, changes: pl.DataFrame, links: pl.DataFrame
) -> pl.DataFrame:
    """What links that stay remember of the values that are overwritten (PLN-19).

    A source whose reference waits again has said nothing else than before.
    """
    unit = after.unit
    if changes.is_empty():
        return _no_words()
    others = unit.links_of(record_type.name, changes["record_id"].unique())
    back = links.select(_source="source", _key="external_id")
    waiting = unit.image_of(after.run.run_id, "unresolved", UNRESOLVED)
    heard = waiting.filter(pl.col("record_type") == record_type.name)
    return memory.overwritten(
        changes.select("field", _record_id="record_id", before="after"),
        others.join(back, on=["_source", "_key"], how="anti", maintain_order="left").join(
            heard.select(_record_id="record_id", _source="source"), on=["_record_id", "_source"], how="anti"
        ),
        unit.spoken_fields(record_type.name),
        tuple(each.name for each in record_type.fields),
    ).select(source="_source", external_id="_key", said="_said")


def _hindrances(
    after: Aftermath,
    record_type: RecordType,
    terms: Terms,
    was: _Touched,
    ruled: Verdict,
    parted: Links,
) -> pl.DataFrame:
    """What is kept and gone of this part. Under ``partial`` that is what stays; else whatever was written since (ROL-5)."""
    name, run_id = record_type.name, after.run.run_id
    named = was.now.select("_record_id", "_changed_run").join(
        after.unit.names(record_type, was.now["_record_id"]), on="_record_id", how="left"
    )
    fields = ruled.kept.group_by("record_id").agg(pl.col("field").sort().str.join(", "))
    moved = named.join(
        fields.select(_record_id="record_id", _fields="field"), on="_record_id", how="left"
    ).filter((pl.col("_changed_run") != run_id) | pl.col("_fields").is_not_null())
    edited = after.edited_only(record_type, moved["_record_id"])
    held = pl.col("_changed_run") == run_id
    by_hand, stays = pl.col("_record_id").is_in(edited.implode()), pl.col("_fields").is_not_null()
    if terms.partial:
        moved = moved.filter(stays)
    elif terms.force_edited:
        moved = moved.filter(stays | ~by_hand)
    lost = was.dangling.join(ruled.kept, on=_FIELD, how="semi")
    dangling = named.join(lost.select(_record_id="record_id", _fields="field"), on="_record_id")
    barred = was.taken.join(ruled.kept, on=_FIELD, how="semi").rename({"record_id": "_record_id"})
    taken = (
        barred.group_by("_record_id")
        .agg(_fields=pl.col("field").sort().str.join(", "), _by_run=pl.col("_by_run").max())
        .join(named.select("_record_id", "_name"), on="_record_id")
    )
    missing = was.lineage.select(_record_id="id").join(named, on="_record_id", how="anti")
    gone = missing.join(after.deleted_by(record_type, missing["_record_id"]), on="_record_id", how="left")
    links = _kept_links(terms, parted, edited)
    found = pl.concat(
        [
            hindered(dangling, name, GONE, "what it referred to is gone"),
            hindered(taken, name, KEPT, "another record has it by now"),
            hindered(moved.filter(~held).rename({"_changed_run": "_by_run"}), name, KEPT, "changed since"),
            hindered(links, name, KEPT, "linked or missed since"),
            hindered(moved.filter(held), name, KEPT, "not as it left it"),
            hindered(gone, name, GONE, "gone"),
        ]
    )
    return hindrance.once(found)


def _kept_links(terms: Terms, parted: Links, edited: pl.Series) -> pl.DataFrame:
    """``_record_id, _name, _by_run, _by_source`` of links that stay as they are, or that somebody has written since."""
    kept = [parted.kept.select(*LINK, "record_id", "changed_run")]
    if not terms.partial:
        since = parted.beside
        if terms.force_edited:
            since = since.filter(~pl.col("record_id").is_in(edited.implode()))
        kept.append(since.select(*LINK, "record_id", changed_run="_by_run"))
    told = pl.concat(kept)
    return told.select(
        _record_id="record_id", _name="external_id", _by_run="changed_run", _by_source="source"
    )


def deleted_image(after: Aftermath, record_type: str) -> pl.DataFrame:
    """The records of a type that the run deleted, whole: ``id`` and all else."""
    if record_type != after.run.record_type:
        return pl.DataFrame(schema={"id": pl.Int64})
    return after.unit.image_of(after.run.run_id, DELETED_RECORDS, {"id": pl.Int64})
