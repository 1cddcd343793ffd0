"""What tells a row that changed from one that did not (PLN-16, PLN-20, PLN-26)."""

from __future__ import annotations

import hashlib
from operator import methodcaller

import polars as pl

from stocktake.cleaning.feed import column_of, fed
from stocktake.model.mapping import Mapping
from stocktake.model.record_type import RecordType

try:
    from polars_hash import CryptographicHashingNameSpace as VectorHash
except ImportError:
    VectorHash = None  # type: ignore[assignment,misc]

#: Bytes of a row hash.
SIZE = 16

_SEPARATOR, _ESCAPE = "\x1f", "\x1b"


def row_hashes(batch: pl.DataFrame, record_type: RecordType, mapping: Mapping) -> pl.Series:
    """Binary, 16 bytes a row: the start of sha256 over the raw cells of the mapped, non-volatile fields.

    The cells stand in the order of the fields' names, not trimmed, and cannot run into each other: a
    separator inside a cell is escaped. The hash does not depend on the file's other columns nor on their
    order (reading.md: false changes), nor on constants, which are the same in every row and covered by the mapping's
    own version. A field that several columns feed is hashed as they say it.
    """
    constants = mapping.constants
    hashed = [name for name in _hashed_fields(record_type, mapping) if name not in constants]
    columns = [column for column in (column_of(mapping, name) for name in hashed) if column]
    return digests(_texts(fed(batch, mapping), columns).alias("_hash"))


def _texts(batch: pl.DataFrame, columns: list[str]) -> pl.Series:
    """What is hashed of each row: its cells with separators between; escaped where a cell holds one, or an escape."""
    if not columns:
        return batch.select(pl.repeat("", pl.len())).to_series()
    plain = batch.select(pl.concat_str(columns, separator=_SEPARATOR)).to_series()
    if plain.str.count_matches(f"[{_SEPARATOR}{_ESCAPE}]").sum() == plain.len() * (len(columns) - 1):
        return plain
    escaped = pl.col(columns).str.replace_many([_ESCAPE, _SEPARATOR], [f"{_ESCAPE}0", f"{_ESCAPE}1"])
    return batch.select(pl.concat_str(escaped, separator=_SEPARATOR)).to_series()


def digests(texts: pl.Series) -> pl.Series:
    """The first 16 bytes of each text's sha256, by ``polars_hash`` where it is installed."""
    if VectorHash is None:
        return digests_by_hashlib(texts)
    name = texts.name or "_hash"
    hexadecimal = VectorHash(pl.col(name)).sha2_256()
    return texts.alias(name).to_frame().select(hexadecimal.str.head(2 * SIZE).str.decode("hex")).to_series()


def digests_by_hashlib(texts: pl.Series) -> pl.Series:
    """The same bytes as :func:`digests`, with the standard library alone."""
    whole = list(map(methodcaller("digest"), map(hashlib.sha256, texts.cast(pl.Binary).to_list())))
    return pl.Series(texts.name, whole, dtype=pl.Binary).bin.head(SIZE)


def content_keys(hashes: pl.Series) -> pl.Series:
    """For rows without any key: the hash in hexadecimal, a colon, and which occurrence it is, from 1 (PLN-26)."""
    content = pl.col("content")
    return (
        hashes.alias("content")
        .to_frame()
        .select(
            pl.concat_str([content.bin.encode("hex"), content.cum_count().over("content")], separator=":")
        )
        .to_series()
    )


def _hashed_fields(record_type: RecordType, mapping: Mapping) -> tuple[str, ...]:
    return tuple(name for name in mapping.fields if name not in record_type or not record_type[name].volatile)
