"""What a whole column says against the way it is read: days and months swapped, decimals after a comma (PLN-21).

How a column is read is decided once, where its field or its mapping is declared, and never cell by cell (CLN-1). Cells that
fit only another reading are evidence that the decision is wrong; where it weighs, cells that fit both are not trusted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from shlex import quote

import polars as pl

from stocktake.cleaning.cell import trimmed
from stocktake.cleaning.date_form import WORDS, day_part
from stocktake.cleaning.feed import column_of, fed, ruled
from stocktake.cleaning.moment import date_by, in_letters
from stocktake.cleaning.number_form import form_of
from stocktake.model.mapping import Mapping
from stocktake.model.problem import Warning
from stocktake.model.record_type import Field, FieldType, RecordType

#: The code of the warning about a column, and of the problems of its cells.
CONTRADICTS = "column-contradicts-mapping"

_TWELVE, _MORE = "(?:0?[1-9]|1[0-2])", "(?:1[3-9]|2[0-9]|3[01])"
_DIGITS = {"%Y": "[0-9]{4}", "%y": "[0-9]{2}"}
_GROUPED = r"(?:[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+)"
_BY_COMMA = rf"^[^0-9]*{_GROUPED},(?:[0-9]{{1,2}}|[0-9]{{4,}})[^0-9]*$"
_BY_POINT = r"^[^0-9]*(?:[0-9,]*\.(?:[0-9]{1,2}|[0-9]{4,})|0*\.[0-9]+)[^0-9]*$"
_BY_EITHER = r"^[^0-9]*[1-9][0-9]{0,2}\.[0-9]{3}[^0-9]*$"
_BY_EITHER_COMMA = r"^[^0-9]*[1-9][0-9]{0,2},[0-9]{3}[^0-9]*$"
#: Mark before decimals → how it is called, and what cells with it look like that fit no other mark.
_MARKS = {".": ("a point", _BY_POINT), ",": ("a comma", _BY_COMMA)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnReading:
    """How a column is read, and how else it might be.

    ``name`` is its column of a batch, ``header`` its header. ``against``, ``supports``, ``either``: whether a cell fits only
    the other way, only this one, or both and says another thing then. ``mend``: what to do if the other way is right.
    ``recorded``: somebody declared it so, and is told of every cell against it; else only where a cell may be misread.
    """

    field: str
    name: str
    header: str
    this: str
    other: str
    against: pl.Expr
    supports: pl.Expr
    either: pl.Expr
    mend: str
    recorded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """A column that speaks against its reading: how many cells fit only the other one, only this one, and both.

    ``example`` is a cell that fits only the other, ``line`` where it stands.
    """

    reading: ColumnReading
    against: int
    supports: int
    either: int
    example: str
    line: int

    @property
    def weighs(self) -> bool:
        """Whether no more cells speak for the reading than against it, so that cells of both kinds are left out."""
        return self.against >= self.supports

    @property
    def warning(self) -> Warning:
        """What people are told of it, and what they can do."""
        how, left = self.reading, "are left out" if self.weighs else f"are read {self.reading.this}"
        fit = "cell fits" if self.against == 1 else "cells fit"
        doubt = f" {self.either:,} that may be either {left}." if self.either else ""
        return Warning(
            code=CONTRADICTS,
            message=f"{how.header} is read {how.this}, but {self.against:,} {fit} only if read {how.other}, such as "
            f'"{self.example}" (line {self.line}); {self.supports:,} only as it is read.{doubt} {how.mend}',
            count=self.against,
            rows=(self.line,),
        )


def readings(record_type: RecordType, mapping: Mapping) -> tuple[ColumnReading, ...]:
    """The columns in whose reading something was decided that the cells could contradict."""
    told = ruled(record_type, mapping)
    found: list[ColumnReading] = []
    for each in mapping.columns:
        name = column_of(mapping, each.field)
        if each.field in told and name is not None and each.field not in mapping.constants:
            found += _readings(told[each.field], name, each.column)
    return tuple(found)


def _readings(field: Field, name: str, header: str) -> Iterator[ColumnReading]:
    cell = trimmed(pl.col(name))
    if field.type is FieldType.DECIMAL:
        yield from _marked(field, name, header, cell)
    if field.type not in (FieldType.DATE, FieldType.DATETIME):
        return
    for form in field.formats:
        swapped = form.translate(str.maketrans("dm", "md"))
        pattern = _pattern(form)
        text = day_part(cell) if form in WORDS and field.type is FieldType.DATETIME else cell
        if pattern is None or swapped == form or swapped in field.formats:
            continue
        yield ColumnReading(
            field=field.name,
            name=name,
            header=header,
            this=f"as {in_letters(form)}",
            other=f"as {in_letters(swapped)}",
            against=text.str.contains(pattern.format(d=_TWELVE, m=_MORE)).fill_null(value=False),
            supports=text.str.contains(pattern.format(d=_MORE, m=_TWELVE)).fill_null(value=False),
            either=(date_by(text, form) != date_by(text, swapped)).fill_null(value=False),
            mend=f"If the other is right: --read {quote(f'{header}={swapped}')}, or in the mapping [formats] {field.name} = "
            f'["{swapped}"]. If the file has both on purpose, name both: the first that fits is taken.',
            recorded=True,
        )


def _marked(field: Field, name: str, header: str, cell: pl.Expr) -> Iterator[ColumnReading]:
    """How decimals are read: with the mark that all pictures of the field show, else with a point."""
    marks = {form.mark for form in map(form_of, field.formats) if form is not None} or {"."}
    if len(marks) > 1 or None in marks:
        return
    mark = "," if "," in marks else "."
    other = "." if mark == "," else ","
    (this_name, supports), (other_name, against) = _MARKS[mark], _MARKS[other]
    picture = "1.234,56" if mark == "." else "1,234.56"
    yield ColumnReading(
        field=field.name,
        name=name,
        header=header,
        this=f"with {this_name} before decimals",
        other=f"with {other_name} before decimals",
        against=cell.str.contains(against),
        supports=cell.str.contains(supports),
        either=cell.str.contains(f"{_BY_EITHER}|{_BY_EITHER_COMMA}" if field.formats else _BY_EITHER),
        mend=f"If the other is right: --read {quote(f'{header}={picture}')}, or in the mapping [formats] {field.name} = "
        f'["{picture}"].',
        recorded=bool(field.formats),
    )


def _pattern(form: str) -> str | None:
    """A regular expression of the cells that a format of numbers reads, ``{d}`` and ``{m}`` left open; None for others.

    Where the year comes first the month follows everywhere, so that there is nothing to be confused.
    """
    if form in ("dmy", "mdy"):
        return "^" + "[/.-]".join({"d": "{d}", "m": "{m}", "y": "[0-9]{{4}}"}[each] for each in form) + "$"
    parts = re.split(r"(%.)", form)
    directives = parts[1::2]
    if directives[:2] not in (["%d", "%m"], ["%m", "%d"]) or not {"%Y", "%y"} & set(directives[2:]):
        return None
    places = {"%d": "{d}", "%m": "{m}"}
    doubled = {key: value.replace("{", "{{").replace("}", "}}") for key, value in _DIGITS.items()}
    told = [
        places.get(each) or doubled.get(each, "[0-9]{{1,2}}") if place % 2 else re.escape(each)
        for place, each in enumerate(parts)
    ]
    return "^" + "".join(told) + "$"


def evidence(batch: pl.DataFrame, mapping: Mapping, columns: Iterable[ColumnReading]) -> pl.DataFrame:
    """How many cells of a batch speak against each reading: one column per reading, by its place."""
    told = {f"{place}": each.against.sum() for place, each in enumerate(columns)}
    return fed(batch, mapping).select(**told)


def contradictions(
    batches: Iterable[pl.DataFrame], mapping: Mapping, columns: Iterable[ColumnReading]
) -> tuple[Contradiction, ...]:
    """What whole columns say against their reading; of ``columns``, those of which some cell does."""
    against = list(columns)
    parts = [fed(each, mapping).select(*_counted(against)) for each in batches] if against else []
    if not parts:
        return ()
    sums = pl.concat(parts)
    found = []
    for place, each in enumerate(against):
        if not sums[f"{place}:against"].sum():
            continue
        first = sums.filter(pl.col(f"{place}:example").is_not_null())
        found.append(
            Contradiction(
                reading=each,
                against=int(sums[f"{place}:against"].sum()),
                supports=int(sums[f"{place}:supports"].sum()),
                either=int(sums[f"{place}:either"].sum()),
                example=first[f"{place}:example"][0],
                line=first[f"{place}:line"][0],
            )
        )
    return tuple(each for each in found if each.reading.recorded or each.either)


def _counted(columns: Iterable[ColumnReading]) -> Iterator[pl.Expr]:
    for place, each in enumerate(columns):
        yield each.against.sum().alias(f"{place}:against")
        yield each.supports.sum().alias(f"{place}:supports")
        yield each.either.sum().alias(f"{place}:either")
        yield pl.col(each.name).filter(each.against).first().alias(f"{place}:example")
        yield pl.col("_line").filter(each.against).first().alias(f"{place}:line")


def doubtful(batch: pl.DataFrame, mapping: Mapping, found: Iterable[Contradiction]) -> Iterator[pl.DataFrame]:
    """Problems of cells that fit both readings of a column that contradicts its own: nobody knows which is meant."""
    ready = fed(batch, mapping)
    for each in found:
        how = each.reading
        if not each.weighs or not each.either:
            continue
        value = trimmed(pl.col(how.name))
        yield ready.filter(how.either).select(
            "_row",
            line="_line",
            column=pl.lit(how.header),
            field=pl.lit(how.field),
            value=pl.col(how.name),
            code=pl.lit(CONTRADICTS),
            message=pl.format(
                '"{}" may be read {} or {}, and cells such as "{}" (line {}) speak against the former. {}',
                value,
                pl.lit(how.this),
                pl.lit(how.other),
                pl.lit(each.example),
                pl.lit(each.line),
                pl.lit(how.mend),
            ),
        )
