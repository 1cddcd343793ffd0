"""The cells of unmapped columns, kept as JSON (MAP-3; ``unmapped = "keep"``)."""

from __future__ import annotations

import json
from collections.abc import Sequence

import polars as pl

from stocktake.cleaning import json_text
from stocktake.cleaning.cell import trimmed
from stocktake.model.column_name import column_names
from stocktake.model.mapping import Mapping


def extras(batch: pl.DataFrame, header: Sequence[str], mapping: Mapping) -> pl.Series:
    """String: a compact JSON object of each row's non-blank cells under ``mapping.unmapped``; null where none is.

    The names are those of ``column_names``. NUL, which no store takes, becomes U+FFFD.
    """
    names = column_names([each.strip().replace("\0", "\ufffd") for each in header])
    members = [_member(f"c{position}", names[position]) for position, _ in mapping.unmapped]
    if not members:
        return pl.Series("_extra", [None] * batch.height, dtype=pl.String)
    inside = pl.concat_str(members, separator=",", ignore_nulls=True)
    return batch.select(
        _extra=pl.when(inside != "").then(pl.concat_str(pl.lit("{"), inside, pl.lit("}")))
    ).to_series()


def _member(column: str, name: str) -> pl.Expr:
    cell = pl.col(column)
    value = json_text.quoted(cell.str.replace_all("\0", "\ufffd", literal=True))
    label = json.dumps(name, ensure_ascii=False)
    return pl.when(trimmed(cell) != "").then(pl.concat_str(pl.lit(f"{label}:"), value))
