"""What feeds a field: one column as it stands, or cells made of several, of defaults and of constants (MAP-1, BLK-1)."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from stocktake.cleaning.cell import composed, folded, folded_words, trimmed
from stocktake.cleaning.row_fault import without_troubled
from stocktake.model.mapping import ColumnMapping, FieldRule, Mapping
from stocktake.model.record_type import Field, FieldType, RecordType


def column_of(mapping: Mapping, field: str) -> str | None:
    """The name of the column of :func:`fed` that holds the cells of ``field``; None where nothing feeds it."""
    each, rule = mapping.of(field), mapping.rule(field)
    if rule.constant is not None:
        return f"fed:{field}"
    if each is None:
        return None
    as_it_stands = not (each.fallback or each.joined or rule.null_words) and rule.default is None
    return f"c{each.position}" if as_it_stands else f"fed:{field}"


def cell_of(mapping: Mapping, field: str) -> pl.Expr | None:
    """The raw cell of ``field`` in a reader's batch, as columns, defaults and constants say; None where nothing feeds it."""
    if column_of(mapping, field) is None:
        return None
    return _cell(mapping.of(field), mapping.rule(field))


def fed(batch: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """A reader's batch, and a column ``fed:F`` of raw cells for every field F that no column feeds as it stands.

    A cell with a fault of its own says nothing, and a null word counts as blank; of several columns the first that is
    filled speaks; the default speaks where none is; a constant speaks in every row.
    """
    made = [name for name in mapping.fields if column_of(mapping, name) == f"fed:{name}"]
    cells = (_cell(mapping.of(name), mapping.rule(name)).alias(f"fed:{name}") for name in made)
    batch = without_troubled(batch)
    return batch.with_columns(cells) if made else batch


def cleaners_of(mapping: Mapping, record_type: RecordType, field: str) -> tuple[str, ...]:
    """The cleaners of a field's cells, in order: as the mapping says, else the field's own (CLN-2)."""
    said = mapping.rule(field).clean
    if said is not None:
        return said
    return record_type[field].clean if field in record_type else ()


def ruled(record_type: RecordType, mapping: Mapping) -> RecordType:
    """The type as this mapping reads it: with its rules for values, formats, blanks and cleaners (MAP-4).

    A field that refers to a record is text here: the cell names the record, and its id is found later (IDN-4).
    """
    rules = {each.field: each for each in mapping.rules}
    if not record_type.references and rules.keys().isdisjoint(each.name for each in record_type.fields):
        return record_type
    fields = []
    for each in record_type.fields:
        rule = rules.get(each.name, FieldRule(field=each.name))
        fields.append(
            replace(
                each,
                type=FieldType.TEXT if record_type.reference(each.name) else each.type,
                values=each.values + rule.values,
                formats=rule.formats or each.formats,
                clean=_cleaners(each, rule),
                on_blank=rule.on_blank or each.on_blank,
            )
        )
    return replace(record_type, fields=tuple(fields))


def _cleaners(field: Field, rule: FieldRule) -> tuple[str, ...]:
    """The field's cleaners, or the rule's in their place; a picture of numbers says more than ``number`` does (CLN-1)."""
    cleaners = field.clean if rule.clean is None else rule.clean
    pictured = field.type in (FieldType.DECIMAL, FieldType.INTEGER) and (rule.formats or field.formats)
    return tuple(each for each in cleaners if each != "number") if pictured else cleaners


def _cell(each: ColumnMapping | None, rule: FieldRule) -> pl.Expr:
    if rule.constant is not None or each is None:
        return pl.lit(rule.constant, dtype=pl.String)
    first = pl.col(f"c{each.position}")
    if each.joined:
        beside = (pl.col(f"c{place}") for place, _ in each.joined)
        words = [_filled(trimmed(cell), rule) for cell in (first, *beside)]
        first = pl.concat_str(words, separator=" ", ignore_nulls=True)
    cells = [first, *(pl.col(f"c{place}") for place, _ in each.fallback)]
    otherwise = pl.lit(rule.default or "") if rule.default or rule.null_words else first
    return pl.coalesce([*(_filled(cell, rule) for cell in cells), otherwise])


def _filled(cell: pl.Expr, rule: FieldRule) -> pl.Expr:
    """The cell, null where it is blank or a null word."""
    bare = trimmed(cell)
    says = bare != ""
    if rule.null_words:
        says &= ~folded(composed(bare)).is_in(folded_words(rule.null_words))
    return pl.when(says).then(cell)
