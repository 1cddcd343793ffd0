"""What the raw rows of runs lead to, and at which lines they stand, as frames and as spans of numbers (HEA-4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import polars as pl
from sqlalchemy import Table, func, select

from stocktake.planning.packed import unpack
from stocktake.planning.span import spans_of
from stocktake.stores import schema
from stocktake.stores.remembering import Remembering
from stocktake.stores.trail import Trail

#: What raw rows say of records.
OUTCOMES = {"record_id": pl.Int64, "external_id": pl.String}


class RawSpans(Remembering, Trail):
    """Statements that read one column of all the raw rows of a run."""

    def raw_lines(self, run_id: int) -> pl.Series:
        """The lines of the raw rows that a run kept."""
        table = schema.raw_chunk
        parts = [
            unpack(each, ["_line"])["_line"].cast(pl.Int64) for each in self._kept(run_id, table.c.cells)
        ]
        return pl.concat([pl.Series("_line", [], dtype=pl.Int64), *parts])

    def line_spans(self, run_id: int) -> pl.DataFrame:
        """``SPANS`` of the lines of the raw rows that a run kept."""
        return self._of_raw_rows("lines", run_id, self.raw_lines)

    def outcome_spans(self, run_id: int) -> pl.DataFrame:
        """``SPANS`` of the records that the raw rows which a run read led to."""
        read = self._content_run(run_id) or run_id
        return self._of_raw_rows("records", read, lambda run_id: self.raw_outcomes(run_id, "record_id"))

    def _of_raw_rows(self, what: str, run_id: int, find: Callable[[int], pl.Series]) -> pl.DataFrame:
        """``SPANS`` of what is found in raw rows; those do not change, so that it is remembered while they are there."""
        table, key = schema.raw_chunk, ("spans", what, run_id)
        now = self.rows(
            select(func.count(), func.sum(table.c.rows), func.sum(table.c.linked)).where(
                table.c.workspace_id == self.workspace_id, table.c.run_id == run_id
            )
        )[0]
        kept = self._known(key)
        if kept is not None and kept[0] == tuple(now):
            known: pl.DataFrame = kept[1]
            return known
        found = spans_of(find(run_id))
        self._know(key, (tuple(now), found), found.height)
        return found

    def raw_outcomes(self, run_id: int, column: str) -> pl.Series:
        """The ``record_id`` or ``external_id`` of the raw rows that a run read, where they have one."""
        read = self._content_run(run_id) or run_id
        parts = [found[column] for _, found in self.outcomes_of(read, column)]
        return pl.concat([pl.Series(column, [], dtype=OUTCOMES[column]), *parts]).drop_nulls()

    def _kept(self, run_id: int, column: Any) -> Iterator[bytes]:
        """One column of a run's chunks, chunk by chunk."""
        table: Table = schema.raw_chunk
        mine = (table.c.workspace_id == self.workspace_id, table.c.run_id == run_id)
        numbers = self.rows(select(table.c.chunk).where(*mine).order_by(table.c.chunk))
        for (number,) in numbers:
            yield self.rows(select(column).where(*mine, table.c.chunk == number))[0][0]
