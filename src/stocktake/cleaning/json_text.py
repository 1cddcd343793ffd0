"""JSON text made from columns, without a Python statement per row."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

_OPENING = '{"t":'


def quoted(text: pl.Expr) -> pl.Expr:
    """The JSON string literal of a text, quotes included; null stays null.

    Control characters are escaped, all else stands as it is (``ensure_ascii=False`` in Python's words).
    """
    literal = pl.struct(text.alias("t")).struct.json_encode().str.strip_prefix(_OPENING).str.strip_suffix("}")
    return pl.when(text.is_not_null()).then(literal)


def array(parts: Sequence[pl.Expr]) -> pl.Expr:
    """The compact JSON array of several texts; null if any part is null (PRE-3: parts that never run together)."""
    return pl.concat_str(
        [pl.lit("["), pl.concat_str([quoted(part) for part in parts], separator=","), pl.lit("]")]
    )
