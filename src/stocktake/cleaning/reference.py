"""What a text is called by where it names another record (IDN-2, IDN-4)."""

from __future__ import annotations

import polars as pl

from stocktake.cleaning.identity import comparable
from stocktake.cleaning.name import plain_name
from stocktake.model.record_type import RecordType


def compared_field(to: RecordType, by: str) -> str | None:
    """The field of ``to`` that ``by`` means; None for its external id. ``name`` is what names a record to people."""
    if by == "external_id":
        return None
    return by if by in to else to.display_field


def name_form(cell: pl.Expr, to: RecordType, field: str) -> pl.Expr:
    """The text as it is compared with values of ``field``; ``cell`` is trimmed and in NFC.

    By its normalised name where the field names a record to people, otherwise as identities are.
    """
    return plain_name(cell) if field == to.display_field else comparable(cell, to, field)
