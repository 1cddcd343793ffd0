"""Pages of the rows that a run read: of its chunks only those are opened in which rows of the page lie (LIN-2, INT-1)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import polars as pl
from sqlalchemy import func, select

from stocktake.ports.frame import ABSENT_RECORDS
from stocktake.stores import schema
from stocktake.stores.trail import AGAIN, Trail


class _Chunk(NamedTuple):
    """``found``: how many of its rows are wanted."""

    number: int
    found: int


class RawPages(Trail):
    """Statements that give a page of raw rows, and how many there are."""

    def raw_row_page(
        self, run_id: int, decisions: Sequence[str], *, reappeared: bool = False, limit: int, offset: int
    ) -> tuple[pl.DataFrame | None, int]:
        """The raw rows of a run by their place, as ``raw_chunks`` gives them, and how many there are; None: no row.

        ``decisions``: only rows of which one of these became; none: all. ``reappeared``: only those whose link had been
        missing, whatever became of them.
        """
        again = self._content_run(run_id)
        back = self.reappeared_of(run_id) if reappeared else None
        named = self.name_column(again or run_id)
        parts: list[pl.DataFrame] = []
        before = 0
        for chunk in self._found_in_chunks(again or run_id, decisions, back, again=again is not None):
            if before < offset + limit and before + chunk.found > offset:
                rows = self._chunk(again or run_id, chunk.number, named)
                rows = rows.with_columns(**AGAIN) if again else rows
                if back is not None:
                    rows = rows.filter(pl.col("row").is_in(back.implode()))
                elif decisions:
                    rows = rows.filter(pl.col("decision").is_in(decisions))
                skipped = max(0, offset - before)
                parts.append(rows.slice(skipped, limit - sum(each.height for each in parts)))
            before += chunk.found
        return (pl.concat(parts) if parts else None), before

    def _found_in_chunks(
        self, run_id: int, decisions: Sequence[str], back: pl.Series | None, *, again: bool
    ) -> Iterator[_Chunk]:
        table = schema.raw_chunk
        chunks = self.rows(
            select(table.c.chunk, table.c.first_row, table.c.rows, table.c.decisions)
            .where(table.c.workspace_id == self.workspace_id, table.c.run_id == run_id)
            .order_by(table.c.first_row)
        )
        for number, first_row, rows, told in chunks:
            if back is not None:
                found = int(back.is_between(first_row, first_row + rows - 1).sum())
            elif decisions and again:
                found = rows if "unchanged" in decisions else 0
            elif decisions:
                counts = json.loads(told)
                found = sum(counts.get(each, 0) for each in decisions)
            else:
                found = rows
            yield _Chunk(number, found)

    def absent_count(self, run_id: int) -> int:
        """How many records the file of a run lacked, without opening what became of them (PRE-22)."""
        table = schema.run_image
        found = self.rows(
            select(func.coalesce(func.sum(table.c.rows), 0)).where(
                table.c.workspace_id == self.workspace_id,
                table.c.run_id == run_id,
                table.c.name == ABSENT_RECORDS,
            )
        )
        return int(found[0][0])
