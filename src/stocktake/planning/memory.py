"""What a source said last, where the record no longer says it (PLN-19).

A link's ``said`` is a JSON object of just those fields in which the record holds something else than this source said
last; "" stands for a blank. No entry: the record's value is what the source said.
"""

from __future__ import annotations

import polars as pl

from stocktake.model.record_type import Field, OnBlank, RecordType
from stocktake.planning.change import taken, target

#: Links of other sources whose memory a plan changes.
OVERWRITTEN = {"_source": pl.String, "_key": pl.String, "_said": pl.String}

#: A source's memory per row, after the import.
SAID = {"_row": pl.UInt32, "_said": pl.String}


def remembered(said: pl.Series, fields: tuple[str, ...]) -> pl.DataFrame:
    """The entries of ``said`` as one String column per field; null where there is none, "" for a blank."""
    if not fields:
        return pl.DataFrame()
    schema = pl.Struct(dict.fromkeys(fields, pl.String))
    if said.null_count() == said.len():
        return pl.DataFrame({name: pl.Series([None], dtype=pl.String) for name in fields}).clear(said.len())
    return said.cast(pl.String).str.json_decode(schema).struct.unnest()


def said(frame: pl.DataFrame, fields: tuple[str, ...]) -> pl.Series:
    """The columns ``fields`` of ``frame`` as compact JSON without the nulls; null where nothing is left."""
    pieces = []
    for name in fields:
        literal = pl.struct(pl.col(name).alias(name)).struct.json_encode()
        pieces.append(pl.when(pl.col(name).is_not_null()).then(literal.str.slice(1).str.head(-1)))
    if not pieces:
        return pl.Series("_said", [None] * frame.height, dtype=pl.String)
    body = pl.concat_str(pieces, separator=",", ignore_nulls=True)
    return frame.select(
        pl.when(pl.any_horizontal(pl.col(name).is_not_null() for name in fields))
        .then(pl.concat_str(pl.lit("{"), body, pl.lit("}")))
        .alias("_said")
    ).to_series()


def last_words(
    met: pl.DataFrame, fields: tuple[str, ...], spoken: pl.DataFrame, *, all_fields: tuple[str, ...]
) -> pl.DataFrame:
    """``met`` with ``f:spoken`` and the raw entry ``f:entry`` per field, and ``f:last`` for those the file feeds.

    met: ``_link_mapping`` (id of the mapping the link was last delivered with, null for a new link), ``_said`` and
    ``f:now``. spoken: ``_link_mapping, field``: the fields each mapping feeds. A source has spoken for a field when its
    last mapping feeds it, or its link remembers a word.
    """
    entries = remembered(met["_said"], all_fields)
    columns = [met]
    columns.append(entries.select(pl.col(name).alias(f"{name}:entry") for name in all_fields))
    joined = pl.concat(columns, how="horizontal")
    additions = []
    for name in all_fields:
        mappings = spoken.filter(pl.col("field") == name)["_link_mapping"].to_list()
        entry = pl.col(f"{name}:entry")
        delivered = pl.col("_link_mapping").is_in(mappings).fill_null(value=False)
        additions.append((delivered | entry.is_not_null()).alias(f"{name}:spoken"))
        if name in fields:
            last = (
                pl.when(entry.is_null())
                .then(pl.col(f"{name}:now"))
                .otherwise(pl.when(entry != "").then(entry))
            )
            additions.append(last.alias(f"{name}:last"))
    return joined.with_columns(additions)


