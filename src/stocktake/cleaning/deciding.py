"""Deciding, once per column and from all of its cells, how it is read; or asking (CLN-1, PLN-21)."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass
from shlex import quote

import polars as pl

from stocktake.cleaning.asking import refusal, value_of
from stocktake.cleaning.date_order import date_verdict
from stocktake.cleaning.evidence import CONTRADICTS
from stocktake.cleaning.form_count import (
    DATES,
    CountedColumn,
    FormCount,
    counted_columns,
    counts,
    gathered,
)
from stocktake.cleaning.read_word import Forms, in_words, spoken_forms
from stocktake.cleaning.separator import number_verdict
from stocktake.cleaning.verdict import Verdict
from stocktake.model.column_decision import BY_CELLS, BY_EARLIER, BY_OPERATOR, ColumnDecision
from stocktake.model.mapping import Mapping
from stocktake.model.problem import Warning
from stocktake.model.record_type import RecordType


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnCourse:
    """What is known of a file's columns before a cell is read.

    ``mapping`` is as the operator and earlier imports decided, ``columns`` those whose cells are counted. ``said`` is what
    the operator says, ``earlier`` what earlier imports decided.
    """

    mapping: Mapping
    columns: tuple[CountedColumn, ...]
    said: Forms
    earlier: Dictionary[str, ColumnDecision]

    def counted(self, batch: pl.DataFrame) -> pl.DataFrame:
        """How the cells of a batch are written; see :func:`form_count.counts`."""
        return counts(batch, self.mapping, self.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """How each column is read from here on, what was decided, which fields anew, and what cells say against it."""

    mapping: Mapping
    decisions: tuple[ColumnDecision, ...] = ()
    anew: frozenset[str] = frozenset()
    warnings: tuple[tuple[str, Warning], ...] = ()


def column_course(
    mapping: Mapping,
    record_type: RecordType,
    reads: Sequence[tuple[str, str]],
    earlier: Sequence[ColumnDecision],
) -> ColumnCourse:
    """The mapping with what the operator says, and with what earlier imports decided of columns that nobody declares.

    Raises ``InvalidInput`` as :func:`read_word.spoken_forms` does.
    """
    said, anew = spoken_forms(mapping, record_type, reads)
    columns = counted_columns(record_type, mapping)
    known = {
        each.field: each
        for each in earlier
        if each.field not in anew and (each.field not in said or mapping.of(each.field) is None)
    }
    open_fields = {each.field.name for each in columns}
    kept = {name: (each.formats, each.time_zone) for name, each in known.items() if name in open_fields}
    return ColumnCourse(
        mapping=mapping.written(kept, BY_EARLIER).written(said, BY_OPERATOR),
        columns=columns,
        said=said,
        earlier=known,
    )


def decided(course: ColumnCourse, parts: Sequence[pl.DataFrame], time_zone: str | None) -> Decided:
    """What the columns are read by, once all cells are counted; ``time_zone`` is the source's.

    Raises ``InvalidInput`` ``column-ambiguous``, ``column-mixed`` or ``column-without-time-zone``, for all columns at once.
    """
    forms = gathered(parts, len(course.columns))
    asked, found, warnings = [], [], []
    for column, seen in zip(course.columns, forms, strict=True):
        name = column.field.name
        zone = course.mapping.rule(name).time_zone or time_zone
        verdict = _verdict(course, column, seen, zone)
        if verdict.question is not None:
            asked.append((column, verdict.question))
        elif verdict.formats is not None:
            found.append(_decision(course, column, seen, verdict, zone))
            if verdict.against is not None:
                warnings.append((name, _contradicting(column, verdict, verdict.against)))
    if asked:
        raise refusal(asked, time_zone)
    told = {each.field for each in found}
    carried = [each for name, each in course.earlier.items() if name not in told]
    anew = {
        each.field: (each.formats, None)
        for each in found
        if each.how != BY_EARLIER and not course.said.get(each.field, ((), None))[0]
    }
    return Decided(
        mapping=course.mapping.written(anew, BY_CELLS),
        decisions=tuple(found + [each for each in carried if course.mapping.of(each.field) is None]),
        anew=frozenset(anew),
        warnings=tuple(warnings),
    )


def _verdict(
    course: ColumnCourse, column: CountedColumn, seen: tuple[FormCount, ...], zone: str | None
) -> Verdict:
    name = column.field.name
    before = course.earlier.get(name)
    formats, _ = course.said.get(name, ((), None))
    if formats:
        return Verdict(formats=formats)
    earlier = before.formats if before else None
    if column.field.type in DATES:
        zoned = zone is not None or bool(column.field.formats)
        return date_verdict(column.field, seen, earlier, zoned=zoned)
    return number_verdict(column.field, seen, earlier)


def _decision(
    course: ColumnCourse,
    column: CountedColumn,
    seen: tuple[FormCount, ...],
    verdict: Verdict,
    zone: str | None,
) -> ColumnDecision:
    """The decision with a cell that shows it: the one that speaks for it, else the first that it reads."""
    name, formats = column.field.name, verdict.formats or ()
    before, said = course.earlier.get(name), name in course.said
    how = BY_OPERATOR if said else BY_EARLIER if before and before.formats == formats else BY_CELLS
    own_zone = course.mapping.rule(name).time_zone
    cells = [verdict.shown] if verdict.shown else list(seen)
    read = ((each, value_of(column, formats, zone, each.example)) for each in cells)
    shown, value = next(((each, value) for each, value in read if value is not None), (None, None))
    return ColumnDecision(
        field=name,
        column=column.header,
        formats=formats,
        reading=in_words(formats, column.field) + (f", in {own_zone}" if own_zone else ""),
        time_zone=own_zone,
        how=how,
        example=shown.example if shown else "",
        value=value or "",
        line=shown.line if shown else 0,
        only=verdict.only,
        filled=sum(each.count for each in seen),
    )


def _contradicting(column: CountedColumn, verdict: Verdict, odd: FormCount) -> Warning:
    header, count = column.header, odd.count
    cells = "cell is" if count == 1 else "cells are"
    return Warning(
        code=CONTRADICTS,
        message=f"{header} is read {in_words(verdict.formats or (), column.field)}, as the source's files were so "
        f'far, but {count:,} {cells} written otherwise, such as "{odd.example}" (line {odd.line}). What does not fit is '
        f"left out. If this file is right: --read {quote(f'{header}=auto')} decides by its cells and is remembered.",
        count=count,
        rows=(odd.line,),
    )
