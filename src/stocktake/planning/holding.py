"""Who holds a field: a person, or a source that others yield to (PRE-24).

Nothing of it is asked of a type whose fields declare neither ``authority`` nor ``locked``.
"""

from __future__ import annotations

import polars as pl

from stocktake.model.decision import Action
from stocktake.model.record_type import Field, RecordType
from stocktake.planning.beside import picked
from stocktake.planning.change import due, holds
from stocktake.planning.memory import remembered

#: What rows say and is not taken: the field holds ``now``, since a person (``hand``) or a higher source (``rank``) gave it.
KEPT = {
    "_row": pl.UInt32,
    "_record_id": pl.Int64,
    "field": pl.String,
    "now": pl.String,
    "said": pl.String,
    "why": pl.String,
}

HAND, RANK = "hand", "rank"

#: Values that the next source in order gives, since the one that held them has the record no more.
SUCCESSION = {
    "_record_id": pl.Int64,
    "_version": pl.Int64,
    "field": pl.String,
    "before": pl.String,
    "after": pl.String,
}


def restrained(record_type: RecordType, fields: tuple[str, ...]) -> tuple[str, ...]:
    """Those of ``fields`` that do not take every new word."""
    return tuple(name for name in fields if record_type[name].restrained)


def ranked(record_type: RecordType, fields: tuple[str, ...]) -> tuple[str, ...]:
    """Those of ``fields`` in which sources have an order."""
    return tuple(name for name in fields if record_type[name].authority)


def inherited(record_type: RecordType) -> tuple[str, ...]:
    """The fields that fall to the next source when one leaves; a status is the lifecycle's."""
    status = record_type.lifecycle.field if record_type.lifecycle else None
    return tuple(each.name for each in record_type.fields if each.authority and each.name != status)


def order(record_type: RecordType) -> str:
    """In which order sources are believed, field by field; empty where no field has one."""
    return "; ".join(
        f"{each.name}: {', '.join(each.authority)}" for each in record_type.fields if each.authority
    )


def reordered(
    rows: pl.DataFrame, open_links: pl.DataFrame, changes: pl.DataFrame, ranked: tuple[str, ...]
) -> int:
    """How many values change because of the order of sources alone: their rows say what they said before.

    rows: ``_hash, _link, _record_id``; changes: ``_record_id, field``.
    """
    known = picked(rows, pl.col("_link").is_not_null(), "_hash", "_link", "_record_id")
    same = known.filter(known["_hash"] == open_links["_hash"].gather(known["_link"]))
    mine = changes.filter(pl.col("field").is_in(list(ranked)))
    return mine.join(same, on="_record_id", how="semi").height


def with_hands(met: pl.DataFrame, fields: tuple[str, ...], edits: pl.DataFrame) -> pl.DataFrame:
    """``met`` with ``f:hand`` per field: whether a person gave its value; edits: ``record_id, field``."""
    columns = []
    for name in fields:
        mine = edits.filter(pl.col("field") == name)["record_id"]
        columns.append(pl.col("_record_id").is_in(mine.implode()).alias(f"{name}:hand"))
    return met.with_columns(columns)


def with_ranks(
    met: pl.DataFrame,
    record_type: RecordType,
    fields: tuple[str, ...],
    source: str,
    others: pl.DataFrame,
    spoken: pl.DataFrame,
) -> pl.DataFrame:
    """``met`` with what the other sources say of each field, in their order.

    ``f:above``: a source of higher rank than ``source`` has given it a value. ``f:below``: what the first of all others
    says. ``f:lower``: the record holds what a source of lower rank says. Only present links give a value (PRE-24).
    others: links of other sources to those records. spoken: ``_link_mapping, field``.
    """
    all_fields = tuple(each.name for each in record_type.fields)
    entries = remembered(others["_said"], all_fields)
    for name in fields:
        links = others.select("_source", "_record_id", "_present", "_link_mapping").with_columns(
            entries[name].alias("_entry")
        )
        held = met.select("_record_id", _now=f"{name}:now").unique("_record_id")
        words = _words(links.join(held, on="_record_id", how="inner"), name, spoken)
        met = met.join(
            _heard(words, record_type[name], source).rename(
                {each: f"{name}:{each}" for each in ("above", "below", "lower")}
            ),
            on="_record_id",
            how="left",
            maintain_order="left",
        ).with_columns(pl.col(f"{name}:above", f"{name}:lower").fill_null(value=False))
    return met


def _words(links: pl.DataFrame, name: str, spoken: pl.DataFrame) -> pl.DataFrame:
    """The links with the ``_word`` of their source: null where it has said nothing, or a blank."""
    mappings = spoken.filter(pl.col("field") == name)["_link_mapping"]
    delivered = pl.col("_link_mapping").is_in(mappings.implode()).fill_null(value=False)
    word = pl.when(pl.col("_entry").is_not_null()).then("_entry").when(delivered).then("_now")
    return links.with_columns(_word=word).with_columns(_word=pl.when(pl.col("_word") != "").then("_word"))


