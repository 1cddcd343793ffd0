"""Records on their way out: typed again where the format knows types. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from stocktake.model.record_type import FieldType, RecordType


def typed_records(frame: pl.DataFrame, record_type: RecordType) -> pl.DataFrame:
    """``frame`` of canonical text with its whole numbers, booleans, days and moments (UTC) as such.

    frame: ``id`` (Int64), fields and further columns as canonical text (TYP-2). Decimals stay text: no column type keeps
    each of them as it was written. A day no calendar of the format has stays out of it: nothing is guessed.
    """
    return frame.with_columns(
        _typed(record_type[name].type if name in record_type else _system(name), name)
        for name in frame.columns
        if name != "id"
    )


def differing_labels(header: Sequence[str]) -> list[str]:
    """The labels, a repeated one with its place: the columns of a frame must differ."""
    return [
        label if header.index(label) == place else f"{label} ({place + 1})"
        for place, label in enumerate(header)
    ]


def _system(name: str) -> FieldType:
    return FieldType.DATETIME if name == "retired_at" else FieldType.TEXT


def _typed(kind: FieldType, name: str) -> pl.Expr:
    cell = pl.col(name)
    match kind:
        case FieldType.INTEGER:
            return cell.cast(pl.Int64)
        case FieldType.BOOLEAN:
            return cell == "true"
        case FieldType.DATE:
            return cell.str.to_date("%Y-%m-%d")
        case FieldType.DATETIME:
            return cell.str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us", time_zone="UTC")
        case _:
            return cell
