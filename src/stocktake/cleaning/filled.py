"""How many cells of a column say something: neither blank nor a word that clears (BLK-1, CLN-4, PRE-14)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from stocktake.cleaning.cell import CLEARING_TOKENS, trimmed
from stocktake.cleaning.feed import column_of, fed
from stocktake.cleaning.row_fault import without_troubled
from stocktake.model.mapping import Mapping

#: Between these begins whatever can be printed of ASCII: no blank, no mark without width.
_FIRST, _LAST = "!", "\x7f"
#: Faults of single cells; what else stands there is wrong with the whole row.
_OF_CELLS = r"(?:^| )[^ ]+@c[0-9]+\b"


def own_cells(mapping: Mapping) -> Mapping:
    """The mapping without its defaults: what the file's cells say, and not what is said where they are blank."""
    rules = tuple(replace(each, default=None) if each.default is not None else each for each in mapping.rules)
    return replace(mapping, rules=rules)


def filled_cells(batch: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """One row: per field that columns feed, in how many rows of a reader's batch one of them is filled."""
    own = own_cells(mapping)
    names = {
        each.field: name
        for each in own.columns
        if each.field not in own.constants and (name := column_of(own, each.field)) is not None
    }
    ready = fed(sound_rows(batch), own)
    counts = ready.select(**_counts(names.items()))
    told = {
        field: counts[f"sure:{field}"][0]
        if counts[f"sure:{field}"][0] == counts[f"any:{field}"][0]
        else int(ready.select(filled(pl.col(name)).sum()).item())
        for field, name in names.items()
    }
    return pl.DataFrame(told, schema=dict.fromkeys(told, pl.Int64), orient="row")


def sound_rows(batch: pl.DataFrame) -> pl.DataFrame:
    """The rows whose cells stand in the columns in which they belong, with blanks for cells that have a fault (REA-4)."""
    faults = batch["_fault"]
    if faults.null_count() == batch.height:
        return batch
    of_row = pl.col("_fault").str.replace_all(_OF_CELLS, "").str.strip_chars()
    return without_troubled(batch).filter(of_row.fill_null("") == "")


def filled(cell: pl.Expr) -> pl.Expr:
    """Whether a cell says something."""
    bare = trimmed(cell)
    return ((bare != "") & ~bare.is_in(CLEARING_TOKENS)).fill_null(value=False)


def _counts(names: Iterable[tuple[str, str]]) -> dict[str, pl.Expr]:
    """How many cells are not empty, and how many are surely filled, by their first character."""
    told = {}
    for field, name in names:
        cell = pl.col(name)
        sure = (cell >= _FIRST) & (cell < _LAST)
        for token in CLEARING_TOKENS:
            sure &= ~cell.str.starts_with(token)
        told[f"any:{field}"] = (cell != "").sum().cast(pl.Int64)
        told[f"sure:{field}"] = sure.sum().cast(pl.Int64)
    return told
