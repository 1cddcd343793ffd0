"""The canonical form of identities, one column per rung of the ladder (IDN-1, IDN-2)."""

from __future__ import annotations

import polars as pl

from stocktake.cleaning import json_text
from stocktake.cleaning.cell import folded, tidied
from stocktake.cleaning.name import plain_name
from stocktake.model.record_type import RecordType


def rungs(frame: pl.DataFrame, record_type: RecordType) -> pl.DataFrame:
    """One String column per rung, ``_rung0``, ``_rung1`` …, of drafts or of stored records in canonical text.

    A rung is the text of its only part, or the JSON array of its parts, each as :func:`comparable` gives it. It is
    null unless every part is there and filled; a frame without one of the columns has no such rung.
    """
    parts = {part for rung in record_type.identity for part in rung if part in frame.columns}
    tidy = tidied(frame, parts).frame
    return tidy.select(
        _rung(rung, tidy, record_type).alias(f"_rung{place}")
        for place, rung in enumerate(record_type.identity)
    )


def comparable(cell: pl.Expr, record_type: RecordType, name: str) -> pl.Expr:
    """The values of a field as they are compared; ``cell`` is trimmed and in NFC (IDN-2, IDN-4).

    By name where the field says ``compare = "name"``, otherwise without case where ``identity_rules`` says
    ``casefold``.
    """
    if name in record_type and record_type[name].compare == "name":
        return plain_name(cell)
    return folded(cell) if "casefold" in record_type.identity_rules else cell


def _rung(rung: tuple[str, ...], frame: pl.DataFrame, record_type: RecordType) -> pl.Expr:
    if not rung or not set(rung) <= set(frame.columns):
        return pl.repeat(None, pl.len(), dtype=pl.String)
    cells = [comparable(pl.col(part), record_type, part) for part in rung]
    complete = pl.all_horizontal(pl.col(part).fill_null("") != "" for part in rung)
    return pl.when(complete).then(cells[0] if len(cells) == 1 else json_text.array(cells))
