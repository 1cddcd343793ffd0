"""The canonical form of identities, one column per rung of the ladder (IDN-1, IDN-2)."""

from __future__ import annotations

import polars as pl

from stocktake.cleaning import json_text
from stocktake.cleaning.cell import folded, tidied
from stocktake.model.record_type import RecordType


def rungs(frame: pl.DataFrame, record_type: RecordType) -> pl.DataFrame:
    """One String column per rung, ``_rung0``, ``_rung1`` …, of drafts or of stored records in canonical text.

    A rung is the text of its only part, or the JSON array of its parts: trimmed, in NFC, without case where
    ``identity_rules`` says ``casefold``. It is null unless every part is there and filled; a frame without
    one of the columns has no such rung.
    """
    parts = {part for rung in record_type.identity for part in rung if part in frame.columns}
    tidy = tidied(frame, parts).frame
    return tidy.select(
        _rung(rung, tidy, "casefold" in record_type.identity_rules).alias(f"_rung{place}")
        for place, rung in enumerate(record_type.identity)
    )


def _rung(rung: tuple[str, ...], frame: pl.DataFrame, without_case: bool) -> pl.Expr:
    if not rung or not set(rung) <= set(frame.columns):
        return pl.repeat(None, pl.len(), dtype=pl.String)
    cells = [folded(pl.col(part)) if without_case else pl.col(part) for part in rung]
    complete = pl.all_horizontal(pl.col(part).fill_null("") != "" for part in rung)
    return pl.when(complete).then(cells[0] if len(cells) == 1 else json_text.array(cells))
