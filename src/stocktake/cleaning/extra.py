"""The cells of unmapped columns, kept as JSON (MAP-3; ``unmapped = "keep"``)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

import polars as pl

from stocktake.cleaning import json_text
from stocktake.cleaning.cell import trimmed
from stocktake.model.mapping import Mapping


def extras(batch: pl.DataFrame, header: Sequence[str], mapping: Mapping) -> pl.Series:
    """String: a compact JSON object of each row's non-blank cells under ``mapping.unmapped``; null where none is.

    The names are the header's labels; a column without label is ``column N``, counted from 1, and of columns
    with the same label all but the first say so too: ``Notes (column 7)``. NUL, which no store takes, becomes
    U+FFFD.
    """
    members = [_member(f"c{position}", name) for position, name in _names(header, mapping).items()]
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


def _names(header: Sequence[str], mapping: Mapping) -> dict[int, str]:
    """Position → a name of its own."""
    seen: Counter[str] = Counter()
    names: dict[int, str] = {}
    for position, label in mapping.unmapped:
        own = (header[position] if position < len(header) else label).strip().replace("\0", "\ufffd")
        seen[own] += 1
        if not own:
            names[position] = f"column {position + 1}"
        else:
            names[position] = own if seen[own] == 1 else f"{own} (column {position + 1})"
    return names
