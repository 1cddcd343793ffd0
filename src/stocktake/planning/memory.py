"""What a source said last, where the record no longer says it (PLN-19).

A link's ``said`` is a JSON object of just those fields in which the record holds something else than this source said
last; "" stands for a blank. No entry: the record's value is what the source said.
"""

from __future__ import annotations

import polars as pl

from stocktake.model.record_type import OnBlank, RecordType


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
    """``met`` with ``f:last``, ``f:spoken`` and the raw entry ``f:entry`` per field.

    met: ``_link_mapping`` (id of the mapping the link was last delivered with, null for a new link), ``_said`` and
    ``f:now``. spoken: ``_link_mapping, field``: the fields each mapping feeds.
    """
    entries = remembered(met["_said"], all_fields)
    columns = [met]
    columns.append(entries.select(pl.col(name).alias(f"{name}:entry") for name in all_fields))
    joined = pl.concat(columns, how="horizontal")
    additions = []
    for name in fields:
        mappings = spoken.filter(pl.col("field") == name)["_link_mapping"].to_list()
        entry = pl.col(f"{name}:entry")
        additions += [
            pl.col("_link_mapping").is_in(mappings).fill_null(False).alias(f"{name}:spoken"),
            pl.when(entry.is_null())
            .then(pl.col(f"{name}:now"))
            .otherwise(pl.when(entry != "").then(entry))
            .alias(f"{name}:last"),
        ]
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
    the source speaks for a field for the first time with a blank that does not clear what the record holds.
    """
    columns = []
    for name in all_fields:
        entry = pl.col(f"{name}:entry")
        if name not in fields:
            columns.append(entry.alias(name))
            continue
        draft = pl.col(name)
        target = pl.when(draft != "").then(draft)
        spoken = pl.col(f"{name}:spoken")
        repeats = spoken & target.eq_missing(pl.col(f"{name}:last"))
        keeps = draft.is_null() | (repeats & pl.lit(not refresh))
        fills = record_type[name].on_blank is OnBlank.FILL_ONLY or record_type[name].initialise
        first_blank = (
            pl.lit(not refresh and not fills) & ~spoken & (draft == "") & pl.col(f"{name}:now").is_not_null()
        )
        columns.append(
            pl.when(first_blank.fill_null(False)).then(pl.lit("")).when(keeps).then(entry).alias(name)
        )
    after = met.select("_row", *columns)
    return after.select("_row").with_columns(said(after, all_fields))


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
    empty = pl.DataFrame(schema={"_source": pl.String, "_key": pl.String, "_said": pl.String})
    if relevant.is_empty():
        return empty
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
