"""Columns sketched: all of them at once, however many there are. Pure.

Counts and types are of every cell; what cells look like is told by a sample of their distinct values.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from stocktake.model.column_name import column_names
from stocktake.model.sketch import ColumnSketch, Form

#: So many distinct values of a column are looked at, fewer where there are very many columns.
SAMPLED, SAMPLED_AT_LEAST, SAMPLED_IN_ALL = 200, 20, 400_000

#: Type → what every filled cell of such a column looks like; the first that fits names it.
_TYPES: tuple[tuple[str, str], ...] = (
    ("boolean", r"(?i)^(true|false|yes|no|y|n)$"),
    ("integer", r"^[+-]?(0|[1-9][0-9]{0,17})$"),
    ("decimal", r"^[+-]?(0|[1-9][0-9]*)[.,][0-9]+$|^[+-]?(0|[1-9][0-9]{0,17})$"),
    ("date", r"^[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}$|^[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}$"),
    (
        "datetime",
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?( ?(Z|[+-][0-9:]{4,6}))?$",
    ),
    ("email", r"^[^@\s]+@[^@\s]+\.[^@\s]+$"),
)

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_ENDINGS = "ai|app|at|au|be|biz|ca|ch|co|com|de|dev|edu|es|eu|fr|gov|ie|info|io|it|me|net|nl|nz|org|se|uk|us"
_CURRENCY = r"(?:[$€£¥₹]|c\$|us\$|chf|cad|usd|eur|gbp|aud)"

#: Form → what such a cell looks like, without outer blanks.
_LOOKS: dict[Form, str] = {
    Form.EMAIL: r"(?i)^[^@\s,;]+@[^@\s,;]+\.[a-z]{2,}$",
    Form.URL: r"(?i)^(?:https?|ftp)://\S+$|^www\.\S+\.\S+$",
    Form.DOMAIN: rf"(?i)^(?:[a-z0-9-]+\.)+(?:{_ENDINGS})$",
    Form.PHONE: r"^\+[0-9][0-9 ()./-]{6,18}[0-9]$|^\(?[0-9]{2,5}\)?[ ./-]{1,2}[0-9]{2,4}[ ./-][0-9]{2,5}(?: ?x[0-9]+)?$",
    Form.DATE: r"^[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}(?:[T ].*)?$"
    r"|^[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:[0-9]{2}|[0-9]{4})(?: .*)?$"
    r"|^(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])$"
    rf"|(?i)^[0-9]{{1,2}}[ -]{_MONTH}[ -,]+[0-9]{{2,4}}|(?i)^{_MONTH} [0-9]{{1,2}},? [0-9]{{4}}",
    Form.MONEY: rf"(?i)^[-(]?\s*{_CURRENCY}\s*-?[0-9][0-9.,' ]*\)?$|^[-(]?[0-9][0-9.,' ]*\s*{_CURRENCY}\)?$",
    Form.NUMBER: r"^[-+(]?\s*[0-9][0-9.,' ]*\)?\s*%?$",
    Form.BOOLEAN: r"(?i)^(?:true|false|yes|no|y|n|0|1|x)$",
    Form.AT: "@",
    Form.DIGIT: "[0-9]",
    Form.DIALLED: r"(?:[0-9][^0-9]{0,3}){6,}",
    Form.FIFTEEN: r"^(?:[0-9][ /-]?){14,17}$",
    Form.DOTTED: r"[./]",
    Form.PROSE: r"^\p{L}[\p{L}.'’-]*(?: [\p{L}(&.'’-]+)+",
}


def sketches(rows: pl.DataFrame, header: Sequence[str]) -> tuple[ColumnSketch, ...]:
    """What each column of a reader's rows (``c0`` …) holds."""
    names = [f"c{place}" for place in range(len(header))]
    if not names:
        return ()
    cells = pl.col(names)
    filled = rows.select(pl.when(cells.str.strip_chars() != "").then(cells))
    limit = max(SAMPLED_AT_LEAST, min(SAMPLED, SAMPLED_IN_ALL // len(names)))
    counts = filled.select(cells.count()).row(0)
    distinct = filled.select(cells.drop_nulls().n_unique()).row(0)
    firsts = filled.select(cells.drop_nulls().unique(maintain_order=True).head(limit).implode())
    values = [tuple(found) for found in firsts.row(0)]
    types = _types(filled, values)
    looks = _looks(values)
    return tuple(
        ColumnSketch(
            name=name,
            type=types.get(place, "text"),
            rows=rows.height,
            filled=counts[place],
            distinct=distinct[place],
            values=values[place],
            forms=looks.get(place, ()),
        )
        for place, name in enumerate(column_names(header))
    )


def _types(filled: pl.DataFrame, values: Sequence[Sequence[str]]) -> dict[int, str]:
    """Place → the type that every filled cell fits; the sample says which to try, all cells decide."""
    found: dict[int, str] = {}
    sampled = _long(values)
    for name, form in _TYPES:
        fits = sampled.group_by("place").agg(pl.col("value").str.contains(form).all())
        tried = [place for place in fits.filter("value")["place"].to_list() if place not in found]
        if not tried:
            continue
        whole = filled.select(
            pl.col([f"c{place}" for place in tried]).str.strip_chars().str.contains(form).all()
        )
        found |= {
            int(column.removeprefix("c")): name for column, fit in whole.row(0, named=True).items() if fit
        }
    return found


def _long(values: Sequence[Sequence[str]]) -> pl.DataFrame:
    """``place, value``: the sampled values of all columns, one below the other."""
    places = [place for place, each in enumerate(values) for _ in each]
    cells = [value for each in values for value in each]
    told = pl.DataFrame({"place": places, "value": cells}, schema={"place": pl.UInt32, "value": pl.String})
    return told.with_columns(pl.col("value").str.strip_chars())


def _looks(values: Sequence[Sequence[str]]) -> dict[int, tuple[tuple[str, float], ...]]:
    sampled = _long(values)
    if sampled.is_empty():
        return {}
    cell = pl.col("value")
    told = {str(form): cell.str.contains(pattern) for form, pattern in _LOOKS.items()}
    told[Form.IMEI] = _are_imeis(sampled["value"])
    told[Form.CODE] = cell.str.contains(r"(?i)^[a-z0-9][a-z0-9_/-]{4,24}$") & cell.str.contains(
        "[0-9].*[0-9]"
    )
    told[Form.PHONE] = told[Form.PHONE] & ~told[Form.DATE]
    told[Form.CODE] = told[Form.CODE] & ~told[Form.DATE]
    shares = sampled.select("place", **told).group_by("place").agg(pl.all().mean())
    return {
        row["place"]: tuple((form, share) for form, share in row.items() if form != "place" and share)
        for row in shares.to_dicts()
    }


def _are_imeis(cells: pl.Series) -> pl.Expr:
    """Whether each cell is fifteen digits whose last one is right (Luhn); few files have any worth the sum."""
    bare = cells.str.replace_all(r"[ /-]", "")
    fifteen = bare.str.contains("^[0-9]{15}$")
    return _is_right(pl.when(fifteen).then(bare)) if fifteen.any() else pl.lit(fifteen)


def _is_right(digits: pl.Expr) -> pl.Expr:
    """Whether the last of fifteen digits is the one that the others ask for."""
    total = pl.lit(0, dtype=pl.Int32)
    for place in range(15):
        digit = digits.str.slice(place, 1).cast(pl.Int32)
        double = digit * 2
        total = total + (pl.when(double > 9).then(double - 9).otherwise(double) if place % 2 else digit)
    return (total % 10 == 0).fill_null(value=False)
