"""How the cells of a column are written: counts of forms, gathered batch by batch (CLN-1, PLN-21).

Where all cells of a batch are as their type reads them anyhow, one check per column tells it; only the others are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from stocktake.cleaning.cell import CLEARING_TOKENS, composed, trimmed
from stocktake.cleaning.cleaner import chained
from stocktake.cleaning.date_form import day_part
from stocktake.cleaning.feed import column_of, fed, ruled
from stocktake.cleaning.moment import MIDNIGHT, date_by
from stocktake.cleaning.number_form import APOSTROPHE, BEHIND, BLANK, BRACKETS, CURRENCY, PLAIN, SIGNS
from stocktake.model.mapping import Mapping
from stocktake.model.record_type import Field, FieldType, RecordType

DATES = (FieldType.DATE, FieldType.DATETIME)
NUMBERS = (FieldType.DECIMAL, FieldType.INTEGER)

#: The cleaner that a picture takes the place of.
NUMBER = "number"

_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_PLAIN = {
    FieldType.DATE: rf"^{_DAY}(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?$",
    FieldType.DATETIME: rf"^{_DAY}[T ][0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:\.[0-9]+)?)? ?(?:Z|[+-][0-9:]+)?$",
    FieldType.INTEGER: r"^[+-]?[0-9]+(?:\.0)?$",
    FieldType.DECIMAL: r"^[+-]?(?:[0-9]+|[0-9]*\.(?:[0-9]{0,2}|[0-9]{4,})|(?:0[0-9]*|[0-9]{4,}|)\.[0-9]{3})$",
}
_OFFSET = r" ?(?:Z|[+-][0-9]{2}:?(?:[0-9]{2})?)$"

_TWO, _FOUR, _NAME = "[0-9]{1,2}", "[0-9]{4}", "[A-Za-z]{3,9}"
_SMALL, _LARGE = "(?:0?[1-9]|1[0-2])", "(?:1[3-9]|2[0-9]|3[01])"


def _parts(*parts: str) -> str:
    """A regular expression of parts with one and the same mark between them."""
    return f"^(?:{'|'.join(mark.join(parts) for mark in ('/', '[.]', '-'))})$"


def _named(year: str) -> str:
    return rf"^(?:{_TWO}[-\s.]*{_NAME}|{_NAME}[-\s.]*{_TWO})[-\s,.]+{year}$"


#: Form → the cells that are written so. ``either`` may be day or month first, ``short`` has a year of two digits, ``ydm``
#: the day between year and month.
_DATE_FORMS = {
    "dmy": _parts(_LARGE, _SMALL, _FOUR),
    "mdy": _parts(_SMALL, _LARGE, _FOUR),
    "either": _parts(_SMALL, _SMALL, _FOUR),
    "ymd": _parts(_FOUR, _SMALL, _TWO) + "|^(?:18|19|20|21)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9]$",
    "ydm": _parts(_FOUR, _LARGE, _SMALL),
    "month-name": _named(_FOUR),
    "short": _parts(_TWO, _TWO, "[0-9]{2}") + "|" + _named("[0-9]{2}"),
}
_SERIAL = {FieldType.DATE: r"^[2-7][0-9]{4}(?:\.0)?$", FieldType.DATETIME: r"^[2-7][0-9]{4}(?:\.[0-9]+)?$"}

_THOUSANDS = "[1-9][0-9]{0,2}"
_BY_BLANK, _BY_APOSTROPHE = (rf"[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+" for mark in (BLANK, APOSTROPHE))
_BY_COMMA, _BY_POINT = (rf"[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+" for mark in (",", r"\."))
_MANY_COMMAS, _MANY_POINTS = (rf"^[0-9]{{1,3}}(?:{mark}[0-9]{{3}}){{2,}}$" for mark in (",", r"\."))
#: Shape of bare digits → the cells; the first that fits. ``point``, ``comma``: that mark stands before decimals, so that the
#: other parts thousands. ``point?``, ``comma?``: it may do either.
_SHAPES = {
    "whole": rf"^(?:[0-9]+|{_BY_BLANK}|{_BY_APOSTROPHE})$",
    "point?": rf"^{_THOUSANDS}\.[0-9]{{3}}$",
    "comma?": rf"^{_THOUSANDS},[0-9]{{3}}$",
    "point": rf"^(?:[0-9]*|{_BY_COMMA}|{_BY_BLANK}|{_BY_APOSTROPHE})\.[0-9]*$|{_MANY_COMMAS}",
    "comma": rf"^(?:[0-9]*|{_BY_POINT}|{_BY_BLANK}|{_BY_APOSTROPHE}),[0-9]*$|{_MANY_POINTS}",
}
#: The same of whole numbers: a mark before other digits than zeroes can only part thousands.
_WHOLE_SHAPES = {
    "point?": rf"^{_THOUSANDS}\.000$",
    "comma?": rf"^{_THOUSANDS},000$",
    "point": rf"^{_THOUSANDS},[0-9]{{3}}$|{_MANY_COMMAS}",
    "comma": rf"^{_THOUSANDS}\.[0-9]{{3}}$|{_MANY_POINTS}",
}
_PARTING = {
    ",": r"[0-9],[0-9]{3}[,.]|^[0-9]{1,3},[0-9]{3},",
    ".": r"[0-9]\.[0-9]{3}[.,]",
    " ": BLANK,
    "'": APOSTROPHE,
}

#: Digits that a number's form does not depend on.
_DIGITS = list("12345678")

_COUNTED = {"form": pl.String, "count": pl.UInt32, "example": pl.String, "line": pl.UInt32}


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedColumn:
    """A column whose forms are counted: its ``name`` in a batch, its header, and the field as it is read."""

    name: str
    header: str
    field: Field


@dataclass(frozen=True, slots=True, kw_only=True)
class FormCount:
    """So many cells of a column are written in one ``form``, the first of them, ``example``, in ``line``."""

    form: str
    count: int
    example: str
    line: int


def counted_columns(record_type: RecordType, mapping: Mapping) -> tuple[CountedColumn, ...]:
    """The columns of days, moments and numbers of which nothing declares how days, months or marks are ordered."""
    told = ruled(record_type, mapping)
    found = []
    for each in mapping.columns:
        name, rule = column_of(mapping, each.field), mapping.rule(each.field)
        if name is None or each.field not in told or each.field in mapping.constants or rule.formats:
            continue
        if leaves_open(told[each.field]):
            found.append(CountedColumn(name=name, header=each.column, field=told[each.field]))
    return tuple(found)


def leaves_open(field: Field) -> bool:
    """Whether a field's declaration says nothing of days before months, or of marks: formats with the year first do not."""
    dated = field.type in DATES and all(each.startswith("%Y") for each in field.formats)
    return dated or (field.type in NUMBERS and not field.formats)


