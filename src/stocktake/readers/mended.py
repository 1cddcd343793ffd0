"""A file of rejected rows that comes back: read as the columns it was made of, without our marks (ERR-3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from stocktake.ports.reader import Layout, Reading
from stocktake.readers.inner import InnerReading
from stocktake.reporting.mark import mark_places, unmarked, unmarked_labels


def without_marks(reading: Reading, *, written: bool) -> Reading:
    """``reading`` itself, or, where it carries the marks of rejected rows, its original columns alone.

    written: it is a file, in whose cells an apostrophe stands before what a spreadsheet would run.
    """
    marks = mark_places(reading.layout.header)
    return MendedReading(reading, marks, written=written) if marks else reading


class MendedReading(InnerReading):
    """A reading whose columns at ``marks`` are left out; the others close up."""

    def __init__(self, reading: Reading, marks: tuple[int, ...], *, written: bool) -> None:
        self._reading = reading
        self._own = [place for place in range(len(reading.layout.header)) if place not in marks]
        self._written = written

    @property
    def layout(self) -> Layout:
        """The layout of the original columns."""
        layout = self._reading.layout
        labels = [layout.header[place] for place in self._own]
        header = unmarked_labels(labels) if self._written else tuple(labels)
        return replace(layout, header=header, mended=True)

    @property
    def sha256(self) -> str:
        """That of the file with its marks."""
        return self._reading.sha256

    def batches(self) -> Iterator[pl.DataFrame]:
        """The rows, each with its original cells."""
        for batch in self._reading.batches():
            yield batch.select("_row", "_line", self._faults(), *self._cells())

    def _faults(self) -> pl.Expr:
        """Faults of single cells name their columns, which close up."""
        told = pl.concat_str("_fault", pl.lit(" "))
        moved = {f"@c{column} ": f"@c{place} " for place, column in enumerate(self._own)}
        return told.str.replace_many(moved).str.strip_chars_end().alias("_fault")

    def _cells(self) -> Iterator[pl.Expr]:
        for place, column in enumerate(self._own):
            cell = pl.col(f"c{column}")
            yield (unmarked(cell) if self._written else cell).alias(f"c{place}")
