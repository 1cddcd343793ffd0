"""Reading again what was read before and has not changed since (INT-1)."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import polars as pl
from sqlalchemy import func, select

from stocktake.stores import schema
from stocktake.stores.session import Session

#: Counts how often somebody acknowledged something, or took that back: lists read otherwise then, and plans hold (PRE-29).
ACKNOWLEDGEMENTS = "acknowledgement"


class Remembering(Session):
    """Statements whose outcome is remembered until somebody writes in the workspace; who writes remembers nothing."""

    def _remembered(self, key: Hashable, find: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """What ``find`` gives, from memory where nothing was written in the workspace since."""
        if self._memory is None:
            return find()
        whole, version = (self.workspace_id, key), self._workspace_version()
        kept: pl.DataFrame | None = self._memory.at(whole, version)
        if kept is None:
            kept = find()
            self._memory.keep(whole, version, kept, kept.height)
        return kept

    def _workspace_version(self) -> tuple[Any, ...]:
        """Another one after everything that is written into records and links."""
        run, target, feed, counter = schema.import_run, schema.target, schema.feed, schema.counter
        told = (
            select(func.max(run.c.run_id)).where(run.c.workspace_id == self.workspace_id),
            select(func.sum(target.c.version)).where(target.c.workspace_id == self.workspace_id),
            select(func.sum(feed.c.version)).where(feed.c.workspace_id == self.workspace_id),
            select(counter.c.next_value).where(
                counter.c.workspace_id == self.workspace_id, counter.c.name == ACKNOWLEDGEMENTS
            ),
        )
        return tuple(self.rows(select(*(each.scalar_subquery() for each in told)))[0])
