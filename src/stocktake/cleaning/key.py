"""External ids of rows (PRE-3, TYP-11, IDN-2)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import polars as pl

from stocktake.cleaning import json_text
from stocktake.cleaning.cell import CLEARING_TOKENS, folded, tidied
from stocktake.cleaning.cleaner import chained
from stocktake.cleaning.feed import cleaners_of, column_of, fed
from stocktake.model.errors import InvalidInput
from stocktake.model.mapping import Mapping
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source

#: The longest external id that is kept, in characters.
MAXIMUM_KEY_LENGTH = 1_000
#: A mapping's target that feeds the key and no field (TYP-5).
EXTERNAL_ID = "external_id"

_NO_LONG_KEYS = pl.DataFrame(schema={"_row": pl.UInt32, "_key_raw": pl.String})
_MAXIMUM_GROWTH = 6  # bytes that JSON needs for one byte of a cell, at worst


def keys(batch: pl.DataFrame, record_type: RecordType, source: Source, mapping: Mapping) -> pl.DataFrame:
    """``_row``, ``_key`` and ``_key_raw`` of every row of a reader's batch, faulty rows included (PRE-5).

    ``_key`` is the external id in canonical form: trimmed, NFC, after the field's cleaners and the source's
    key rules; of several parts it is the JSON array of them, blanks as ``""``. It is null where no part
    (``key_parts = "all"``: not every part) is filled, and where it is longer than 1,000 characters or holds
    NUL. ``_key_raw`` is the key as read, null where it equals ``_key`` or there is none. Raises
    ``InvalidInput`` (``unknown-key-rule``).
    """
    key, raw = pl.col("_key"), pl.col("_key_raw")
    usable = (key.str.len_chars() <= MAXIMUM_KEY_LENGTH) & ~key.str.contains("\0", literal=True)
    return (
        _encoded(batch, record_type, source, mapping)
        .with_columns(_key=pl.when(usable).then(key))
        .with_columns(_key_raw=pl.when(key.is_not_null() & (raw != key)).then(raw))
    )


def long_keys(batch: pl.DataFrame, record_type: RecordType, source: Source, mapping: Mapping) -> pl.DataFrame:
    """``_row`` and ``_key_raw`` of those rows whose external id is longer than is kept."""
    batch = fed(batch, mapping)
    sizes = [pl.col(column).str.len_bytes() for column in _columns(record_type, source, mapping) if column]
    longest = batch.select(pl.sum_horizontal(sizes).max()).item() if sizes else None
    if (longest or 0) * _MAXIMUM_GROWTH < MAXIMUM_KEY_LENGTH - 100:
        return _NO_LONG_KEYS
    return (
        _encoded(batch, record_type, source, mapping)
        .filter(pl.col("_key").str.len_chars() > MAXIMUM_KEY_LENGTH)
        .drop("_key")
    )


def key_fields(record_type: RecordType, source: Source, mapping: Mapping) -> tuple[str, ...]:
    """The fields whose cells make the external id: mapped as such, else the source's, else the type's (TYP-11)."""
    if mapping.of(EXTERNAL_ID) is not None:
        return (EXTERNAL_ID,)
    return source.external_id or record_type.external_id


def key_rules(record_type: RecordType, source: Source, mapping: Mapping) -> str:
    """sha256 of what says which record a row means and which records the source answers for (PRE-14, TYP-7)."""
    names = key_fields(record_type, source, mapping)
    feeding = [mapping.of(name) for name in names]
    cleaners = [cleaners_of(mapping, record_type, name) for name in names]
    headers = [each.headers if each else () for each in feeding]
    said = repr((names, cleaners, headers, source.key_rules, source.key_parts, source.scope))
    return hashlib.sha256(said.encode()).hexdigest()


def key_texts(texts: pl.Series, record_type: RecordType, source: Source) -> pl.Series:
    """Each text as the external id it would be in a file of ``source``, in canonical form (IDN-4).

    Null where the source's ids have several parts: one text is none of them.
    """
    names = source.external_id or record_type.external_id or (EXTERNAL_ID,)
    if len(names) > 1:
        return pl.Series("_key", [None] * texts.len(), dtype=pl.String)
    own = record_type[names[0]].clean if names[0] in record_type else ()
    cleaners = dict(source.clean).get(names[0], own)
    tidy = tidied(texts.to_frame("text"), ["text"])
    key = tidy.frame.select(_key=_part("text", cleaners, source, plain="text" in tidy.plain))["_key"]
    return pl.select(pl.when(key != "").then(key)).to_series().alias("_key")


def without_own_id(mapping: Mapping) -> Mapping:
    """The mapping of rows that get an external id of their own: the file's is an ordinary, unmapped value (IDN-5)."""
    fed = mapping.of(EXTERNAL_ID)
    if fed is None:
        return mapping
    own = tuple(zip(fed.positions, fed.headers, strict=True))
    return replace(mapping, unmapped=tuple(sorted({*mapping.unmapped, *own})))


