"""Telephone numbers as the world dials them (CLN-2), by the rules of each country in the library ``phonenumbers``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from stocktake.cleaning.distinct import by_distinct

if TYPE_CHECKING:
    import phonenumbers


def international(cell: pl.Expr, country: str) -> pl.Expr:
    """The number in E.164, as dialled from ``country``; null where it is none that can be.

    The library is asked once for every distinct text of a batch, and loaded only where a country is declared.
    """

    def told(texts: pl.Series) -> pl.Series:
        return pl.Series([_number(each, country) for each in texts.to_list()], dtype=pl.String)

    return by_distinct(cell, told)


def known_country(country: str) -> bool:
    """Whether the library knows the numbers of the country, named by its two letters."""
    import phonenumbers

    return country in phonenumbers.SUPPORTED_REGIONS


def _number(text: str, country: str) -> str | None:
    import phonenumbers

    if not text:
        return ""
    try:
        number: phonenumbers.PhoneNumber = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    possible = (
        phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    )
    if number.extension or not possible:
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
