"""An export: the records that a list would show, all of them, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from stocktake.model.record_type import FieldType, RecordType
from stocktake.ports.frame import EXPORTED
from stocktake.ports.store import Unit
from stocktake.reporting.export import typed_records
from stocktake.reporting.mark import marked


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which records: ``where`` as ``Unit.record_page`` takes it; retired ones only when asked for (TYP-6)."""

    where: Mapping[str, str] = field(default_factory=dict)
    missing_source: str | None = None
    retired: bool = False


def export_header(record_type: RecordType) -> tuple[str, ...]:
    """The columns of an export: the record's number, its fields, and where it came from."""
    return ("id", *(each.name for each in record_type.fields), *EXPORTED)


def exported(
    unit: Unit, record_type: RecordType, chosen: Chosen, *, typed: bool, spreadsheet: bool
) -> Iterator[pl.DataFrame]:
    """The records by id, under ``export_header``. The type must have its table.

    typed: numbers, booleans, days and moments as such, for formats that know types; else canonical text.
    spreadsheet: text that a spreadsheet would run as a formula stands behind an apostrophe.
    """
    found = unit.record_frames(
        record_type, where=chosen.where, missing_source=chosen.missing_source, retired=chosen.retired
    )
    for frame in found:
        if typed:
            yield typed_records(frame, record_type)
        elif spreadsheet:
            yield frame.with_columns(marked(pl.col(name)) for name in _words(record_type))
        else:
            yield frame


def _words(record_type: RecordType) -> list[str]:
    """The columns that may hold anything; numbers and days are no formulas, whatever sign they begin with."""
    exact = {FieldType.INTEGER, FieldType.DECIMAL, FieldType.BOOLEAN, FieldType.DATE, FieldType.DATETIME}
    return [each.name for each in record_type.fields if each.type not in exact] + ["source", "external_id"]
