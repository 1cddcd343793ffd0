"""Frames handed in by Python, Polars' own and Arrow's, read like any file (REA-1)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any, cast

import polars as pl

from stocktake.model.errors import InvalidInput
from stocktake.readers.cell_table import CellTable
from stocktake.readers.file import BATCH_ROWS

#: Up to here a float holds every whole number exactly.
EXACT = 2**53

#: A column to be: its label, its type, and how to get at it.
Leaf = tuple[str, pl.DataType, pl.Expr]


class FrameReading(CellTable):
    """One pass over a frame. ``name`` stands where a file's name would, in messages.

    A lazy frame is computed batch by batch, as the rows are asked for.
    """

    def __init__(
        self, frame: pl.DataFrame | pl.LazyFrame, name: str, *, batch_rows: int = BATCH_ROWS
    ) -> None:
        schema = frame.collect_schema()
        found = list(
            chain.from_iterable(leaves(pl.col(label), dtype, label) for label, dtype in schema.items())
        )
        super().__init__(tuple(label for label, _, _ in found), name)
        self._frame, self._batch_rows = frame, batch_rows
        self._cells = [
            cell_text(column, dtype, label, name).fill_null("").alias(f"c{position}")
            for position, (label, dtype, column) in enumerate(found)
        ]

    @property
    def rows_expected(self) -> int | None:
        """The frame's height, unless it is lazy."""
        return self._frame.height if isinstance(self._frame, pl.DataFrame) else None

    def tables(self) -> Iterator[pl.DataFrame]:
        """The cells as text."""
        if not self._cells:
            return
        parts = (
            self._frame.iter_slices(self._batch_rows)
            if isinstance(self._frame, pl.DataFrame)
            else self._frame.collect_batches(chunk_size=self._batch_rows, maintain_order=True)
        )
        for part in parts:
            if part.height:
                yield part.select(self._cells)


def leaves(column: pl.Expr, dtype: Any, label: str) -> Iterator[Leaf]:
    """The columns of a column: a struct is one for each of its fields, with dotted names."""
    if isinstance(dtype, pl.Struct) and dtype.fields:
        for field in dtype.fields:
            yield from leaves(column.struct.field(field.name), field.dtype, f"{label}.{field.name}")
    else:
        yield label, cast(pl.DataType, dtype), column


def cell_text(column: pl.Expr, dtype: pl.DataType, label: str, name: str) -> pl.Expr:
    """A column of any type as text, without loss. Raises ``InvalidInput`` (``column-not-text``) for bytes and objects."""
    if _holds_bytes(dtype):
        raise InvalidInput(
            "column-not-text",
            f"The column {label!r} of {name} holds {dtype}, which has no text.",
            hint="Turn it into text before handing the frame in.",
            details={"column": label, "type": str(dtype)},
        )
    if dtype.is_float():
        whole = column.is_finite() & (column == column.round()) & (column.abs() <= EXACT)
        return (
            pl.when(whole)
            .then(column.cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(column.cast(pl.String))
        )
    if isinstance(dtype, pl.Datetime):
        return _short(column.dt.to_string("iso:strict"))
    if dtype.is_temporal():
        return column.dt.to_string("iso")
    if dtype.is_nested():
        return _json(column, dtype)
    return column.cast(pl.String)


def _short(moment: pl.Expr) -> pl.Expr:
    """Without zeroes at the end of the fraction: the text does not depend on the unit in which a column counts."""
    fraction = r"\.([0-9]*?)0+([+-]|$)"
    return moment.str.replace(fraction, ".$1$2").str.replace(r"\.([+-]|$)", "$1")


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
    if isinstance(dtype, pl.Map):
        key, value = _instance(dtype.key), _instance(dtype.value)
        if isinstance(key, pl.String) and not value.is_nested():
            return column
        return _sorted(column.map.entries(), pl.List(pl.Struct({"key": key, "value": value})))
    return column


def _holds_bytes(dtype: pl.DataType) -> bool:
    if isinstance(dtype, pl.Struct):
        return any(_holds_bytes(_instance(field.dtype)) for field in dtype.fields)
    if isinstance(dtype, pl.Map):
        return _holds_bytes(_instance(dtype.key)) or _holds_bytes(_instance(dtype.value))
    if isinstance(dtype, pl.List | pl.Array):
        return _holds_bytes(_instance(dtype.inner))
    return isinstance(dtype, pl.Object | pl.Binary)


def _instance(dtype: Any) -> pl.DataType:
    """The type itself: Polars declares that a nested type may hold a class where an instance is meant."""
    return cast(pl.DataType, dtype() if isinstance(dtype, type) else dtype)
