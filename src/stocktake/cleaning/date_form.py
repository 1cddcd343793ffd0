"""The ways in which people write days, each by one word: ``dmy``, ``mdy``, ``ymd``, ``month-name``, ``excel`` (CLN-1).

A word stands among a field's formats like a format of directives does, and reads every usual mark between the parts.
"""

from __future__ import annotations

import polars as pl

ISO, EXCEL, EXCEL_1904, MONTH_NAME = "iso", "excel", "excel-1904", "month-name"

#: Word → how people would say and write it.
WORDS = {
    ISO: ("year first", "YYYY-MM-DD"),
    "dmy": ("day first", "DD/MM/YYYY"),
    "mdy": ("month first", "MM/DD/YYYY"),
    "ymd": ("year first", "YYYY/MM/DD"),
    MONTH_NAME: ("with the month's name", "31 Mar 2026"),
    EXCEL: ("as Excel's number of a day", "45000"),
    EXCEL_1904: ("as Excel's number of a day since 1904", "43538"),
}

_MARKS = ("/", r"\.", "-")
_NAMED = r"^(?:[0-9]{1,2} [A-Za-z]{3,9}|[A-Za-z]{3,9} [0-9]{1,2}) [0-9]{4}$"
_CLOCK = r"([0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?: ?[AaPp][Mm])?)"
_BEFORE_CLOCK = rf"^(.+?)(?:[T ]|, ){_CLOCK}$"
_CLOCKS = ("%H:%M", "%H:%M:%S%.f", "%I:%M %p", "%I:%M:%S %p")

#: Excel's first day that no reader counts otherwise (it believes in 29 February 1900), and the last it knows.
_FIRST_SERIAL, _LAST_SERIAL = 61, 2_958_465


def day(cell: pl.Expr, word: str) -> pl.Expr:
    """The day that a cell names in the way of ``word``, years 1 to 9999; null where it does not fit."""
    if word in (EXCEL, EXCEL_1904):
        return _serial_day(cell.str.strip_suffix(".0").cast(pl.Int64, strict=False), word)
    if word == MONTH_NAME:
        plain = cell.str.replace_all(r"[-\s,.]+", " ")
        named = [plain.str.to_date(form, strict=False) for form in ("%d %B %Y", "%B %d %Y")]
        return pl.when(plain.str.contains(_NAMED)).then(_sound(pl.coalesce(named)))
    return _sound(_ordered(cell, word))


def moment(cell: pl.Expr, word: str) -> pl.Expr:
    """The local date and time that a cell names in the way of ``word``; null where it does not fit, or has no time."""
    if word in (EXCEL, EXCEL_1904):
        return _serial_moment(cell, word)
    head, clock = (cell.str.extract(_BEFORE_CLOCK, place) for place in (1, 2))
    time = clock.str.to_uppercase().str.replace(r" ?([AP]M)$", " ${1}")
    text = pl.concat_str([day(head, word).dt.to_string("%Y-%m-%d"), time], separator=" ")
    read = [text.str.to_datetime(f"%Y-%m-%d {form}", strict=False, time_unit="us") for form in _CLOCKS]
    return pl.when(~clock.str.contains(":60", literal=True)).then(pl.coalesce(read))


def day_part(cell: pl.Expr) -> pl.Expr:
    """What stands before a time of day; null where there is none."""
    return cell.str.extract(_BEFORE_CLOCK, 1)


def _ordered(cell: pl.Expr, word: str) -> pl.Expr:
    """The day of a cell whose parts stand in the order of ``word`` with one mark between them."""
    if word == ISO:
        return pl.when(cell.str.contains(_joined("ymd", "-"))).then(
            cell.str.to_date("%Y-%m-%d", strict=False)
        )
    form = "/".join({"d": "%d", "m": "%m", "y": "%Y"}[each] for each in word)
    slashed = cell.str.replace_many([".", "-"], ["/", "/"])
    found = pl.when(cell.str.contains("|".join(_joined(word, mark) for mark in _MARKS))).then(
        slashed.str.to_date(form, strict=False)
    )
    if word != "ymd":
        return found
    bare = pl.when(cell.str.contains("^[0-9]{8}$")).then(cell.str.to_date("%Y%m%d", strict=False))
    return pl.coalesce(found, bare)


def _joined(word: str, mark: str) -> str:
    return "^" + mark.join("[0-9]{4}" if each == "y" else "[0-9]{1,2}" for each in word) + "$"


def _sound(found: pl.Expr) -> pl.Expr:
    return pl.when(found.dt.year().is_between(1, 9999)).then(found)


def _serial_day(number: pl.Expr, word: str) -> pl.Expr:
    start = pl.date(1904, 1, 1) if word == EXCEL_1904 else pl.date(1899, 12, 30)
    return pl.when(number.is_between(_FIRST_SERIAL, _LAST_SERIAL)).then(start + pl.duration(days=number))


def _serial_moment(cell: pl.Expr, word: str) -> pl.Expr:
    """To the millisecond, finer than which a spreadsheet's number of a moment does not tell."""
    days = cell.str.extract(r"^([0-9]{2,7})(?:\.[0-9]+)?$").cast(pl.Int64, strict=False)
    share = pl.concat_str([pl.lit("0"), cell.str.extract(r"(\.[0-9]+)$").fill_null(".0")])
    milliseconds = (share.cast(pl.Float64, strict=False) * 86_400_000).round().cast(pl.Int64)
    return _serial_day(days, word).cast(pl.Datetime("us")) + pl.duration(milliseconds=milliseconds)
