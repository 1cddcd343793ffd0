"""A pandas frame, read without pandas or pyarrow being imported by us (REA-1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from stocktake.model.errors import InvalidInput
from stocktake.readers.cell_table import FAULT, CellTable
from stocktake.readers.file import BATCH_ROWS
from stocktake.readers.jsontext import Place
from stocktake.readers.nested import column_places, label, parted
from stocktake.readers.python_value import NoText, column_text


class PandasReading(CellTable):
    """One pass over a pandas frame. Its index is no column: ``reset_index()`` makes it one. NaN, NaT and NA are blank."""

    def __init__(self, frame: Any, name: str, *, batch_rows: int = BATCH_ROWS) -> None:
        self._frame, self._name, self._batch_rows = frame, name, batch_rows
        self._columns = [self._places(position, str(each)) for position, each in enumerate(frame.columns)]
        super().__init__(tuple(label(place) for each in self._columns for place in each), name)

    def tables(self) -> Iterator[pl.DataFrame]:
        """The cells as text."""
        for start in range(0, len(self._frame) if self._header else 0, self._batch_rows):
            faults: dict[int, str] = {}
            columns = [
                cells
                for position, places in enumerate(self._columns)
                for cells in self._parts(position, places, start, faults)
            ]
            height = min(self._batch_rows, len(self._frame) - start)
            told = pl.Series(FAULT, [faults.get(place) for place in range(height)], dtype=pl.String)
            yield pl.DataFrame([*(each.alias(f"c{at}") for at, each in enumerate(columns)), told])

    def _places(self, position: int, name: str) -> list[Place]:
        """The columns of a column: several where it holds mappings."""
        if self._frame.dtypes.iloc[position].kind != "O":
            return [(name,)]
        found = dict.fromkeys((place for place, _, _ in self._parted(position, name)), False)
        if len(found) > 1:
            for place, values, start in self._parted(position, name):
                found[place] |= bool((self._cells(values, place, start, {}) != "").any())
        return column_places(found, {place for place, filled in found.items() if filled}) or [(name,)]

    def _parted(self, position: int, name: str) -> Iterator[tuple[Place, list[Any], int]]:
        """The columns of a column, so many rows at a time: place, values and the first row, from 0."""
        for start in range(0, len(self._frame), self._batch_rows):
            for place, values in parted(self._values(position, start), (name,)):
                yield place, values, start

    def _parts(
        self, position: int, places: list[Place], start: int, faults: dict[int, str]
    ) -> Iterator[pl.Series]:
        values = self._values(position, start)
        found = dict(parted(values, places[0][:1]))
        for place in places:
            yield self._cells(found.get(place, [None] * len(values)), place, start, faults)

    def _values(self, position: int, start: int) -> list[Any]:
        found: list[Any] = self._frame.iloc[start : start + self._batch_rows, position].tolist()
        return found

    def _cells(self, values: list[Any], place: Place, start: int, faults: dict[int, str]) -> pl.Series:
        try:
            return column_text(values, faults)
        except NoText as error:
            kind, row = error.args[0], start + 1 + error.args[1]
            raise InvalidInput(
                "column-not-text",
                f"Row {row:,} of {self._name} holds {kind} in the column {label(place)!r}, which has no text.",
                hint="Turn it into text before handing the frame in.",
                details={"item": row, "column": label(place), "type": kind},
            ) from None


def is_pandas_frame(content: Any) -> bool:
    """Whether this is a frame of pandas, found out without importing it."""
    return any(
        each.__module__.partition(".")[0] == "pandas" and each.__name__ == "DataFrame"
        for each in type(content).__mro__
    )
