"""What all sources share that Python hands in: cells of text in batches, numbered, measured and digested (REA-5, REA-6)."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from stocktake.model.problem import Warning
from stocktake.ports.reader import Layout
from stocktake.readers.file import CELL_LIMIT, check_columns, check_rows
from stocktake.readers.header import label_warnings

#: What a table of cells may say of its own rows beside them.
FAULT = "_fault"


class CellTable(ABC):
    """One pass over a table with labelled columns. ``name`` stands where a file's name would, in messages.

    The sha256 is that of the cells written as CSV, all quoted, header first: equal content, equal digest, whatever the
    types were and whoever handed it in.
    """

    #: As in ``Layout.format``.
    format = "frame"

    def __init__(self, header: tuple[str, ...], name: str) -> None:
        check_columns(Path(name), len(header))
        self._header, self._name, self._complete = header, name, False
        self._digest = hashlib.sha256()

    @abstractmethod
    def tables(self) -> Iterator[pl.DataFrame]:
        """The cells as text in ``c0`` …, never null, and the code of a row's fault in ``_fault`` where there may be one."""

    @property
    def layout(self) -> Layout:
        """The columns' names are the labels."""
        return Layout(format=self.format, header=self._header)

    @property
    def sha256(self) -> str:
        """Of the canonical CSV."""
        return self._digest.hexdigest()

    @property
    def rows_expected(self) -> int | None:
        """Unknown, unless the content has a height."""
        return None

    @property
    def complete(self) -> bool:
        """Whether all rows were given (REA-8)."""
        return self._complete

    @property
    def plain(self) -> bool:
        """False: nobody looks."""
        return False

    @property
    def warnings(self) -> tuple[Warning, ...]:
        """Blank labels, and labels that occur twice."""
        return label_warnings(self._header, 1)

    def batches(self) -> Iterator[pl.DataFrame]:
        """Frames as :mod:`stocktake.ports.reader` says; ``_line`` is the position from 1."""
        columns = [f"c{position}" for position in range(len(self._header))]
        if columns:
            labels = pl.DataFrame(
                [list(self._header)], schema=dict.fromkeys(columns, pl.String), orient="row"
            )
            self._digest.update(_csv(labels))
        start = 0
        for table in self.tables():
            check_rows(Path(self._name), start + table.height)
            cells = table.select(columns)
            self._digest.update(_csv(cells))
            yield numbered(cells, table[FAULT] if FAULT in table.columns else None, start)
            start += table.height
        self._complete = True


def numbered(
    cells: pl.DataFrame, faults: pl.Series | None, start: int, cell_bytes: int = CELL_LIMIT
) -> pl.DataFrame:
    """Cells as a batch: numbered behind ``start`` rows, with their faults, and cells over the limit left out (REA-6)."""
    row = pl.int_range(start, start + pl.len(), dtype=pl.UInt32)
    sizes = {name: pl.col(name).str.len_bytes() <= cell_bytes for name in cells.columns}
    long = ~pl.all_horizontal(pl.lit(True), *sizes.values())
    told = pl.lit(None, pl.String) if faults is None else pl.lit(faults)
    return cells.select(
        row.alias("_row"),
        (row + 1).cast(pl.UInt32).alias("_line"),
        pl.when(long).then(pl.lit("cell-too-long")).otherwise(told).alias(FAULT),
        *(pl.when(fits).then(name).otherwise(pl.lit("")).alias(name) for name, fits in sizes.items()),
    )


def _csv(cells: pl.DataFrame) -> bytes:
    return cells.write_csv(include_header=False, quote_style="always").encode()
