"""A pandas frame, read without pandas or pyarrow being imported by us (REA-1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from stocktake.model.errors import InvalidInput
from stocktake.readers.cell_table import FAULT, CellTable
from stocktake.readers.file import BATCH_ROWS
from stocktake.readers.python_value import NoText, column_text


class PandasReading(CellTable):
    """One pass over a pandas frame. Its index is no column: ``reset_index()`` makes it one. NaN, NaT and NA are blank."""

    def __init__(self, frame: Any, name: str, *, batch_rows: int = BATCH_ROWS) -> None:
        super().__init__(tuple(map(str, frame.columns)), name)
        self._frame, self._batch_rows = frame, batch_rows

    def tables(self) -> Iterator[pl.DataFrame]:
        """The cells as text."""
        for start in range(0, len(self._frame) if self._header else 0, self._batch_rows):
            part, faults = self._frame.iloc[start : start + self._batch_rows], dict[int, str]()
            columns = [
                self._cells(part.iloc[:, position], label, start, faults).alias(f"c{position}")
                for position, label in enumerate(self._header)
            ]
            told = pl.Series(FAULT, [faults.get(place) for place in range(len(part))], dtype=pl.String)
            yield pl.DataFrame([*columns, told])

    def _cells(self, column: Any, label: str, start: int, faults: dict[int, str]) -> pl.Series:
        try:
            return column_text(column.tolist(), faults)
        except NoText as error:
            kind, place = error.args[0], start + 1 + error.args[1]
            raise InvalidInput(
                "column-not-text",
                f"Row {place:,} of {self._name} holds {kind} in the column {label!r}, which has no text.",
                hint="Turn it into text before handing the frame in.",
                details={"item": place, "column": label, "type": kind},
            ) from None


def is_pandas_frame(content: Any) -> bool:
    """Whether this is a frame of pandas, found out without importing it."""
    return any(
        each.__module__.partition(".")[0] == "pandas" and each.__name__ == "DataFrame"
        for each in type(content).__mro__
    )
