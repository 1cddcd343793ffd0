"""Whole and decimal numbers as canonical text: exact, never a float (TYP-2, TYP-8)."""

from __future__ import annotations

import polars as pl

#: What PostgreSQL and the exact sums of SQLite both hold.
MAXIMUM_DIGITS = 38

#: Most numbers that are canonical already.
OWN_INTEGER = r"^(?:0|-?[1-9][0-9]{0,17})$"
OWN_DECIMAL = r"^(?:0|-?[1-9][0-9]{0,18}|-?(?:0|[1-9][0-9]{0,18})\.[0-9]{0,17}[1-9])$"

#: Most other decimals: canonical once :func:`shortened`.
NEAR_DECIMAL = r"^(?:0|[1-9][0-9]{0,18})\.[0-9]{1,18}$"

_WHOLE = r"^[+-]?[0-9]+(?:\.0)?$"
_NUMBER = r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$"
_EXPONENT = r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][+-]?[0-9]+$"


def integer(cell: pl.Expr) -> pl.Expr:
    """The number without plus and leading zeros, within signed 64 bits; null where it is none.

    One ``.0`` at the end is a float's rendering of a whole number and goes (reading.md: ``19609.0``).
    """
    return cell.str.strip_suffix(".0").cast(pl.Int64, strict=False).cast(pl.String)


def integer_fault(cell: pl.Expr) -> pl.Expr:
    """What is wrong with a cell that :func:`integer` refuses."""
    return (
        pl.when(cell.str.contains(_WHOLE))
        .then(pl.lit("is too large for a whole number of 64 bits. Correct it, or declare the field as text."))
        .when(cell.str.contains(_EXPONENT))
        .then(pl.lit("has an exponent. Write the number in full, such as 1500000 for 1.5e6."))
        .otherwise(pl.lit("is not a whole number. Write it in digits alone, such as 1500."))
    )


def decimal(cell: pl.Expr) -> pl.Expr:
    """The number without plus, exponent, leading and trailing zeros, of up to 38 digits; null where it is none."""
    bare, pointed = cell.str.strip_chars_start("+-0"), cell.str.contains(".", literal=True)
    cut = pl.when(pointed).then(bare.str.strip_chars_end("0").str.strip_suffix(".")).otherwise(bare)
    whole = (cut != "") & ~cut.str.starts_with(".")
    text = pl.concat_str(
        [
            pl.when(cell.str.starts_with("-") & (cut != "")).then(pl.lit("-")).otherwise(pl.lit("")),
            pl.when(whole).then(pl.lit("")).otherwise(pl.lit("0")),
            cut,
        ]
    )
    fits = cut.str.replace(".", "", literal=True).str.len_bytes() <= MAXIMUM_DIGITS
    return pl.when(cell.str.contains(_NUMBER) & fits).then(text)


def shortened(cell: pl.Expr) -> pl.Expr:
    """The number without zeros at the end of its decimals."""
    return cell.str.strip_chars_end("0").str.strip_suffix(".")


def decimal_fault(cell: pl.Expr) -> pl.Expr:
    """What is wrong with a cell that :func:`decimal` refuses."""
    return (
        pl.when(cell.str.contains(_NUMBER))
        .then(pl.lit(f"has more than {MAXIMUM_DIGITS} digits. Round it, or declare the field as text."))
        .when(cell.str.contains(_EXPONENT))
        .then(pl.lit("has an exponent. Write the number in full, such as 1500000 for 1.5e6."))
        .otherwise(
            pl.lit(
                "is not a number. Write it in digits with a point before decimals, such as 1500000 or 12.5."
            )
        )
    )


def below(number: pl.Expr, bound: str) -> pl.Expr:
    """Whether a canonical number is less than a canonical bound, exactly."""
    negative, size, limit = number.str.starts_with("-"), _magnitude(number), _magnitude(pl.lit(bound))
    return negative & (size > limit) if bound.startswith("-") else negative | (size < limit)


def above(number: pl.Expr, bound: str) -> pl.Expr:
    """Whether a canonical number is greater than a canonical bound, exactly."""
    negative, size, limit = number.str.starts_with("-"), _magnitude(number), _magnitude(pl.lit(bound))
    return ~negative | (size < limit) if bound.startswith("-") else ~negative & (size > limit)


def _magnitude(number: pl.Expr) -> pl.Expr:
    """A text that sorts as the number without its sign."""
    return pl.concat_str([_whole(number).str.zfill(MAXIMUM_DIGITS), pl.lit("."), _fraction(number)])


def _whole(number: pl.Expr) -> pl.Expr:
    return _halves(number).struct.field("field_0").str.strip_chars_start("0")


def _fraction(number: pl.Expr) -> pl.Expr:
    return _halves(number).struct.field("field_1").fill_null("").str.strip_chars_end("0")


def _halves(number: pl.Expr) -> pl.Expr:
    return number.str.strip_chars_start("+-").str.splitn(".", 2)
