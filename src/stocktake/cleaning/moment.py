"""Dates and times as canonical text (TYP-2, TYP-8): ``2024-02-29``, ``2024-02-29T14:30:00.000000Z``."""

from __future__ import annotations

import polars as pl

from stocktake.cleaning import date_form

_DATE = "%Y-%m-%d"
_UTC = "%Y-%m-%dT%H:%M:%S%.6fZ"
#: A time of day that adds nothing to a date.
MIDNIGHT = r"[T ]0?0:00(?::00(?:\.0+)?)?Z?$|,? 12:00(?::00)? ?[Aa][Mm]$"
#: Days that are canonical already, all from the year 1000 on but the 29th of February.
OWN_DATE = (
    r"^[1-9][0-9]{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    r"|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)$"
)
_ISO = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?"
    r" ?(?:Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)?$"
)
_OFFSET = r" ?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)$"

#: How people write what a format's directives mean.
_LETTERS = {
    "%Y": "YYYY",
    "%m": "MM",
    "%d": "DD",
    "%H": "hh",
    "%M": "mm",
    "%S": "ss",
    "%y": "YY",
    "%b": "Mon",
    "%B": "Month",
    "%p": "AM",
    "%I": "hh",
    "%z": "+hhmm",
    "%.f": "",
}
#: So many formats are named to somebody who has to write one.
_ADVISED = 3


def date(cell: pl.Expr, formats: tuple[str, ...] = ()) -> pl.Expr:
    """``YYYY-MM-DD`` of years 1 to 9999, read by the first format that fits, without any as ISO; null where none does.

    A time of midnight behind the date is let go. Formats are directives, or words such as ``dmy`` (CLN-1).
    """
    bare = cell.str.replace(MIDNIGHT, "")
    if formats:
        return pl.coalesce(
            date_by(text, form)
            for form in formats
            for text in ((bare,) if form in date_form.WORDS else (cell, bare))
        )
    return _iso_date(bare)


def _iso_date(bare: pl.Expr) -> pl.Expr:
    text = bare.str.to_date(_DATE, strict=False).dt.to_string(_DATE)
    return pl.when((text == bare) & (bare >= "0001-01-01")).then(bare)