def _columns(record_type: RecordType, source: Source, mapping: Mapping) -> list[str | None]:
    """The batch's column for each part of the key, None for a part that no column feeds."""
    return [column_of(mapping, name) for name in key_fields(record_type, source, mapping)]


def _encoded(batch: pl.DataFrame, record_type: RecordType, source: Source, mapping: Mapping) -> pl.DataFrame:
    """``_row``, ``_key``, ``_key_raw``, whatever the key's length."""
    columns = _columns(record_type, source, mapping)
    if not any(columns):
        nothing = pl.lit(None, dtype=pl.String)
        return batch.select("_row", _key=nothing, _key_raw=nothing)
    names = key_fields(record_type, source, mapping)
    batch = fed(batch, mapping)
    tidy = tidied(batch, filter(None, columns))
    parts = tidy.frame.select(
        _part(column, cleaners_of(mapping, record_type, name), source, column in tidy.plain).alias(
            f"part{place}"
        )
        for place, (name, column) in enumerate(zip(names, columns, strict=True))
    )
    filled = pl.all_horizontal if source.key_parts == "all" else pl.any_horizontal
    key = parts.select(_key=pl.when(filled(pl.all() != "")).then(_joined(list(map(pl.col, parts.columns)))))
    raw = _joined([pl.lit("") if column is None else pl.col(column) for column in columns])
    return batch.select("_row", key["_key"], _key_raw=raw)


def _joined(parts: list[pl.Expr]) -> pl.Expr:
    return parts[0] if len(parts) == 1 else json_text.array(parts)


def _part(column: str | None, cleaners: tuple[str, ...], source: Source, plain: bool) -> pl.Expr:
    """One part of the key in canonical form, "" where blank; a cell that the cleaners refuse counts as blank."""
    if column is None:
        return pl.repeat("", pl.len())
    cell = pl.col(column)
    part = chained(cell, cleaners, plain=plain).fill_null("")
    for rule in source.key_rules:
        part = _key_rule(rule)(part)
    return pl.when(cell.is_in(CLEARING_TOKENS)).then(pl.lit("")).otherwise(part)


def _key_rule(name: str) -> Callable[[pl.Expr], pl.Expr]:
    if name not in KEY_RULES:
        raise InvalidInput(
            "unknown-key-rule", f'There is no key rule "{name}".', hint=f"Use one of {', '.join(KEY_RULES)}."
        )
    return KEY_RULES[name]


def _without_leading_zeros(part: pl.Expr) -> pl.Expr:
    """Zeros in front go, but one zero stays of a part that is all zeros."""
    bare = part.str.strip_chars_start("0")
    return pl.when((bare == "") & (part != "")).then(pl.lit("0")).otherwise(bare)


def _without_separators(part: pl.Expr) -> pl.Expr:
    """Blanks and ``- . / : _`` go."""
    return part.str.replace_all(r"[\s\x1c-\x1f\-./:_]+", "")


#: What a source may ask of its keys beside trimming and NFC, applied in the order the source names them.
KEY_RULES: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "casefold": folded,
    "leading-zeros": _without_leading_zeros,
    "separators": _without_separators,
}