def own_memory(
    met: pl.DataFrame,
    record_type: RecordType,
    fields: tuple[str, ...],
    all_fields: tuple[str, ...],
    *,
    refresh: bool,
) -> pl.DataFrame:
    """``_row, _said``: this source's memory after the import, for the rows of ``met`` (as ``last_words`` gives it).

    An entry goes where the source now says something else (it is written, or the record agrees already). One comes where
    the record does not take what the source says: a first blank that clears nothing, the status of a record that stays
    retired (``_stays``); and where the file no longer feeds a field that the source has spoken for.
    """
    status = record_type.lifecycle.field if record_type.lifecycle else None
    columns = []
    for name in all_fields:
        entry = pl.col(f"{name}:entry")
        if name not in fields:
            kept = pl.when(pl.col(f"{name}:spoken")).then(pl.coalesce(entry, f"{name}:now", pl.lit("")))
            columns.append(kept.alias(name))
            continue
        remembered_value = _entry_after(record_type, name, refresh=refresh)
        if name == status:
            refused = pl.col("_stays") & pl.col(name).is_not_null()
            remembered_value = pl.when(refused).then(pl.col(name)).otherwise(remembered_value)
        columns.append(remembered_value.alias(name))
    after = met.select("_row", *columns)
    return after.select("_row").with_columns(said(after, all_fields))


def _entry_after(record_type: RecordType, name: str, *, refresh: bool) -> pl.Expr:
    """The entry of one field that the file feeds, after the import; null for none."""
    declared = record_type[name]
    if declared.restrained or declared.initialise:
        return _word_not_taken(record_type, name, refresh=refresh)
    return _remembered(name, declared, refresh=refresh)


def _remembered(name: str, declared: Field, *, refresh: bool) -> pl.Expr:
    """The entry of a field that takes every new word."""
    draft, entry = pl.col(name), pl.col(f"{name}:entry")
    spoken, now = pl.col(f"{name}:spoken"), pl.col(f"{name}:now")
    fills = declared.on_blank is OnBlank.FILL_ONLY or declared.initialise
    target = pl.when(draft != "").then(draft)
    repeats = spoken & target.eq_missing(pl.col(f"{name}:last")) & pl.lit(not refresh)
    blank = draft.is_null() | ((draft == "") & pl.lit(not refresh))
    first_blank = ~spoken & blank & now.is_not_null() & pl.lit(not fills)
    return pl.when(first_blank).then(pl.lit("")).when(draft.is_null() | repeats).then(entry)


def _word_not_taken(record_type: RecordType, name: str, *, refresh: bool) -> pl.Expr:
    """The entry of a field that does not take every word: what the source says, unless the record says so too (PRE-24)."""
    draft, now, declared = pl.col(name), pl.col(f"{name}:now"), record_type[name]
    after = pl.when(taken(record_type, name, refresh=refresh)).then(target(declared)).otherwise(now)
    last = pl.when(pl.col(f"{name}:spoken")).then(pl.col(f"{name}:last"))
    word = pl.coalesce(draft, last, pl.lit(""))
    return pl.when(word != after.fill_null("")).then(word)


def overwritten(
    changes: pl.DataFrame, others: pl.DataFrame, spoken: pl.DataFrame, all_fields: tuple[str, ...]
) -> pl.DataFrame:
    """The links whose last word ``changes`` overwrite, with their new memory: ``_source, _key, _said``.

    changes: ``_record_id, field, before``. others: the other links of those records, ``_source, _key, _record_id,
    _link_mapping, _said``. An entry is made where the link's source has spoken for the field and has none yet.
    """
    relevant = others.join(spoken, on="_link_mapping", how="inner").join(
        changes.select("_record_id", "field", "before"), on=["_record_id", "field"], how="inner"
    )
    if relevant.is_empty():
        return pl.DataFrame(schema=OVERWRITTEN)
    links = relevant.select("_source", "_key").unique(maintain_order=True)
    held = others.join(links, on=["_source", "_key"], how="semi")
    before = relevant.select("_source", "_key", "field", pl.col("before").fill_null("")).pivot(
        on="field", index=["_source", "_key"], values="before"
    )
    entries = pl.concat(
        [held.select("_source", "_key"), remembered(held["_said"], all_fields)], how="horizontal"
    )
    joined = entries.join(before, on=["_source", "_key"], how="left", suffix=":before", maintain_order="left")
    merged = joined.with_columns(
        pl.coalesce(name, f"{name}:before").alias(name)
        for name in all_fields
        if f"{name}:before" in joined.columns
    )
    return merged.select("_source", "_key").with_columns(said(merged, all_fields))
