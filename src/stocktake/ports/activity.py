"""What flows ask of a store about the activity log."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

import polars as pl

from stocktake.model.activity import Activity, ActivityFilter


class ActivityLog(Protocol):
    """Statements that add to the log and read it."""

    def log(
        self, run_id: int | None, frame: pl.DataFrame, *, at: datetime, actor: str, **constants: Any
    ) -> None:
        """Add ``act, sentence`` … to the activity log, the first thing to be read first; ``run_id``: None of no run."""
        ...

    def activity(self, wanted: ActivityFilter, *, limit: int, offset: int = 0) -> list[Activity]:
        """A page of the log, newest first."""
        ...

    def activity_count(self, wanted: ActivityFilter) -> int:
        """How many entries there are."""
        ...
