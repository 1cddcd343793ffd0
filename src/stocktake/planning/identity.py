"""Which record a row means (IDN-1, PRE-20): its link, then the ladder of identities, never "first match wins"."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True, kw_only=True)
class Rekeys:
    """Which records may go by a new external id from now on: those of ``ids``, or ``all`` (PRE-19).

    rungs: those that are made of the external id itself, and say otherwise when it is new.
    """

    ids: tuple[int, ...] = ()
    all: bool = False
    rungs: tuple[str, ...] = ()


def matches(
    rows: pl.DataFrame,
    links: pl.DataFrame,
    records: pl.DataFrame,
    rungs: tuple[str, ...],
    settled: pl.Series | None = None,
    *,
    rekeys: Rekeys | None = None,
    naming: tuple[str, ...] = (),
) -> pl.DataFrame:
    """The record each row leads to.

    rows: ``_row, _key, _keyless, _link_record`` (the record its link leads to) and the columns ``rungs`` (canonical
    identity values, null where incomplete). links: this source's ``_record_id, _keyless, _seen``. records: ``_record_id``
    and ``rungs`` of every stored record. settled: ids of records that other rows of the file have already, by their links.
    rekeys: which records may go by a new external id; None where a file does not say what its source lacks (PRE-19).

    Returns ``_row, _record_id, _matched_by`` ("external id" or the rung's column, null if none), ``ambiguous``,
    ``conflicting``, ``rekeying``, ``_candidates`` (record ids, for people), ``displacing`` (it conflicts only since lower
    rungs lead elsewhere), else ``_why`` it conflicts (contradicted, renamed, known, shared), and per rung r ``r_held``
    (ids of the records elsewhere, PACK-1) and ``r_several`` (it leads to several and decides).

    naming: those of the rungs that name a record of the type whatever the source's own key is.

    The link decides first, then the first rung that leads to a record. Several records on the deciding rung: ambiguous. A
    lower rung that leads elsewhere, a record whose higher rung says otherwise, a link to a record that is named otherwise,
    or a record that this source already knows under another key: conflicting. If that other key is gone from the file, the
    record seems to have a new one: ``rekeying``, and conflicting till it is confirmed.
    """
    state = rows.with_columns(
        _record_id=pl.col("_link_record"),
        _matched_by=pl.when(pl.col("_link_record").is_not_null()).then(pl.lit("external id")),
        ambiguous=pl.lit(False),
        conflicting=pl.lit(False),
        rekeying=pl.lit(False),
        _other_key=pl.lit(False),
        _why=pl.lit(None, dtype=pl.String),
        _candidates=pl.lit(None, dtype=pl.List(pl.Int64)),
    )
    for index, rung in enumerate(rungs):
        state = _climb(state, records, rung, higher=rungs[:index], own=rekeys.rungs if rekeys else ())
    if naming:
        state = _named_otherwise(state, records, naming)
    if rungs:
        state = _claimed_once(_known_otherwise(state, links, rekeys), settled)
    return state.select(
        "_row",
        "_record_id",
        "_matched_by",
        "ambiguous",
        "conflicting",
        "rekeying",
        "_candidates",
        "_why",
        *(f"{rung}_{said}" for rung in rungs for said in ("held", "several")),
        displacing=pl.col("conflicting") & pl.col("_why").is_null() & ~pl.col("rekeying"),
    )


def _climb(
    state: pl.DataFrame, records: pl.DataFrame, rung: str, *, higher: tuple[str, ...], own: tuple[str, ...]
) -> pl.DataFrame:
    """Let one rung speak: decide what is undecided, object to what leads elsewhere.

    A higher rung that is the external id itself (``own``) contradicts a renamed record, too; that is only noted.
    """
    leads = (
        records.filter(pl.col(rung).is_not_null())
        .select(rung, "_record_id", *higher)
        .group_by(rung)
        .agg(
            pl.col("_record_id").alias("_hits"),
            *(pl.col(each).first().alias(f"{each}_stored") for each in higher),
        )
    )
    joined = state.join(leads, on=rung, how="left", maintain_order="left")
    hit = pl.col("_hits").is_not_null()
    single = pl.col("_hits").list.len() == 1
    undecided = pl.col("_record_id").is_null() & ~pl.col("ambiguous")
    contradicted = other_key = pl.lit(False)
    for each in higher:
        differs = (pl.col(each) != pl.col(f"{each}_stored")).fill_null(False)
        contradicted = contradicted | (pl.lit(False) if each in own else differs)
        other_key = other_key | (differs if each in own else pl.lit(False))
    elsewhere = (
        pl.col("_record_id").is_not_null() & hit & ~pl.col("_hits").list.contains(pl.col("_record_id"))
    )
    takes = undecided & hit & single
    return joined.with_columns(
        pl.when(elsewhere).then("_hits").alias(f"{rung}_held"),
        (undecided & hit & ~single).fill_null(False).alias(f"{rung}_several"),
        conflicting=pl.col("conflicting") | elsewhere | (takes & contradicted),
        _why=pl.when(takes & contradicted).then(pl.lit("contradicted")).otherwise("_why"),
        _other_key=pl.col("_other_key") | (takes & other_key).fill_null(False),
        ambiguous=pl.col("ambiguous") | (undecided & hit & ~single).fill_null(False),
        _candidates=pl.when(elsewhere | (undecided & hit)).then("_hits").otherwise("_candidates"),
        _record_id=pl.when(takes).then(pl.col("_hits").list.first()).otherwise("_record_id"),
        _matched_by=pl.when(takes).then(pl.lit(rung)).otherwise("_matched_by"),
    ).drop("_hits", *(f"{each}_stored" for each in higher))


def _named_otherwise(state: pl.DataFrame, records: pl.DataFrame, naming: tuple[str, ...]) -> pl.DataFrame:
    """A known external id that now carries the name of another record, be that one stored or not: a swapped board.

    A lower rung that changes and leads nowhere is news of the same record.
    """
    stored = records.select(_link_record="_record_id", **{f"{each}_stored": each for each in naming})
    joined = state.join(stored, on="_link_record", how="left", maintain_order="left")
    differs = pl.any_horizontal(
        (pl.col(each) != pl.col(f"{each}_stored")).fill_null(False) for each in naming
    )
    return _contradicting(joined, differs & ~pl.col("conflicting"), "renamed").drop(
        f"{each}_stored" for each in naming
    )


def _known_otherwise(state: pl.DataFrame, links: pl.DataFrame, rekeys: Rekeys | None) -> pl.DataFrame:
    """A record adopted by a rung that this source already links under another key carries another identity (PRE-20).

    Unless none of those keys is in the file any more, and no second row claims it: then it seems to be renamed (PRE-19).
    """
    known = (
        links.filter(~pl.col("_keyless"))
        .group_by("_record_id")
        .agg(_known=pl.lit(value=True), _still=pl.col("_seen").any())
    )
    joined = state.join(known, on="_record_id", how="left", maintain_order="left")
    adopted = pl.col("_record_id").is_not_null() & (pl.col("_matched_by") != "external id")
    otherwise = (adopted & pl.col("_known").fill_null(False) & ~pl.col("_keyless")).fill_null(value=False)
    if rekeys is None:
        return _contradicting(joined, otherwise, "known").drop("_known", "_still")
    renamed = (
        otherwise
        & ~pl.col("_still").fill_null(value=False)
        & ~pl.col("conflicting")
        & (pl.len().over("_record_id") == 1)
    )
    confirmed = pl.lit(rekeys.all) | pl.col("_record_id").is_in(list(rekeys.ids)).fill_null(value=False)
    odd = (otherwise | pl.col("_other_key")) & ~(renamed & confirmed)
    marked = joined.with_columns(rekeying=renamed & ~confirmed)
    return _contradicting(marked, odd, "known").drop("_known", "_still")


def _claimed_once(state: pl.DataFrame, settled: pl.Series | None) -> pl.DataFrame:
    """Of several rows that lead to one record, those that came by a rung conflict (a record has one row).

    Where several came by links of their own, as after a new id was confirmed and the old one is back, they all do.
    """
    claims = pl.len().over("_record_id")
    by_rung = pl.col("_matched_by") != "external id"
    linked = (~by_rung).sum().over("_record_id") > 1
    taken = pl.lit(value=False)
    if settled is not None:
        mine = settled.filter(settled.is_in(state["_record_id"].implode()))
        taken = pl.col("_record_id").is_in(mine.implode())
    shared = pl.col("_record_id").is_not_null() & (((claims > 1) | taken) & by_rung | linked)
    return _contradicting(state, shared.fill_null(False), "shared")


def _contradicting(state: pl.DataFrame, rows: pl.Expr, why: str) -> pl.DataFrame:
    """``state`` in which ``rows`` conflict with the very record they lead to."""
    said = pl.when(rows & pl.col("_why").is_null()).then(pl.lit(why)).otherwise("_why")
    return state.with_columns(conflicting=pl.col("conflicting") | rows, _why=said)