def counts(batch: pl.DataFrame, mapping: Mapping, columns: Sequence[CountedColumn]) -> pl.DataFrame:
    """How the cells of a batch are written: ``place`` in ``columns``, ``form, count, example, line``."""
    found = [pl.DataFrame(schema={"place": pl.UInt32, **_COUNTED})]
    if not columns or batch.is_empty():
        return found[0]
    ready = fed(batch, mapping)
    plain = ready.select(
        pl.col(each.name).str.contains(_PLAIN[each.field.type]).fill_null(value=False).alias(f"{place}")
        for place, each in enumerate(columns)
    )
    for place, each in enumerate(columns):
        cells, fits = ready[each.name], plain[f"{place}"]
        filled = (cells.str.len_bytes() > 0).fill_null(value=False)
        parts = [_plain_counts(ready, each, cells, fits)]
        if filled.sum() > fits.sum():
            parts.append(_other_counts(ready.filter(filled & ~fits & ready["_fault"].is_null()), each))
        found += [part.select(pl.lit(place, dtype=pl.UInt32).alias("place"), *_COUNTED) for part in parts]
    return pl.concat(found)


def _plain_counts(
    ready: pl.DataFrame, column: CountedColumn, cells: pl.Series, fits: pl.Series
) -> pl.DataFrame:
    """Cells that their type reads as they are; moments with an offset, and numbers with a point, apart."""
    kind, total = column.field.type, int(fits.sum())
    if not total:
        return pl.DataFrame(schema=_COUNTED)
    if kind is FieldType.DATE or kind is FieldType.INTEGER:
        parts = {"plain": fits}
    elif kind is FieldType.DECIMAL:
        point = fits & cells.str.contains(".", literal=True)
        parts = {"plain": fits & ~point, "plain.": point}
    else:
        offset = fits & cells.str.ends_with("Z")
        if int(offset.sum()) < total:
            offset |= fits & cells.str.slice(16).str.contains(_OFFSET)
        parts = {"plain": fits & ~offset, "plain+": offset}
    rows = []
    for form, mask in parts.items():
        if mask.any():
            first = mask.arg_max() or 0
            rows.append((form, int(mask.sum()), cells[first], ready["_line"][first]))
    return pl.DataFrame(rows, schema=_COUNTED, orient="row")


