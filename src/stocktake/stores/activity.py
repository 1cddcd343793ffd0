"""The activity log: what is added stays, and is read newest first (SEC-8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, and_, func, select

from stocktake.model.activity import Activity, ActivityFilter
from stocktake.stores import schema
from stocktake.stores.session import Session

#: What an entry is shown with.
_SHOWN = (
    "at",
    "actor",
    "act",
    "sentence",
    "run_id",
    "source",
    "record_type",
    "record_id",
    "rule",
    "before",
    "after",
)


class ActivityLog(Session):
    """Statements that add to the log and read it."""

    def log(
        self, run_id: int | None, frame: pl.DataFrame, *, at: datetime, actor: str, **constants: Any
    ) -> None:
        """Add to the activity log; ``frame`` has ``act, sentence`` and what else is known. Nothing ever changes there.

        It is read from the highest number down, so the first row of ``frame`` gets that.
        """
        count = frame.height
        if not count:
            return
        first = self.reserve("activity", count) if run_id is None else self._entries_of(run_id) + 1
        numbered = frame.reverse().with_columns(
            entry=pl.int_range(first, first + count, dtype=pl.Int64, eager=True)
        )
        self.load(schema.activity_log, numbered, run_id=run_id or 0, at=at, actor=actor, **constants)

    def _entries_of(self, run_id: int) -> int:
        table = schema.activity_log
        used = self.rows(
            select(func.max(table.c.entry)).where(
                table.c.workspace_id == self.workspace_id, table.c.run_id == run_id
            )
        )
        return int(used[0][0] or 0)

    def activity(self, wanted: ActivityFilter, *, limit: int, offset: int = 0) -> list[Activity]:
        """A page of what happened, newest first; what one run did begins with what it did as a whole."""
        table = schema.activity_log
        newest = (table.c.at.desc(), table.c.run_id.desc(), table.c.entry.desc())
        found = self.rows(
            select(*(table.c[name] for name in _SHOWN))
            .where(and_(*self._entries_like(wanted)))
            .order_by(*newest)
            .limit(limit)
            .offset(offset)
        )
        return [Activity(**{**row._mapping, "run_id": row.run_id or None}) for row in found]

    def activity_count(self, wanted: ActivityFilter) -> int:
        """How many entries there are."""
        table = schema.activity_log
        mine = and_(*self._entries_like(wanted))
        return int(self.rows(select(func.count()).select_from(table).where(mine))[0][0])

    def _entries_like(self, wanted: ActivityFilter) -> list[ColumnElement[bool]]:
        table = schema.activity_log
        mine = [table.c.workspace_id == self.workspace_id]
        for name in ("record_type", "record_id", "source", "run_id", "actor", "act"):
            value = getattr(wanted, name)
            if value is not None:
                mine.append(table.c[name] == value)
        if wanted.since is not None:
            mine.append(table.c.at >= wanted.since)
        if wanted.until is not None:
            mine.append(table.c.at < wanted.until)
        return mine
