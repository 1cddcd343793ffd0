"""The text of workbook cells: what was typed where that can be known, else what is shown, without loss (REA-3).

A cell that cannot be told gets a fault beside what it shows, so that nothing, a key least of all, is taken from a wreck.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import polars as pl

from stocktake.readers.number_format import NumberFormat, Shows
from stocktake.readers.xmlpart import BrokenXml

#: Codes of what a cell may suffer from; each is also a row's fault.
ERROR_CELL = "error-cell"
NOT_CALCULATED = "formula-not-calculated"
PRECISION_LOST = "precision-lost"
TOO_LONG = "cell-too-long"

#: Kinds that are no text.
_TYPED = ("n", "b", "d")

#: From here on a number has more than the 15 digits that a spreadsheet keeps.
_PRECISE_BELOW = 10.0**15
_DAY = 86_400_000
_LAST_DAY = 2_958_466
#: Days from 1970-01-01 back to day 0. The 1900 system counts a 29 February 1900, day 60, that never was.
_EPOCH_1900, _EPOCH_1904 = 25_569, 24_107
_LEAP_1900 = 60

#: As written in the file, the shortest text of the number already: 15 digits tell every number apart.
_WHOLE = r"^(?:0|-?[1-9][0-9]{0,14})$"
_DECIMAL = r"^-?(?:0|[1-9][0-9]*)\.[0-9]*[1-9]$"
_DIGITS_LONG = 15


def text_of(
    cells: pl.DataFrame,
    strings: pl.Series,
    looks: Sequence[NumberFormat],
    *,
    from_1904: bool,
    cell_bytes: int,
) -> pl.DataFrame:
    """``line``, ``column``, ``text``, ``fault`` and ``typed`` (it is no text) of cells that hold anything.

    A text of more than ``cell_bytes`` is left out, and its fault says so (REA-6). Raises ``BrokenXml`` where a cell points
    beyond the shared strings.
    """
    kind, raw = pl.col("kind"), pl.col("raw")
    missing = pl.col("formula") & (raw == "") & (kind != "str")
    parts = []
    for (name,), part in cells.filter(~missing).partition_by("kind", as_dict=True).items():
        parts.append(_text(str(name), part, strings, looks, from_1904=from_1904))
    absent = cells.filter(missing).with_columns(text=pl.lit(""), fault=pl.lit(NOT_CALCULATED))
    columns = ("line", "column", "text", "fault", "typed")
    found = pl.concat(
        [part.with_columns(typed=pl.col("kind").is_in(_TYPED)).select(columns) for part in (*parts, absent)]
    ).sort("line", "column")
    long = pl.col("text").str.len_bytes() > cell_bytes
    return found.with_columns(
        text=pl.when(~long).then("text").otherwise(pl.lit("")),
        fault=pl.when(long).then(pl.lit(TOO_LONG)).otherwise("fault"),
    ).filter((pl.col("text") != "") | pl.col("fault").is_not_null())


def _text(
    kind: str, cells: pl.DataFrame, strings: pl.Series, looks: Sequence[NumberFormat], *, from_1904: bool
) -> pl.DataFrame:
    raw, sound = pl.col("raw"), pl.lit(None, pl.String)
    cells = cells.with_columns(text=raw, fault=sound)
    if kind == "n":
        return _numbers(cells, looks, from_1904=from_1904)
    if kind == "s":
        return cells.with_columns(_shared(cells["raw"], strings).alias("text"))
    if kind == "b":
        truth = raw.str.strip_chars().replace({"1": "TRUE", "true": "TRUE", "0": "FALSE", "false": "FALSE"})
        return cells.with_columns(text=truth)
    if kind == "e":
        return cells.with_columns(fault=pl.lit(ERROR_CELL))
    return cells


def _shared(raw: pl.Series, strings: pl.Series) -> pl.Series:
    index = raw.str.strip_chars().cast(pl.UInt32, strict=False)
    if index.null_count() or int(index.max() or 0) >= strings.len():  # type: ignore[arg-type]
        raise BrokenXml("a cell names a shared text that is not there")
    return strings.gather(index)


def _numbers(cells: pl.DataFrame, looks: Sequence[NumberFormat], *, from_1904: bool) -> pl.DataFrame:
    """Numbers, look by look; most cells have plain ones."""
    cells = cells.with_columns(raw=pl.col("raw").str.strip_chars())
    value = pl.col("raw").cast(pl.Float64, strict=False)
    cells = cells.with_columns(value=pl.when(value.is_finite()).then(value)).with_columns(_plain_text())
    parts = []
    for (place,), part in cells.partition_by("look", as_dict=True).items():
        look = looks[int(str(place))]
        shown: pl.Expr = pl.col("text")
        if look.shows is Shows.PADDED:
            shown = _padded(look)
        elif look.shows is not Shows.NUMBER:
            shown = _moment(look.shows, from_1904=from_1904)
        parts.append(
            part.with_columns(text=pl.coalesce(shown, "text"), timed=shown.is_not_null() & _timed(look))
        )
    whole = pl.concat(parts) if parts else cells.with_columns(timed=pl.lit(value=False))
    lost = (pl.col("value").abs() >= _PRECISE_BELOW) & ~pl.col("timed")
    return whole.with_columns(
        text=pl.when(lost).then("raw").otherwise("text"),
        fault=pl.when(lost).then(pl.lit(PRECISION_LOST)),
    )


def _timed(look: NumberFormat) -> pl.Expr:
    return pl.lit(look.shows not in (Shows.NUMBER, Shows.PADDED))


def _plain_text() -> pl.Expr:
    """The shortest text that gives the number again; what is no number stays as it is written."""
    raw, value = pl.col("raw"), pl.col("value")
    short = raw.str.contains(_WHOLE) | (
        raw.str.contains(_DECIMAL) & (raw.str.count_matches("[0-9]") <= _DIGITS_LONG)
    )
    worked_out = value.cast(pl.String).map_batches(_written_out, return_dtype=pl.String)
    return pl.when(short | value.is_null()).then(raw).otherwise(worked_out).alias("text")


def _written_out(numbers: pl.Series) -> pl.Series:
    """Without ``.0`` and without exponents."""
    plain = numbers.str.strip_suffix(".0").replace({"-0": "0"})
    raised = plain.str.contains("e", literal=True).fill_null(value=False)
    if not raised.any():
        return plain
    written = [f"{Decimal(text):f}" for text in plain.filter(raised).to_list()]
    return plain.scatter(raised.arg_true(), written)


def _padded(look: NumberFormat) -> pl.Expr:
    """A whole number with its leading zeros and the text between its digits; null for any other."""
    digits = sum(piece for piece in look.pieces if isinstance(piece, int))
    text = pl.col("text")
    number, sign = (
        text.str.strip_prefix("-"),
        pl.when(text.str.starts_with("-")).then(pl.lit("-")).otherwise(pl.lit("")),
    )
    padded = number.str.zfill(digits)
    shown, left, first = [sign], digits, True
    for piece in look.pieces:
        if isinstance(piece, str):
            shown.append(pl.lit(piece))
            continue
        left -= piece
        start = padded.str.len_chars().cast(pl.Int64) - left - piece
        cut = padded.str.slice(0, start + piece) if first else padded.str.slice(start, piece)
        shown.append(cut)
        first = False
    return pl.when(number.str.contains("^[0-9]+$")).then(pl.concat_str(shown))


def _moment(shows: Shows, *, from_1904: bool) -> pl.Expr:
    """A day, a time or both as ISO 8601, to the millisecond; null for numbers that are neither."""
    moment = (pl.col("value") * _DAY).round().cast(pl.Int64, strict=False)
    clock, day = moment % _DAY, moment // _DAY
    time = _clock(clock)
    if shows is Shows.ELAPSED:
        hours = (moment // (_DAY // 24)).cast(pl.String).str.zfill(2)
        return pl.when(moment >= 0).then(pl.concat_str(hours, time.str.slice(2)))
    date = _date(day, from_1904=from_1904)
    whole = pl.concat_str(date, time, separator="T")
    told = whole
    if shows is Shows.DATE:
        told = pl.when(clock == 0).then(date).otherwise(whole)
    elif shows is Shows.TIME:
        told = pl.when(day == 0).then(time).otherwise(whole)
    return pl.when((moment >= 0) & (day < _LAST_DAY - (_EPOCH_1900 - _EPOCH_1904) * from_1904)).then(told)


def _clock(clock: pl.Expr) -> pl.Expr:
    """``hh:mm:ss``, with milliseconds where there are any."""
    time = pl.from_epoch(clock, time_unit="ms")
    exact = pl.concat_str(
        time.dt.to_string("%H:%M:%S"), pl.lit("."), (clock % 1000).cast(pl.String).str.zfill(3)
    )
    return pl.when(clock % 1000 == 0).then(time.dt.to_string("%H:%M:%S")).otherwise(exact)


def _date(day: pl.Expr, *, from_1904: bool) -> pl.Expr:
    """The day as the spreadsheet shows it, the two that never were included."""
    if from_1904:
        return pl.from_epoch((day - _EPOCH_1904).cast(pl.Int32), time_unit="d").dt.to_string("%Y-%m-%d")
    days = day - _EPOCH_1900 + (day < _LEAP_1900).cast(pl.Int64)
    date = pl.from_epoch(days.cast(pl.Int32, strict=False), time_unit="d").dt.to_string("%Y-%m-%d")
    return (
        pl.when(day == 0)
        .then(pl.lit("1900-01-00"))
        .when(day == _LEAP_1900)
        .then(pl.lit("1900-02-29"))
        .otherwise(date)
    )
