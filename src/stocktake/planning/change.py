"""Which fields a row changes: a source speaks when it changes (PLN-15, PLN-19, PLN-20, BLK-1)."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from stocktake.model.record_type import Field, OnBlank, RecordType

CHANGES = {
    "_row": pl.UInt32,
    "_record_id": pl.Int64,
    "field": pl.String,
    "before": pl.String,
    "after": pl.String,
    "counted": pl.Boolean,
}


def field_changes(
    met: pl.DataFrame, record_type: RecordType, fields: tuple[str, ...], *, refresh: bool
) -> pl.DataFrame:
    """One line per field that a row writes into its record: ``_row, _record_id, field, before, after, counted``.

    ``met`` holds, per row that met a record: ``_row, _record_id`` and for each field f of ``fields`` the draft's value
    ``f`` (null says nothing, "" clears), the record's value ``f:now``, what this source said last ``f:last`` and whether
    it ever spoke for the field ``f:spoken``. A field is written where the source says something else than last time and
    the record differs from it; ``refresh`` takes every value that differs. Volatile fields come only together with
    another change (TYP-10) and do not count. Fields that declare ``authority`` or ``locked`` stand beside what
    ``planning.holding`` says of them (PRE-24).
    """
    parts = [_changed(met, record_type, name, refresh=refresh) for name in fields]
    changes = pl.concat([pl.DataFrame(schema=CHANGES), *parts])
    steady = changes.filter(pl.col("counted"))
    return changes.join(steady.select("_row").unique(), on="_row", how="semi")


def _changed(met: pl.DataFrame, record_type: RecordType, name: str, *, refresh: bool) -> pl.DataFrame:
    declared = record_type[name]
    return met.filter(taken(record_type, name, refresh=refresh)).select(
        "_row",
        "_record_id",
        field=pl.lit(name),
        before=pl.col(f"{name}:now"),
        after=target(declared),
        counted=pl.lit(not declared.volatile),
    )


def target(declared: Field) -> pl.Expr:
    """What a row's word makes of a field; a source that clears it leaves it to the next in order (PRE-24).

    So does one that meets a field that is due to another.
    """
    word = pl.when(pl.col(declared.name) != "").then(pl.col(declared.name))
    if not declared.authority:
        return word
    clears = (pl.col(declared.name) == "") & pl.col(f"{declared.name}:now").is_not_null()
    return pl.when(clears | due(declared)).then(pl.col(f"{declared.name}:below")).otherwise(word)


def due(declared: Field) -> pl.Expr:
    """Whether a field holds another value than a source of higher rank gives it: its order was declared later (PRE-24)."""
    if not declared.authority or declared.on_blank is OnBlank.FILL_ONLY or declared.initialise:
        return pl.lit(value=False)
    first = pl.col(f"{declared.name}:below")
    differs = first.is_not_null() & first.ne_missing(pl.col(f"{declared.name}:now"))
    return pl.col(f"{declared.name}:above") & ~pl.col(f"{declared.name}:hand") & differs


def taken(record_type: RecordType, name: str, *, refresh: bool) -> pl.Expr:
    """Whether a row writes a field: its word differs, it is news, and nobody who is believed more holds the field.

    Or what it holds is due to another, by an order of sources that was declared later.
    """
    declared = record_type[name]
    word = pl.when(pl.col(name) != "").then(pl.col(name))
    speaks = pl.col(name).is_not_null() & target(declared).ne_missing(pl.col(f"{name}:now"))
    if declared.on_blank is OnBlank.FILL_ONLY or declared.initialise:
        news = pl.col(f"{name}:now").is_null()
    elif refresh:
        news = pl.lit(True)
    else:
        says_other = pl.col(f"{name}:spoken") & word.ne_missing(pl.col(f"{name}:last"))
        says_first = ~pl.col(f"{name}:spoken") & word.is_not_null()
        news = says_other | says_first
        if declared.authority and not _is_status(record_type, name):
            news = news | (word.is_not_null() & pl.col(f"{name}:lower") & ~pl.col(f"{name}:hand"))
    if not declared.restrained:
        return speaks & news
    written = speaks & news & ~holds(declared)
    return written if _is_status(record_type, name) else written | due(declared)


def holds(declared: Field) -> pl.Expr:
    """Whether a field keeps what it has, whatever the row says (PRE-24): by hand, or of a source of higher rank."""
    by_hand = pl.col(f"{declared.name}:hand") if declared.locked else pl.lit(value=False)
    return by_hand | pl.col(f"{declared.name}:above") if declared.authority else by_hand


def _is_status(record_type: RecordType, name: str) -> bool:
    """A status is overwritten by retirements and returns, which is no word of a lower source."""
    return record_type.lifecycle is not None and record_type.lifecycle.field == name


def changed_values(
    state: pl.DataFrame, changes: pl.DataFrame, fields: Iterable[str], *, key: str, value: str
) -> pl.DataFrame:
    """``state`` with the values that ``changes`` give its ``fields``; where a row is not named, what it has stays.

    changes: ``key``, ``field`` and ``value`` (``after`` to go forward, ``before`` to go back).
    """
    for name in fields:
        mine = changes.filter(pl.col("field") == name).select(key, _value=pl.col(value), _hit=True)
        state = (
            state.join(mine, on=key, how="left", maintain_order="left")
            .with_columns(
                pl.when(pl.col("_hit").fill_null(value=False)).then("_value").otherwise(name).alias(name)
            )
            .drop("_value", "_hit")
        )
    return state
