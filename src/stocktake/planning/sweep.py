"""The sweep: which links a complete snapshot did not see, and the facts that decide about their records (PRE-6, PRE-7)."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from stocktake.model.options import ImportOptions
from stocktake.model.source import Existence, Grace, MissingPolicy, Source
from stocktake.planning.beside import picked

#: How a moment in UTC is written as text, so that texts compare as moments do.
MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"

#: What a tracked field's history says after its record went missing (HIS-2).
REMOVED = "removed_from_export"


#: Facts of an absent record, as columns.
FACTS = {
    "incoming",
    "rekeying",
    "tracking",
    "retired",
    "kept",
    "elsewhere",
    "retirable",
    "referred",
    "in_grace",
    "holding",
}

#: What a row does that has found its record.
_FOUND = ("update", "unchanged", "reactivate")


def unseen(open_links: pl.DataFrame, rows: pl.DataFrame, *, keyless: bool = False) -> pl.DataFrame:
    """Those of this source's present links whose key no row of the snapshot carries, with all they have.

    rows: ``_link`` (the place in ``open_links``), ``_link_record``, ``_keyless``, ``_record_id``, ``_action``. By the
    full set of keys, never by clocks. Links of rows without an external id take no part (PRE-3), but where a whole file is
    replaced (``keyless``); a record that a row came to all the same, by a lower identity, is there, whatever became of that
    row (PRE-34). But where it found its record under another external id, this one is gone (:func:`rekeyed`, PRE-19).
    """
    absent = unmet(open_links, rows).filter(~pl.col("_keyless") | pl.lit(keyless))
    other_way = pl.col("_link_record").is_null() | pl.col("_keyless")
    renaming = ~pl.col("_keyless") & pl.col("_action").is_in(_FOUND)
    # A generated id stands in no file: its record is there if any row came to it, be it by the key that it has by now.
    generated = absent.filter("_keyless")
    mine = pl.col("_record_id").is_in(generated["_record_id"].implode())
    met = picked(rows, mine, "_record_id").unique() if not generated.is_empty() else generated
    otherwise = picked(rows, other_way & ~renaming, "_record_id").drop_nulls().unique()
    return pl.concat(
        [
            generated.join(met, on="_record_id", how="anti"),
            absent.filter(~pl.col("_keyless")).join(otherwise, on="_record_id", how="anti"),
        ]
    ).sort("_key")


def rekeyed(rows: pl.DataFrame, ids: pl.Series) -> pl.Series:
    """Those of the records ``ids``, whose links are absent, that rows found under another external id (PRE-19)."""
    found = ~pl.col("_keyless") & pl.col("_action").is_in(_FOUND) & pl.col("_record_id").is_in(ids.implode())
    return picked(rows, found, "_record_id")["_record_id"].unique()


def unmet(open_links: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The present links whose key no row carries; rows: ``_link`` (the place in ``open_links``)."""
    met = rows["_link"].drop_nulls()
    lacking = (
        open_links.select(pl.repeat(value=True, n=pl.len(), dtype=pl.Boolean)).to_series().scatter(met, False)
    )
    return open_links.filter(lacking & pl.col("_present"))


def waiting(missing: pl.DataFrame, rows: pl.DataFrame, retired: pl.Series) -> pl.DataFrame:
    """The links that were missing before and still are, whose records wait for the end of their grace (PRE-8, PRE-32).

    missing: ``_key, _keyless, _record_id, _held_run, _kept_run`` … of the source's links that are not present; rows: ``_key,
    _keyless, _record_id`` of the snapshot; retired: ids of retired records. Held links wait for a person, not for a day;
    what a person kept waits for nothing.
    """
    open_ = missing.filter(
        pl.col("_held_run").is_null()
        & pl.col("_kept_run").is_null()
        & ~pl.col("_keyless")
        & ~pl.col("_record_id").is_in(retired.implode())
    )
    if open_.is_empty():
        return open_
    seen = rows.select("_key", "_keyless")
    met = rows.select("_record_id").drop_nulls()
    return open_.join(seen, on=["_key", "_keyless"], how="anti").join(met, on="_record_id", how="anti")


def in_grace(grace: Grace, at: datetime, *, missed: pl.Expr, since: pl.Expr) -> pl.Expr:
    """Whether a link that missed so many snapshots in a row, the first at ``since`` (as text), still waits (PRE-8).

    With days and snapshots declared, whichever ends first ends the grace.
    """
    counting = missed < grace.snapshots
    if grace.days is None:
        return counting
    ended = (at - timedelta(days=grace.days)).strftime(MOMENT)
    young = since.is_null() | (since > ended)
    return young if grace.snapshots == 1 else counting & young


