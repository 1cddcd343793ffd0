"""Rulings: a person says what a row is whose keys contradict each other, or that several records match (PRE-20).

It is one of the records that its keys lead to, or a new one. If its external id was another record's, that id moves: the
link of the record that had it goes by the id with a suffix from then on, so that the record keeps its history and goes
missing like any other that its source no longer names.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from stocktake.model.record_type import RecordType
from stocktake.planning.beside import by_row, picked
from stocktake.planning.displacing import CLAIMS, suffixed

#: By what a row's own link leads to a record.
BY_KEY = "external id"
#: So many records of one identity are told of a row.
TOLD = 20

#: A record that a row in conflict leads to, and the identities by which it does, parted by commas.
CONTESTED = {"_row": pl.UInt32, "_record_id": pl.Int64, "_by": pl.String}

#: What a person decided of a row: it is the record ``_to``, null for a new one. ``_had``: the record of its link so far,
#: ``_aside``: by which key that link goes from now on, and ``_aside_raw``, null where it stays.
RULED = {
    "_row": pl.UInt32,
    "_line": pl.UInt32,
    "_key": pl.String,
    "_key_raw": pl.String,
    "_keyless": pl.Boolean,
    "_to": pl.Int64,
    "_link": pl.UInt32,
    "_had": pl.Int64,
    "_present": pl.Boolean,
    "_aside": pl.String,
    "_aside_raw": pl.String,
}

#: What a row does that acts.
_ACTING = ("create", "update", "unchanged", "reactivate")


def contested(
    torn: pl.DataFrame, ladder: pl.DataFrame, names: Sequence[str], *, limit: int | None = TOLD
) -> pl.DataFrame:
    """The records that rows lead to, by whatever identity, as ``CONTESTED``; of each identity the first ``limit``.

    torn: ``_row, _link_record`` and the rungs ``names``. ladder: ``_record_id`` and the rungs of every record.
    """
    parts = [
        torn.filter(pl.col("_link_record").is_not_null()).select(
            "_row", _record_id="_link_record", _by=pl.lit(BY_KEY)
        )
    ]
    for name in names:
        wanted = torn.filter(pl.col(name).is_not_null()).select("_row", name)
        theirs = ladder.filter(pl.col(name).is_in(wanted[name].implode())).select("_record_id", name)
        ids = pl.col("_record_id").sort()
        leads = theirs.group_by(name).agg(ids if limit is None else ids.head(limit))
        parts.append(
            wanted.join(leads, on=name, how="inner")
            .explode("_record_id")
            .select("_row", "_record_id", _by=pl.lit(name))
        )
    told = pl.concat([pl.DataFrame(schema=CONTESTED), *parts])
    return (
        told.group_by("_row", "_record_id", maintain_order=True)
        .agg(pl.col("_by").str.join(","))
        .sort("_row", "_record_id")
    )


def applied(found: pl.DataFrame, ruled: pl.DataFrame) -> pl.DataFrame:
    """``found``, as ``identity.matches`` gives it, with what was decided of its rows (``_row, _to``), marked ``ruled``."""
    said = found.join(
        ruled.select("_row", "_to", ruled=pl.lit(value=True)), on="_row", how="left", maintain_order="left"
    ).with_columns(pl.col("ruled").fill_null(value=False))
    flags = ("ambiguous", "conflicting", "rekeying", "displacing")
    return said.with_columns(
        pl.when("ruled").then("_to").otherwise("_record_id").alias("_record_id"),
        *(pl.col(name) & ~pl.col("ruled") for name in flags),
    ).drop("_to")


def claims(
    ruled: pl.DataFrame, reached: pl.DataFrame, climbing: pl.DataFrame, names: Sequence[str]
) -> pl.DataFrame:
    """Which records would give an identity up to rows that were decided: ``_row, _rung, _text, _record_id``.

    ruled: ``_row, _to``. reached: every record that those rows lead to, as ``CONTESTED``. climbing: ``_row`` and rungs of
    the rows that speak. names: the rungs that no two records may share. ``_text`` is null where another row says the same.
    """
    others = reached.join(ruled.select("_row", "_to"), on="_row", how="inner", maintain_order="left").filter(
        pl.col("_to").is_null() | (pl.col("_to") != pl.col("_record_id"))
    )
    parts = [pl.DataFrame(schema={name: CLAIMS[name] for name in ("_row", "_rung", "_text", "_record_id")})]
    for name in names:
        held = others.filter(pl.col("_by").str.split(",").list.contains(name)).select("_row", "_record_id")
        once = climbing.select("_row", _text=pl.col(name), _once=~pl.col(name).is_duplicated())
        parts.append(
            held.join(once, on="_row", how="left", maintain_order="left").select(
                "_row",
                _rung=pl.lit(name),
                _text=pl.when("_once").then("_text"),
                _record_id="_record_id",
            )
        )
    return pl.concat(parts)


def exclusive_rungs(record_type: RecordType, key: tuple[str, ...]) -> tuple[str, ...]:
    """The rungs that no two records may share: of unique fields, and of the external id (``key``) itself.

    Others, as a name and an amount, may well be those of two records; the link tells these apart.
    """
    return tuple(
        f"_rung{place}"
        for place, rung in enumerate(record_type.identity)
        if set(rung) <= {*key, *record_type.external_id} or any(record_type[name].unique for name in rung)
    )


def asides(ruled: pl.DataFrame, keys: Sequence[pl.Series], number: int) -> pl.DataFrame:
    """``ruled`` with the keys by which the links go whose record is another one from now on.

    keys: those of the source and of its file. number: told where a key with its record's number is there already.
    """
    moves = pl.col("_had").is_not_null() & pl.col("_had").ne_missing(pl.col("_to"))
    short = suffixed(pl.col("_key"), pl.col("_had"))
    told = ruled.with_columns(_short=short)
    there = [each.filter(each.is_in(told["_short"].implode())) for each in keys]
    taken = pl.col("_short").is_in(pl.concat(there).implode())
    again = pl.when(taken).then(pl.format("~{}", pl.lit(number))).otherwise(pl.lit(""))
    raw = suffixed(pl.col("_key_raw"), pl.col("_had"))
    return told.with_columns(
        _aside=pl.when(moves).then(pl.concat_str("_short", again)),
        _aside_raw=pl.when(moves & pl.col("_key_raw").is_not_null()).then(pl.concat_str(raw, again)),
    ).select(RULED.keys())


_LINK = ("_link", "_link_record", "_link_present")


def unlinked(rows: pl.DataFrame, ruled: pl.DataFrame) -> pl.DataFrame:
    """``rows`` of a file, where those whose external id moves have no link any more."""
    moving = ruled.filter(pl.col("_aside").is_not_null())["_row"]
    if moving.is_empty():
        return rows
    hit = pl.col("_row").is_in(moving.implode())
    return rows.with_columns(pl.when(~hit).then(pl.col(name)).alias(name) for name in _LINK)


def standing(rows: pl.DataFrame, ruled: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The decided ``rows``, and those of ``ruled`` that come about; a row that is left out after all keeps its link."""
    if ruled.is_empty():
        return rows, ruled
    acting = picked(rows, pl.col("_action").is_in(_ACTING), "_row")
    stands = ruled.join(acting, on="_row", how="semi", maintain_order="left")
    left = ruled.join(acting, on="_row", how="anti").filter(pl.col("_aside").is_not_null())
    if left.is_empty():
        return rows, stands
    place = by_row(left["_row"], rows.height)
    before = (left["_link"], left["_had"], left["_present"])
    return rows.with_columns(
        pl.coalesce(name, each.gather(place)).alias(name) for name, each in zip(_LINK, before, strict=True)
    ), stands


