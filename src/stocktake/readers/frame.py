"""A Polars frame handed in by Python, read like any file (REA-1)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import polars as pl

from stocktake.model.errors import InvalidInput
from stocktake.model.problem import Warning
from stocktake.ports.reader import Layout
from stocktake.readers.file import BATCH_ROWS, CELL_LIMIT, check_columns, check_rows
from stocktake.readers.header import label_warnings

#: Up to here a float holds every whole number exactly.
_EXACT = 2**53


class FrameReading:
    """One pass over a frame. ``name`` stands where a file's name would, in messages.

    The sha256 is that of the frame's cells written as CSV, all quoted, header first: equal content, equal
    digest, whatever the types were.
    """

    def __init__(self, frame: pl.DataFrame, name: str, *, batch_rows: int = BATCH_ROWS) -> None:
        check_columns(Path(name), frame.width)
        check_rows(Path(name), frame.height)
        self._frame, self._batch_rows, self._complete = frame, batch_rows, False
        self._header = tuple(frame.columns)
        self._columns = [f"c{position}" for position in range(frame.width)]
        self._cells = [
            _text(pl.col(label), dtype, label, name).fill_null("").alias(column)
            for column, (label, dtype) in zip(self._columns, frame.schema.items(), strict=True)
        ]
        self._digest = hashlib.sha256()

    @property
    def layout(self) -> Layout:
        """The columns' names are the labels."""
        return Layout(format="frame", header=self._header)

    @property
    def sha256(self) -> str:
        """Of the canonical CSV."""
        return self._digest.hexdigest()

    @property
    def complete(self) -> bool:
        """Whether all rows were given (REA-8)."""
        return self._complete

    @property
    def warnings(self) -> tuple[Warning, ...]:
        """Blank labels; a frame cannot name a column twice."""
        return label_warnings(self._header, 1)

    def batches(self) -> Iterator[pl.DataFrame]:
        """Frames as :mod:`stocktake.ports.reader` says; ``_line`` is the position from 1."""
        if not self._columns:
            self._complete = True
            return
        header = pl.DataFrame(
            [list(self._header)], schema=dict.fromkeys(self._columns, pl.String), orient="row"
        )
        self._digest.update(_csv(header))
        for start in range(0, self._frame.height, self._batch_rows):
            cells = self._frame.slice(start, self._batch_rows).select(self._cells)
            self._digest.update(_csv(cells))
            row = pl.int_range(start, start + pl.len(), dtype=pl.UInt32)
            long = pl.any_horizontal(
                pl.lit(False), *(pl.col(name).str.len_bytes() > CELL_LIMIT for name in cells.columns)
            )
            yield cells.select(
                row.alias("_row"),
                (row + 1).cast(pl.UInt32).alias("_line"),
                pl.when(long)
                .then(pl.lit("cell-too-long"))
                .otherwise(pl.lit(None, pl.String))
                .alias("_fault"),
                *(
                    pl.when(pl.col(name).str.len_bytes() <= CELL_LIMIT)
                    .then(name)
                    .otherwise(pl.lit(""))
                    .alias(name)
                    for name in cells.columns
                ),
            )
        self._complete = True


def _csv(cells: pl.DataFrame) -> bytes:
    return cells.write_csv(include_header=False, quote_style="always").encode()


def _text(column: pl.Expr, dtype: pl.DataType, label: str, name: str) -> pl.Expr:
    if isinstance(dtype, pl.Object | pl.Binary):
        raise InvalidInput(
            "column-not-text",
            f"The column {label!r} of {name} holds {dtype}, which has no text.",
            hint="Turn it into text before handing the frame in.",
            details={"column": label, "type": str(dtype)},
        )
    if dtype.is_float():
        whole = column.is_finite() & (column == column.round()) & (column.abs() <= _EXACT)
        return (
            pl.when(whole)
            .then(column.cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(column.cast(pl.String))
        )
    if isinstance(dtype, pl.Datetime):
        return column.dt.to_string("iso:strict")
    if dtype.is_temporal():
        return column.dt.to_string("iso")
    if dtype.is_nested():
        return _json(column, dtype)
    return column.cast(pl.String)


def _json(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Canonical JSON, keys sorted. Polars encodes structs only: a list is put in one, and taken out of its text."""
    wrapped = pl.struct(_sorted(column, dtype).alias("v")).struct.json_encode()
    text = wrapped.str.strip_prefix('{"v":').str.strip_suffix("}")
    return pl.when(column.is_not_null()).then(text)


def _sorted(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.Struct):
        fields = sorted(dtype.fields, key=lambda field: field.name)
        parts = [
            _sorted(column.struct.field(field.name), _instance(field.dtype)).alias(field.name)
            for field in fields
        ]
        return pl.when(column.is_not_null()).then(pl.struct(parts)) if parts else column
    if isinstance(dtype, pl.List):
        return column.list.eval(_sorted(pl.element(), _instance(dtype.inner)))
    if isinstance(dtype, pl.Array):
        return _sorted(column.arr.to_list(), pl.List(dtype.inner))
    return column


def _instance(dtype: Any) -> pl.DataType:
    """The type itself: Polars declares that a nested type may hold a class where an instance is meant."""
    return cast(pl.DataType, dtype() if isinstance(dtype, type) else dtype)