def presence_elsewhere(
    absent: pl.DataFrame,
    others: pl.DataFrame,
    source: Source,
    keepers: tuple[Source, ...],
    at: datetime,
) -> pl.DataFrame:
    """``_record_id, _elsewhere``: the sources that keep each absent record alive, as text, null where none does.

    others: every link of those records (``_source, _key, _record_id, _present, _keyless, _missed, _missing_since,
    _held_run``). A link of ``source`` itself counts unless it is absent too; links of other sources count where the source
    is one of ``keepers`` (PRE-31). A link in its grace still keeps its record, a held one does not (PRE-32).
    """
    still = pl.col("_present")
    for each in keepers:
        if each.grace.delays and each.name != source.name:
            waits = in_grace(each.grace, at, missed=pl.col("_missed"), since=pl.col("_missing_since"))
            still |= (pl.col("_source") == each.name) & pl.col("_held_run").is_null() & waits
    gone = absent.select(_source=pl.lit(source.name), _key="_key")
    keeping = (
        others.filter(
            still
            & ~pl.col("_keyless")
            & pl.col("_source").is_in([*(each.name for each in keepers), source.name])
        )
        .join(gone, on=["_source", "_key"], how="anti")
        .group_by("_record_id")
        .agg(_elsewhere=pl.col("_source").unique().sort().str.join(", "))
    )
    return absent.select("_record_id").unique().join(keeping, on="_record_id", how="left")


def links_elsewhere(absent: pl.DataFrame, others: pl.DataFrame, source: Source) -> pl.DataFrame:
    """``_record_id, _elsewhere``: who else has a link to each absent record, present or not (PLN-2), null where none has.

    A replacing file deletes only what its own source alone has ever had; a link of ``source`` counts unless it is absent.
    """
    gone = absent.select(_source=pl.lit(source.name), _key="_key")
    linked = (
        others.join(gone, on=["_source", "_key"], how="anti")
        .group_by("_record_id")
        .agg(_elsewhere=pl.col("_source").unique().sort().str.join(", "))
    )
    return absent.select("_record_id").unique().join(linked, on="_record_id", how="left")


def absent_facts(
    absent: pl.DataFrame,
    records: pl.DataFrame,
    elsewhere: pl.DataFrame,
    referred: pl.Series,
    *,
    source: Source,
    options: ImportOptions,
    holding: bool,
    at: datetime,
    found: pl.Series | None = None,
) -> pl.DataFrame:
    """The absent links with the facts their decision depends on (columns named as in ``Facts``).

    found: what :func:`rekeyed` gives, if there are rows.

    absent: ``_key, _record_id, _missed, _missing_since`` …, the latter as they were before this snapshot. referred: the ids
    of absent records that other records refer to.
    """
    known = absent.join(records, on="_record_id", how="left", maintain_order="left").join(
        elsewhere, on="_record_id", how="left", maintain_order="left"
    )
    may_retire = source.missing_policy is MissingPolicy.RETIRE and not source.observe_only
    own = {
        Existence.AUTHORITATIVE: pl.lit(may_retire),
        Existence.SUPPORTING: pl.lit(may_retire) & (pl.col("_creator") == source.name),
        Existence.NONE: pl.lit(False),
    }[source.existence]
    return known.with_columns(
        incoming=pl.lit(False),
        rekeying=pl.lit(False) if found is None else pl.col("_record_id").is_in(found.implode()),
        tracking=pl.lit(source.missing_policy is not MissingPolicy.IGNORE),
        retired=pl.col("_retired"),
        kept=pl.col("_record_id").is_in(list(options.keep)),
        elsewhere=pl.col("_elsewhere").is_not_null(),
        retirable=own,
        referred=pl.col("_record_id").is_in(referred.implode()),
        in_grace=in_grace(source.grace, at, missed=pl.col("_missed") + 1, since=pl.col("_missing_since")),
        holding=pl.lit(holding),
    )


def lost(absent: pl.DataFrame, rows: pl.DataFrame) -> int:
    """How many records the decided links in ``absent`` retire or delete, for the guards.

    A row without any identity that is replaced by another is no loss: of those, only what is not made up for counts.
    """
    going = absent.filter(pl.col("_action").is_in(["retire", "delete"])).unique("_record_id")
    keyless = int(going["_keyless"].sum())
    made_up = rows.filter(pl.col("_keyless") & (pl.col("_action") == "create")).height
    return going.height - min(keyless, made_up)


def removals(absent: pl.DataFrame, tracked: tuple[str, ...]) -> pl.DataFrame:
    """History of the records that are retired or newly missing (HIS-7), as ``HISTORY`` says."""
    silent = pl.col("_rule").cast(pl.String).is_in(["retired-already", "rekeyed"])
    told = pl.col("_waited") | pl.col("_action").is_in(["held"]) | silent
    held = absent.filter(~told).unique("_record_id", keep="first", maintain_order=True)
    parts = [
        held.filter(pl.col(name).is_not_null()).select(
            "_record_id",
            field=pl.lit(name),
            from_value=pl.col(name),
            to_value=pl.lit(REMOVED),
            kind=pl.lit("file_import_removed"),
        )
        for name in tracked
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema=HISTORY)


HISTORY = {
    "_record_id": pl.Int64,
    "field": pl.String,
    "from_value": pl.String,
    "to_value": pl.String,
    "kind": pl.String,
}