def date_fault(cell: pl.Expr, formats: tuple[str, ...] = ()) -> pl.Expr:
    """What is wrong with a cell that :func:`date` refuses."""
    return (
        pl.when(cell.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$") & pl.lit(not formats))
        .then(pl.lit("is not a day of the calendar in the years 1 to 9999. Correct it."))
        .otherwise(pl.lit(f"is not a date. {_advice(formats, '2024-02-29')}"))
    )


def datetime(cell: pl.Expr, formats: tuple[str, ...], time_zone: str | None) -> pl.Expr:
    """Fixed-width UTC, read by the first format that fits, else as ISO 8601; null where none does (TYP-2).

    A text without offset is local in ``time_zone``. One of an hour that the clocks skip, or that comes twice, is null:
    nobody knows which is meant (CLN-1). So is every local text where no zone is known. Digits beyond microseconds are cut.
    """
    readings = [_instant_by(cell, form, time_zone) for form in formats] or [_iso_instant(cell, time_zone)]
    instant = pl.coalesce(readings)
    return pl.when(instant.dt.year().is_between(1, 9999)).then(instant.dt.to_string(_UTC))


def datetime_fault(cell: pl.Expr, formats: tuple[str, ...], time_zone: str | None) -> pl.Expr:
    """What is wrong with a cell that :func:`datetime` refuses."""
    iso = pl.when(~_names_offset(cell)).then(_iso_local(cell))
    local = pl.coalesce(
        [iso if form == date_form.ISO else _local_by(cell, form) for form in formats if not _has_offset(form)]
        or [iso]
    )
    homeless = (
        "has no time zone; write it with an offset, such as 2024-02-29T14:30:00-08:00, "
        "or set the source's time_zone."
    )
    skipped = f"does not exist in {time_zone}: the clocks skip it. Correct it, or write it with an offset."
    twice = (
        f"comes twice in {time_zone}, where the clocks go back; write it with an offset, such as "
        "2024-02-29T14:30:00-08:00."
    )
    existing = local.dt.replace_time_zone(time_zone or "UTC", ambiguous="earliest", non_existent="null")
    return (
        pl.when(local.is_not_null() & local.dt.year().is_between(1, 9999))
        .then(
            pl.lit(homeless)
            if time_zone is None
            else pl.when(existing.is_null()).then(pl.lit(skipped)).otherwise(pl.lit(twice))
        )
        .otherwise(pl.lit(f"is not a date and time. {_advice(formats, '2024-02-29T14:30:00Z')}"))
    )


def _advice(formats: tuple[str, ...], iso: str) -> str:
    if not formats:
        return f"Write it as {iso}."
    shown = list(dict.fromkeys(map(in_letters, formats)))
    return f"Write it as {' or '.join(shown[:_ADVISED])}."


def in_letters(form: str) -> str:
    """A format as people write it: ``DD/MM/YYYY``."""
    if form in date_form.WORDS:
        return date_form.WORDS[form][1]
    for directive, letters in _LETTERS.items():
        form = form.replace(directive, letters)
    return form


def date_by(cell: pl.Expr, form: str) -> pl.Expr:
    """``YYYY-MM-DD`` of a cell, read by one format; null where it does not fit."""
    if form == date_form.ISO:
        return _iso_date(cell)
    if form in date_form.WORDS:
        return date_form.day(cell, form).dt.to_string(_DATE)
    day = cell.str.to_date(form, strict=False)
    return pl.when(_sound_year(cell, day, form)).then(day.dt.to_string(_DATE))


def _sound_year(cell: pl.Expr, moment: pl.Expr, form: str) -> pl.Expr:
    """Whether the year is 1 to 9999, and stands in the cell with four digits where the format says ``%Y``."""
    sound = moment.dt.year().is_between(1, 9999)
    if "%Y" in form or "%F" in form:
        sound &= cell.str.contains(moment.dt.to_string("%Y"), literal=True)
    return sound


def _has_offset(form: str) -> bool:
    return any(mark in form for mark in ("%z", "%:z", "%#z", "%+"))


def _local_by(cell: pl.Expr, form: str) -> pl.Expr:
    if form in date_form.WORDS:
        return date_form.moment(cell, form)
    local = cell.str.to_datetime(form, strict=False, time_unit="us")
    leaps = cell.str.contains(":60", literal=True) & (local.dt.second() == 0)
    return pl.when(_sound_year(cell, local, form) & ~leaps).then(local)


def _instant_by(cell: pl.Expr, form: str, time_zone: str | None) -> pl.Expr:
    if form == date_form.ISO:
        return _iso_instant(cell, time_zone)
    if _has_offset(form):
        return cell.str.to_datetime(form, strict=False, time_unit="us").dt.convert_time_zone("UTC")
    return _placed(_local_by(cell, form), time_zone)


def _placed(local: pl.Expr, time_zone: str | None) -> pl.Expr:
    """The instant of a local time; null in a gap, and where clocks go back and it comes twice (TYP-2)."""
    if time_zone is None:
        return pl.when(pl.lit(False)).then(local.dt.replace_time_zone("UTC"))
    placed = local.dt.replace_time_zone(time_zone, ambiguous="null", non_existent="null")
    return placed.dt.convert_time_zone("UTC")


def _iso_instant(cell: pl.Expr, time_zone: str | None) -> pl.Expr:
    local, offset = _iso_local(cell), cell.str.slice(16).str.extract(r"([+-].*)$").str.replace(":", "")
    minutes = (
        offset.str.slice(1, 2).cast(pl.Int64, strict=False) * 60
        + offset.str.slice(3, 2).cast(pl.Int64, strict=False).fill_null(0)
    ).fill_null(0)
    shift = pl.duration(minutes=pl.when(offset.str.starts_with("-")).then(-minutes).otherwise(minutes))
    return (
        pl.when(_names_offset(cell))
        .then((local - shift).dt.replace_time_zone("UTC"))
        .otherwise(_placed(local, time_zone))
    )


def _names_offset(cell: pl.Expr) -> pl.Expr:
    return cell.str.slice(16).str.contains(_OFFSET)


def _iso_local(cell: pl.Expr) -> pl.Expr:
    """Date and time as written, without regard to an offset; null where the cell is not ISO 8601."""
    clock = cell.str.slice(11).str.replace(_OFFSET, "")
    seconds = pl.when(clock.str.len_bytes() == 5).then(clock + ":00").otherwise(clock)
    text = pl.concat_str([cell.str.head(10), seconds], separator="T")
    local = text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False, time_unit="us")
    return pl.when(cell.str.contains(_ISO)).then(local)