def moved(ruled: pl.DataFrame | None) -> pl.DataFrame:
    """Those whose external id was another record's."""
    found = pl.DataFrame(schema=RULED) if ruled is None else ruled
    return found.filter(pl.col("_aside").is_not_null())


def staying(rows: pl.DataFrame, ruled: pl.DataFrame | None) -> pl.DataFrame:
    """``rows`` without those whose external id is a link of another record so far (PLN-19)."""
    going = moved(ruled)["_row"]
    return rows if going.is_empty() else rows.filter(~pl.col("_row").is_in(going.implode()))


def row_name() -> pl.Expr:
    """By what a row is named in a decision: its external id as read, else its line."""
    own = pl.coalesce("_key_raw", "_key")
    return pl.when(~pl.col("_keyless")).then(own).otherwise(pl.format("line:{}", "_line"))


def found_by(record_type: RecordType) -> pl.Expr:
    """``_by`` as names of fields, rung by rung: ``external_id, serial_number``."""
    rungs = {f"_rung{place}": " + ".join(rung) for place, rung in enumerate(record_type.identity)}
    names = {BY_KEY: "external_id", **rungs}
    return pl.col("_by").str.split(",").list.eval(pl.element().replace(names))


def counts(ruled: pl.DataFrame | None) -> dict[str, int]:
    """How many conflicts are settled."""
    return {"settled": 0 if ruled is None else ruled.height}
