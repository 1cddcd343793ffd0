"""What a mapping document must hold beyond its form (MAP-1, MAP-4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zoneinfo import available_timezones

import polars as pl

from stocktake.catalog.cleaner_check import field_cleaner_mistakes
from stocktake.catalog.mistake import Mistake
from stocktake.catalog.shape import MappingShape
from stocktake.catalog.source_check import value_mistakes
from stocktake.catalog.type_check import unknown_field
from stocktake.catalog.vocabulary import EXTERNAL_ID, nearest
from stocktake.cleaning.draft import clean
from stocktake.cleaning.feed import ruled
from stocktake.cleaning.read_word import format_fault
from stocktake.mapping.header import plain_name
from stocktake.model.errors import InvalidInput
from stocktake.model.mapping import KEPT, FieldRule, Mapping, SavedMapping
from stocktake.model.record_type import FieldType, RecordType
from stocktake.model.source import Source

_ROW = {"_row": pl.UInt32, "_line": pl.UInt32, "_fault": pl.String}


def mapping_mistakes(declared: MappingShape, record_type: RecordType) -> Iterator[Mistake]:
    """Every mistake of a mapping document beside its form and the values that it sets."""
    known = [*(each.name for each in record_type.fields), EXTERNAL_ID]
    yield from _column_mistakes(declared.columns, known)
    for key in (
        "values",
        "constants",
        "defaults",
        "on_blank",
        "null_words",
        "formats",
        "time_zones",
        "clean",
    ):
        for name in getattr(declared, key):
            yield from unknown_field((key, name), name, known)
    yield from value_mistakes(
        declared.constants,
        declared.on_blank,
        {name for names in declared.columns.values() for name in names} - {KEPT},
    )
    for name, words in declared.values.items():
        yield from _word_mistakes(name, words, record_type)
    yield from field_cleaner_mistakes(declared.clean, declared.tables)
    for name in declared.formats:
        for fault in _format_faults(declared.formats[name], record_type, name):
            yield Mistake(("formats", name), fault)
    for name, zone in declared.time_zones.items():
        if zone not in available_timezones():
            yield Mistake(("time_zones", name), f'there is no time zone "{zone}".')
        elif name in record_type and record_type[name].type is not FieldType.DATETIME:
            yield Mistake(("time_zones", name), "only dates with a time have a time zone.")


def _column_mistakes(columns: dict[str, list[str]], known: list[str]) -> Iterator[Mistake]:
    """Headers that are none or stand there twice, and what they feed that is no field."""
    seen: dict[str, str] = {}
    for header, names in columns.items():
        for place, name in enumerate(names):
            if name != KEPT:
                yield from unknown_field(("columns", header, place), name, known)
            elif len(names) > 1:
                yield Mistake(
                    ("columns", header, place),
                    f"a column that is kept beside the record, {KEPT}, feeds no field.",
                )
        if not plain_name(header):
            yield Mistake(
                ("columns", header), 'a column needs a header; one without is "column 3", by its place.'
            )
        elif plain_name(header) in seen:
            yield Mistake(("columns", header), f'is the same header as "{seen[plain_name(header)]}".')
        seen.setdefault(plain_name(header), header)


def _format_faults(formats: Iterable[str], record_type: RecordType, name: str) -> Iterator[str]:
    """What is wrong with the formats of a field, if anything; what is no field is told elsewhere."""
    found = [format_fault(record_type[name].type, each) for each in formats] if name in record_type else []
    yield from dict.fromkeys(each for each in found if each)


def _word_mistakes(name: str, words: dict[str, str], record_type: RecordType) -> Iterator[Mistake]:
    """Words that become no choice of a field of choices."""
    choices = record_type[name].choices if name in record_type else ()
    for said, meant in words.items():
        if choices and meant not in choices:
            wrong = f'"{said}" becomes "{meant}", which is not a choice of {name}.{nearest(meant, choices)}'
            yield Mistake(("values", name, said), wrong)


def set_value_mistakes(saved: SavedMapping, record_type: RecordType, source: Source) -> Iterator[Mistake]:
    """Constants and defaults that their field would refuse in every row."""
    for rule in saved.rules:
        for key, value in (("constants", rule.constant), ("defaults", rule.default)):
            if value is not None and rule.field in record_type:
                fault = _fault(rule, value, record_type, source)
                if fault is not None:
                    yield Mistake((key, rule.field), fault)


def _fault(rule: FieldRule, value: str, record_type: RecordType, source: Source) -> str | None:
    """What cleaning says about the value in a row of its own."""
    said = FieldRule(
        field=rule.field, constant=value, values=rule.values, formats=rule.formats, clean=rule.clean
    )
    row = pl.DataFrame({"_row": [0], "_line": [1], "_fault": [None]}, schema=_ROW)
    mapping = Mapping(columns=(), rules=(said,))
    try:
        problems = clean(row, ruled(record_type, mapping), source, mapping).problems
    except InvalidInput as error:
        return error.message
    return None if problems.is_empty() else str(problems["message"][0])
