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
        version = self._workspace_version()
        kept = self._known(key)
        if kept is not None and kept[0] == version:
            known: pl.DataFrame = kept[1]
            return known
        found = find()
        self._know(key, (version, found), found.height)
        return found

    def _known(self, key: Hashable) -> Any | None:
        """What this workspace's lists were like when they were last read, if that is still known."""
        return None if self._memory is None else self._memory.known((self.workspace_id, key))

    def _know(self, key: Hashable, found: Any, rows: int) -> None:
        """Keep what a list is like, and as of when: ``found`` says so itself."""
        if self._memory is not None:
            self._memory.keep((self.workspace_id, key), found, rows)

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
