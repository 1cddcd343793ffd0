"""The values of a file's columns, as they are read: cell by cell the same as drafts, and counted (CLN-4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from stocktake.cleaning.cell import CLEARING_TOKENS, tidied
from stocktake.cleaning.cleaner import chained
from stocktake.cleaning.feed import cleaners_of, column_of, ruled
from stocktake.cleaning.filled import own_cells
from stocktake.cleaning.type_rule import type_rule
from stocktake.cleaning.word import translated
from stocktake.model.mapping import Mapping
from stocktake.model.record_type import Field, FieldType, RecordType
from stocktake.model.source import Source
from stocktake.model.statistic import Values

#: So many of the most frequent values are told.
FREQUENT = 5
#: Whose values have a length that says something.
_TEXTS = (FieldType.TEXT, FieldType.EMAIL, FieldType.PHONE, FieldType.URL, FieldType.JSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredColumn:
    """A column whose cells are counted: its ``name`` in a batch of :func:`fed`, its header, the field as it is read.

    ``places``: of the columns that its cells are made of.
    """

    name: str
    header: str
    field: Field
    time_zone: str | None
    places: tuple[int, ...]

    @property
    def as_it_stands(self) -> bool:
        """Whether nothing is made of a tidy cell before its type reads it."""
        return not (self.field.clean or self.field.values)

    def typed(self, read: pl.DataFrame) -> pl.DataFrame:
        """``value``, and its canonical ``text``; null where the type does not read it."""
        return read.with_columns(
            text=type_rule(self.field, self.time_zone).canonical(pl.col("value")).cast(pl.String)
        )


def measured_columns(record_type: RecordType, source: Source, mapping: Mapping) -> tuple[MeasuredColumn, ...]:
    """The columns that feed a field, in the order of the file."""
    told, own = ruled(record_type, mapping), own_cells(mapping)
    found = []
    for each in sorted(own.columns, key=lambda each: each.position):
        name = column_of(own, each.field)
        if name is not None and each.field not in own.constants:
            found.append(
                MeasuredColumn(
                    name=name,
                    header=each.column,
                    field=told[each.field]
                    if each.field in told
                    else Field(name=each.field, clean=cleaners_of(mapping, record_type, each.field)),
                    time_zone=mapping.rule(each.field).time_zone or source.time_zone,
                    places=each.positions,
                )
            )
    return tuple(found)


def read_cells(cells: pl.Series, column: MeasuredColumn, *, typed: bool = True) -> pl.DataFrame:
    """``value`` of every filled cell, null where the cleaners find none, and if ``typed`` its canonical ``text``."""
    return _read(cells.alias("cell").to_frame(), column, typed=typed).drop("cell")


def _read(cells: pl.DataFrame, column: MeasuredColumn, *, typed: bool = True) -> pl.DataFrame:
    tidy = tidied(cells, ["cell"])
    cell = pl.col("cell")
    filled = tidy.frame.filter((cell != "") & ~cell.is_in(CLEARING_TOKENS))
    value = translated(chained(cell, column.field.clean, plain="cell" in tidy.plain), column.field.values)
    read = filled.with_columns(value=value).filter(pl.col("value").ne_missing(""))
    return column.typed(read) if typed else read


def values(batches: Iterable[pl.Series], column: MeasuredColumn) -> Values:
    """The distinct values of a column's cells, how often each stands there, and how many cells are none."""
    cells = pl.concat([pl.DataFrame(schema=_COUNTED), *_counted(batches)])
    read = _read(cells.group_by("cell").agg(pl.col("count").sum()), column)
    found = read.drop_nulls("text").group_by("text").agg(pl.col("count").sum())
    first = found.sort(["count", "text"], descending=[True, False]).head(FREQUENT)
    lengths = found["text"].str.len_chars() if column.field.type in _TEXTS else None
    return Values(
        misfits=int(read.filter(pl.col("text").is_null())["count"].sum()),
        distinct=found.height,
        frequent=tuple(first.select("text", "count").iter_rows()),
        shortest=lengths.min() if lengths is not None else None,  # type: ignore[arg-type]
        longest=lengths.max() if lengths is not None else None,  # type: ignore[arg-type]
    )


_COUNTED = {"cell": pl.String, "count": pl.UInt32}


def _counted(batches: Iterable[pl.Series]) -> Iterator[pl.DataFrame]:
    for each in batches:
        counts = each.alias("cell").drop_nulls().value_counts(name="count")
        yield counts.select(pl.col("cell"), pl.col("count").cast(pl.UInt32))
