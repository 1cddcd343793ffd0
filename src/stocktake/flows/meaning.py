"""Meaning: what is open before anything is planned: words of choices, and how columns are read (CLN-1, CLN-4, PLN-8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from stocktake.cleaning.asking import AMBIGUOUS, MIXED, ZONELESS
from stocktake.cleaning.deciding import column_course, decided
from stocktake.cleaning.draft import clean
from stocktake.model.column_decision import ColumnDecision
from stocktake.model.errors import InvalidInput
from stocktake.model.mapping import Mapping
from stocktake.model.record_type import FieldType, RecordType
from stocktake.model.sketch import ColumnSketch
from stocktake.model.source import Source
from stocktake.reporting.column_doubt import ColumnDoubt, doubts_of
from stocktake.reporting.unknown_word import OpenWords, open_words

#: The refusals of a preview that ask how columns are read (CLN-1).
QUESTIONS = (AMBIGUOUS, MIXED, ZONELESS)


def words_without_meaning(
    columns: Sequence[ColumnSketch], mapping: Mapping, record_type: RecordType, source: Source
) -> tuple[OpenWords, ...]:
    """Of each choice field, the words among the first values of its column that are none of its choices."""
    chosen = [
        each
        for each in mapping.columns
        if each.field in record_type
        and record_type[each.field].type is FieldType.CHOICE
        and not each.joined
        and each.position < len(columns)
    ]
    if not chosen:
        return ()
    told = clean(
        _values(columns, {each.position for each in chosen}),
        record_type,
        source,
        replace(
            mapping,
            columns=tuple(replace(each, fallback=()) for each in chosen),
            rules=tuple(replace(rule, constant=None) for rule in mapping.rules),
        ),
    )
    words = open_words(told.problems, record_type)
    return tuple(
        OpenWords(
            field=each.field,
            label=record_type[each.field].label,
            column=each.column,
            choices=record_type[each.field].choices,
            words=words[each.field],
            whole=len(columns[each.position].values) >= columns[each.position].distinct,
        )
        for each in chosen
        if each.field in words
    )


def columns_in_doubt(
    columns: Sequence[ColumnSketch],
    mapping: Mapping,
    record_type: RecordType,
    source: Source,
    *,
    reads: Sequence[tuple[str, str]],
    earlier: Sequence[ColumnDecision],
) -> tuple[ColumnDoubt, ...]:
    """The columns whose first values leave open how they are read, as nobody says and no earlier import did (CLN-1).

    ``reads``: what was said so far; of columns that feed nothing it says nothing.
    """
    feeding = {each.column: each.position for each in mapping.columns if each.position < len(columns)}
    said = [(column, word) for column, word in reads if column in feeding]
    alone = replace(
        mapping,
        columns=tuple(
            replace(each, fallback=())
            for each in mapping.columns
            if each.column in feeding and not each.joined
        ),
    )
    try:
        course = column_course(alone, record_type, said, earlier)
        decided(course, [course.counted(_values(columns, set(feeding.values())))], source.time_zone)
    except InvalidInput as refusal:
        if refusal.code not in QUESTIONS:
            return ()  # what was said of a column does not hold, which the preview tells
        whole = {name: len(columns[at].values) >= columns[at].distinct for name, at in feeding.items()}
        return doubts_of(refusal.details, whole)
    return ()


def _values(columns: Sequence[ColumnSketch], places: set[int]) -> pl.DataFrame:
    """The values of some columns as rows of a file, below each other; all else is blank."""
    height = max((len(columns[place].values) for place in places), default=0)
    number = pl.int_range(height, dtype=pl.UInt32, eager=True)
    cells = {
        f"c{place}": [*columns[place].values, *[""] * (height - len(columns[place].values))]
        for place in sorted(places)
    }
    return pl.DataFrame(
        {"_row": number, "_line": number + 1, "_fault": pl.Series([None] * height, dtype=pl.String), **cells},
        schema_overrides=dict.fromkeys(cells, pl.String),
    )
