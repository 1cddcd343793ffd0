"""Distinct of filled, blanks, duplicates, and keys that only look different (MAP-5)."""

from __future__ import annotations

import polars as pl

from stocktake.cleaning.key import key_fields
from stocktake.model.key import SHOWN, KeyFacts, KeyTrouble
from stocktake.model.mapping import Mapping
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source

#: What a spreadsheet makes of a long number: one digit, its decimals, an exponent with a sign. ``5E4`` may be a key.
SCIENTIFIC = r"^[+-]?[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{1,3}$"

_BLANKS = r"[\s\x1c-\x1f\x{200b}\x{feff}]+"


def key_facts(
    rows: pl.DataFrame, record_type: RecordType, source: Source, mapping: Mapping
) -> KeyFacts | None:
    """The facts of ``rows`` (``_line, _key, _key_raw, _keyless``); None where no column feeds the external id.

    Keys are compared in their canonical form, and shown as they are written.
    """
    names = key_fields(record_type, source, mapping)
    columns = [header for name in names if (each := mapping.of(name)) for header in each.headers]
    if not columns:
        return None
    told = rows.select(
        "_line",
        _key=pl.when(~pl.col("_keyless")).then(pl.col("_key")),
        _said=pl.coalesce("_key_raw", "_key"),
    )
    keyed = told.filter(pl.col("_key").is_not_null())
    distinct = keyed["_key"].n_unique()
    return KeyFacts(
        fields=tuple(names),
        columns=tuple(dict.fromkeys(columns)),
        rows=rows.height,
        filled=keyed.height,
        distinct=distinct,
        blank=_rows(told.filter(pl.col("_key").is_null())) if keyed.height < rows.height else KeyTrouble(),
        repeated=_repeated(keyed) if distinct < keyed.height else KeyTrouble(),
        case_only=_alike(keyed, pl.col("_key").str.to_lowercase(), distinct),
        blank_only=_alike(keyed, pl.col("_key").str.replace_all(_BLANKS, ""), distinct),
        scientific=_keys(keyed.filter(pl.col("_said").str.contains(SCIENTIFIC))),
    )


def _rows(odd: pl.DataFrame) -> KeyTrouble:
    return KeyTrouble(count=odd.height, lines=tuple(odd["_line"].head(SHOWN).to_list()))


def _keys(odd: pl.DataFrame) -> KeyTrouble:
    """Keys that are odd, each counted once."""
    first = odd.unique("_key", keep="first", maintain_order=True)
    shown = first.head(SHOWN)
    return KeyTrouble(
        count=first.height, examples=tuple(shown["_said"].to_list()), lines=tuple(shown["_line"].to_list())
    )


def _repeated(keyed: pl.DataFrame) -> KeyTrouble:
    """Keys of several rows; the lines are those of the first such keys, all of them."""
    again = keyed.filter(pl.col("_key").is_duplicated())
    first = again.unique("_key", keep="first", maintain_order=True)
    shown = again.filter(pl.col("_key").is_in(first["_key"].head(SHOWN).to_list()))
    return KeyTrouble(
        count=first.height,
        examples=tuple(first["_said"].head(SHOWN).to_list()),
        lines=tuple(shown["_line"].head(2 * SHOWN).to_list()),
    )


def _alike(keyed: pl.DataFrame, form: pl.Expr, distinct: int) -> KeyTrouble:
    """Keys that are one in a coarser form; nothing is sought where as many differ in that form as as they are."""
    if keyed.select(form.n_unique()).item() == distinct:
        return KeyTrouble()
    single = keyed.unique("_key", keep="first", maintain_order=True).with_columns(_form=form)
    return _keys(single.filter(pl.col("_form").is_duplicated()).sort("_form", "_line", maintain_order=True))
