"""Numbers that stand on a device: serial number, IMEI, network address (CLN-2). One expression each."""

from __future__ import annotations

import polars as pl

#: What makers leave in a serial number's place; every device of a series has the same, so that it tells nothing.
PLACEHOLDERS = (
    "0", "00000000", "default string", "n/a", "na", "no serial", "none", "not applicable", "not available",
    "not specified", "null", "o.e.m.", "oem", "serial number", "system serial number", "tbd", "to be filled by o.e.m.",
    "to be filled by oem", "unknown", "xxxxxxx",
)  # fmt: skip

_BLANKED = {each.upper(): "" for each in PLACEHOLDERS}
_LABEL = r"^(?:S/N|SN|SERIAL(?: NUMBER| NO\.?)?)\s*[:#]\s*"
_IMEI_DIGITS = 15
_WRITTEN_APART = r"^([0-9]{2})[ -]([0-9]{6})[ -]([0-9]{6})[ -]([0-9])$"
_PAIR = "[0-9A-F]{2}"
_ADDRESS = rf"^(?:[0-9A-F]{{12}}|{_PAIR}(?::{_PAIR}){{5}}|{_PAIR}(?:-{_PAIR}){{5}}|[0-9A-F]{{4}}(?:\.[0-9A-F]{{4}}){{2}})$"


def serial(cell: pl.Expr) -> pl.Expr:
    """Upper case, no label in front; a placeholder such as ``Default string`` is blank.

    An IMEI written with blanks or hyphens is its 15 digits. The letter O and the digit 0 stay as they are written, and so
    do I and 1: nobody can tell from the text.

    >>> example("serial", "s/n: 5cg3120qpd"), example("serial", "0O1I")
    ('5CG3120QPD', '0O1I')
    >>> example("serial", "To be filled by O.E.M."), example("serial", "35-434439-589175-1")
    ('', '354344395891751')
    """
    bare = cell.str.to_uppercase().str.replace(_LABEL, "").str.replace(_WRITTEN_APART, "${1}${2}${3}${4}")
    return bare.replace(_BLANKED)


def imei(cell: pl.Expr) -> pl.Expr:
    """The 15 digits of an IMEI whose check digit is right, without blanks, hyphens, points and slashes; nothing otherwise.

    >>> example("imei", "35-434439-589175-1")
    '354344395891751'
    >>> example("imei", "354344395891752")
    >>> example("imei", "3.54344E+14")
    """
    bare = cell.str.replace_all(r"[\s./'-]+", "")
    fits = bare.str.contains(rf"^[0-9]{{{_IMEI_DIGITS}}}$")
    number = pl.when(fits).then(bare)
    total = pl.sum_horizontal(_checked(number, place) for place in range(_IMEI_DIGITS))
    return pl.when(cell == "").then(pl.lit("")).when(fits & (total % 10 == 0)).then(bare)


def _checked(number: pl.Expr, place: int) -> pl.Expr:
    """What a digit counts in Luhn's sum: every second one twice, as the sum of its digits."""
    digit = number.str.slice(place, 1).cast(pl.Int8, strict=False)
    return digit if place % 2 == 0 else digit // 5 + digit * 2 % 10


def mac(cell: pl.Expr) -> pl.Expr:
    """A network (MAC) address as six pairs with colons, upper case; nothing for what is none.

    >>> example("mac", "00-1a-2b-3c-4d-5e"), example("mac", "001a.2b3c.4d5e")
    ('00:1A:2B:3C:4D:5E', '00:1A:2B:3C:4D:5E')
    >>> example("mac", "00-1a-2b")
    """
    upper = cell.str.to_uppercase()
    bare = upper.str.replace_all("[^0-9A-F]", "")
    pairs = bare.str.replace(r"^(..)(..)(..)(..)(..)(..)$", "${1}:${2}:${3}:${4}:${5}:${6}")
    return pl.when(cell == "").then(pl.lit("")).when(upper.str.contains(_ADDRESS)).then(pairs)