def _other_counts(rows: pl.DataFrame, column: CountedColumn) -> pl.DataFrame:
    """The other cells, each as the first form that fits; what fits none is no evidence of anything.

    Of cells that are alike but for their digits one is looked at: of numbers, 1 to 9 say the same; of dates, equal cells.
    """
    field, cell = column.field, pl.col(column.name)
    cleaners = tuple(each for each in field.clean if each != NUMBER)
    alike = cell if field.type in DATES else cell.str.replace_many(_DIGITS, ["9"] * len(_DIGITS))
    cells = (
        rows.group_by(alike.alias("alike"), maintain_order=True)
        .agg(
            pl.len().cast(pl.UInt32).alias("count"),
            cell.first().alias("example"),
            line=pl.col("_line").first(),
        )
        .with_columns(example=chained(composed(trimmed(pl.col("example"))), cleaners))
        .filter((pl.col("example") != "") & ~pl.col("example").is_in(CLEARING_TOKENS))
    )
    form = _date_form(field) if field.type in DATES else _number_form(field)
    return (
        cells.with_columns(form=form)
        .drop_nulls("form")
        .group_by("form", maintain_order=True)
        .agg(pl.col("count").sum(), pl.col("example", "line").first())
        .select(_COUNTED.keys())
    )


def _date_form(field: Field) -> pl.Expr:
    cell, moment = pl.col("example"), field.type is FieldType.DATETIME
    day = day_part(cell) if moment else cell.str.replace(MIDNIGHT, "")
    plain, offset = cell.str.contains(_PLAIN[field.type]), cell.str.slice(16).str.contains(_OFFSET)
    own = [("plain", date_by(cell, form).is_not_null()) for form in field.formats]
    forms = [(form, day.str.contains(pattern)) for form, pattern in _DATE_FORMS.items()]
    serial = ("excel", cell.str.contains(_SERIAL[field.type]))
    return _first([("plain+", plain & offset & pl.lit(moment)), ("plain", plain), *own, *forms, serial])


def _number_form(field: Field) -> pl.Expr:
    """``shape|parting|currency|%|negative`` of a cell; a plain one is told as ``plain`` or ``plain.``."""
    cell, kind = pl.col("example"), field.type
    brackets, behind = cell.str.contains(r"^\(.*\)$"), cell.str.contains(r"[0-9%]\s*-$")
    text = pl.when(brackets).then(cell.str.replace_all(r"^\( *| *\)$", "")).otherwise(cell)
    text = pl.when(behind).then(text.str.replace(r"\s*-$", "")).otherwise(text)
    leading = text.str.contains(rf"^(?:{CURRENCY})?\s*-")
    text = text.str.replace(rf"^((?:{CURRENCY})?)\s*[+-]", "${1}").str.strip_chars(" ")
    percent = text.str.ends_with("%")
    text = text.str.replace(r"\s*%$", "")
    before, after = rf"^({CURRENCY})\s*[0-9.,]", rf"[0-9.,]\s*({CURRENCY})$"
    sign = pl.coalesce(text.str.extract(before, 1), text.str.extract(after, 1)).replace(SIGNS)
    digits = text.str.replace(rf"^(?:{CURRENCY})\s*", "").str.replace(rf"\s*(?:{CURRENCY})$", "")
    told = [
        _shape(digits, kind),
        _first([(mark, digits.str.contains(pattern)) for mark, pattern in _PARTING.items()]).fill_null(""),
        sign.fill_null(""),
        _first([("%", percent)]).fill_null(""),
        _first([(BRACKETS, brackets), (BEHIND, behind), (PLAIN, leading)]).fill_null(""),
    ]
    plain = [("plain", cell.str.contains(_PLAIN[FieldType.INTEGER]))]
    if kind is FieldType.DECIMAL:
        plain.append(("plain.", cell.str.contains(_PLAIN[kind])))
    odd = pl.when(digits.str.contains("[0-9]")).then(pl.concat_str(told, separator="|"))
    return pl.coalesce(_first(plain), odd)


def _shape(digits: pl.Expr, kind: FieldType) -> pl.Expr:
    """What the marks of bare digits are. A whole number has no decimals: marks with none before zeroes part thousands."""
    shapes = {**_SHAPES, **(_WHOLE_SHAPES if kind is FieldType.INTEGER else {})}
    return _first([(shape, digits.str.contains(pattern)) for shape, pattern in shapes.items()])


def _first(forms: Iterable[tuple[str, pl.Expr]]) -> pl.Expr:
    """The first name whose condition holds; null where none does."""
    return pl.coalesce(pl.when(holds).then(pl.lit(name)) for name, holds in forms)


def gathered(parts: Iterable[pl.DataFrame], columns: int) -> tuple[tuple[FormCount, ...], ...]:
    """The counts of all batches: for each column its forms, in the order of the file."""
    whole = pl.concat([pl.DataFrame(schema={"place": pl.UInt32, **_COUNTED}), *parts])
    sums = whole.group_by("place", "form", maintain_order=True).agg(
        pl.col("count").sum(), pl.col("example", "line").first()
    )
    found: list[list[FormCount]] = [[] for _ in range(columns)]
    for place, form, count, example, line in sums.iter_rows():
        found[place].append(FormCount(form=form, count=count, example=example, line=line))
    return tuple(map(tuple, found))