def _heard(words: pl.DataFrame, declared: Field, source: str) -> pl.DataFrame:
    """``_record_id, above, below, lower`` of the records of ``words``."""
    order, last = list(declared.authority), len(declared.authority)
    mine = order.index(source) if source in order else last
    rank = pl.col("_source").replace_strict(order, range(last), default=last, return_dtype=pl.Int64)
    saying = words.filter(pl.col("_word").is_not_null()).with_columns(_rank=rank)
    here = pl.col("_present")
    return (
        saying.sort("_rank", "_source", maintain_order=True)
        .group_by("_record_id", maintain_order=True)
        .agg(
            above=(here & (pl.col("_rank") < mine)).any(),
            below=pl.col("_word").filter(here).first(),
            lower=((pl.col("_rank") > mine) & (pl.col("_word") == pl.col("_now"))).any(),
        )
    )


def kept(met: pl.DataFrame, record_type: RecordType, fields: tuple[str, ...]) -> pl.DataFrame:
    """What the rows of ``met`` say of ``fields`` and the record does not take, as ``KEPT``."""
    parts = [pl.DataFrame(schema=KEPT)]
    for name in fields:
        declared = record_type[name]
        word = pl.when(pl.col(name) != "").then(pl.col(name))
        differing = pl.col(name).is_not_null() & word.ne_missing(pl.col(f"{name}:now"))
        by_hand = pl.col(f"{name}:hand") if declared.locked else pl.lit(value=False)
        parts.append(
            met.filter(differing & holds(declared)).select(
                "_row",
                "_record_id",
                field=pl.lit(name),
                now=_held_after(declared),
                said=word,
                why=pl.when(by_hand).then(pl.lit(HAND)).otherwise(pl.lit(RANK)),
            )
        )
    return pl.concat(parts)


def _held_after(declared: Field) -> pl.Expr:
    """What a field that does not take a row's word holds after the plan: what it holds now, or what is due to it."""
    now = pl.col(f"{declared.name}:now")
    if not declared.authority:
        return now
    return pl.when(due(declared)).then(pl.col(f"{declared.name}:below")).otherwise(now)


def succession(
    left: pl.DataFrame, record_type: RecordType, fields: tuple[str, ...], spoken: pl.DataFrame
) -> pl.DataFrame:
    """What becomes of ``fields`` of records that their source no longer has, as ``SUCCESSION``.

    left: its links, ``_record_id, _version, _link_mapping, _said`` and ``f:now``, beside what :func:`with_hands` and
    :func:`with_ranks` say. A field falls to the next in order where it holds what this source said, and no person gave it.
    """
    entries = remembered(left["_said"], tuple(each.name for each in record_type.fields))
    parts = [pl.DataFrame(schema=SUCCESSION)]
    for name in fields:
        mappings = spoken.filter(pl.col("field") == name)["_link_mapping"]
        delivered = pl.col("_link_mapping").is_in(mappings.implode()).fill_null(value=False)
        own = (
            pl.when(pl.col("_entry").is_null())
            .then(delivered)
            .otherwise(pl.col("_entry") == pl.col(f"{name}:now"))
        )
        held = own.fill_null(value=False) & ~pl.col(f"{name}:hand") & ~pl.col(f"{name}:above")
        differs = pl.col(f"{name}:below").is_not_null() & pl.col(f"{name}:below").ne_missing(
            pl.col(f"{name}:now")
        )
        parts.append(
            left.with_columns(entries[name].alias("_entry"))
            .filter(held & differs)
            .unique("_record_id", maintain_order=True)
            .select(
                "_record_id",
                "_version",
                field=pl.lit(name),
                before=pl.col(f"{name}:now"),
                after=pl.col(f"{name}:below"),
            )
        )
    return pl.concat(parts)


def given(found: pl.DataFrame | None) -> pl.DataFrame:
    """``SUCCESSION`` as field changes of a plan."""
    changes = pl.DataFrame(schema=SUCCESSION) if found is None else found
    return changes.select(
        "_record_id",
        pl.lit(Action.UPDATE.value).alias("_action"),
        "field",
        "before",
        "after",
        counted=pl.lit(value=True),
    )


def counts(found: pl.DataFrame | None, fallen: pl.DataFrame | None = None) -> dict[str, int]:
    """What an order of sources and persons do to a plan (PRE-24).

    ``kept_by_hand``: values of the file that a person's stands against. ``outranked``: that a higher source's does.
    ``handed_on``: values that the next source gives.
    """
    by_hand = int((found["why"] == HAND).sum()) if found is not None else 0
    return {
        "kept_by_hand": by_hand,
        "outranked": found.height - by_hand if found is not None else 0,
        "handed_on": fallen.height if fallen is not None else 0,
    }
