"""Booleans, choices, addresses and JSON as canonical text (TYP-1)."""

from __future__ import annotations

import polars as pl

from stocktake.cleaning.cell import folded, folded_words
from stocktake.cleaning.cleaner import boolean as boolean_words
from stocktake.cleaning.cleaner import phone as phone_digits

_EMAIL = r"^[^@\s,;<>]+@[^@\s,;<>.]+(?:\.[^@\s,;<>.]+)+$"
_URL = r"^[A-Za-z][A-Za-z0-9+.\-]*://[^\s/?#]+(?:[/?#]\S*)?$"
_PHONE = r"^\+?[0-9]{5,20}$"
_NUL_IN_JSON = r"(?:^|[^\\])(?:\\\\)*\\u0000"
_CHOICES_NAMED = 20


def boolean(cell: pl.Expr) -> pl.Expr:
    """``true`` or ``false``; null for a word that is neither."""
    return boolean_words(cell)


def translated(cell: pl.Expr, values: tuple[tuple[str, str], ...]) -> pl.Expr:
    """The cell after a field's value mapping, compared without case (TYP, MAP-4)."""
    if not values:
        return cell
    words = dict(zip(folded_words(word for word, _ in values), (value for _, value in values), strict=True))
    return folded(cell).replace_strict(
        list(words), list(words.values()), default=cell, return_dtype=pl.String
    )


def choice(cell: pl.Expr, choices: tuple[str, ...]) -> pl.Expr:
    """The choice in its declared spelling, compared without case; null for an unknown word."""
    if not choices:
        return cell
    words = dict(zip(folded_words(choices), choices, strict=True))
    return folded(cell).replace_strict(
        list(words), list(words.values()), default=None, return_dtype=pl.String
    )


def choice_fault(choices: tuple[str, ...]) -> pl.Expr:
    """What is wrong with an unknown word, the choices named."""
    named = ", ".join(choices[:_CHOICES_NAMED])
    more = f" and {len(choices) - _CHOICES_NAMED} more" if len(choices) > _CHOICES_NAMED else ""
    return pl.lit(f"is not one of the choices. Write {named}{more}, or map the word to one of them.")


def email(cell: pl.Expr) -> pl.Expr:
    """The address as it stands; null where it is none."""
    return pl.when(cell.str.contains(_EMAIL)).then(cell)


def phone(cell: pl.Expr) -> pl.Expr:
    """5 to 20 digits after an optional plus, without blanks, points, hyphens, slashes and parentheses."""
    number = phone_digits(cell)
    return pl.when(number.str.contains(_PHONE)).then(number)


def url(cell: pl.Expr) -> pl.Expr:
    """``scheme://host`` and what follows, as it stands; null where it is none."""
    return pl.when(cell.str.contains(_URL)).then(cell)


def json(cell: pl.Expr) -> pl.Expr:
    """The JSON text as it stands; null where it does not parse or holds the escape of NUL, which no store takes."""
    parses = cell.str.json_path_match("$").is_not_null() | (cell == "null")
    return pl.when(parses & ~cell.str.contains(_NUL_IN_JSON)).then(cell)
