"""What flows ask of a store about runs, and about the lock that keeps them apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from stocktake.model.run import Run


class Runs(Protocol):
    """Statements about runs and their target."""

    def reserve(self, name: str, count: int) -> int:
        """The first of ``count`` numbers that are the caller's alone."""
        ...

    def last_run(self) -> int:
        """The newest run's number, 0 before the first."""
        ...

    def announce_run(self, run_id: int, **values: Any) -> None:
        """Write a run's row."""
        ...

    def change_run(self, run_id: int, **values: Any) -> None:
        """Set columns of a run's row."""
        ...

    def close_run(self, run_id: int, *, status: str, at: datetime, reason: str) -> bool:
        """End a run that is still ``applying``; whether it was."""
        ...

    def interrupt_dead_runs(self, record_type: str, run_id: int, *, at: datetime) -> int:
        """Mark the target's other ``applying`` runs interrupted: who holds the lock knows that they are dead (REL-9)."""
        ...

    def interrupt_run(self, run_id: int, *, at: datetime) -> bool:
        """Mark one run interrupted that is still ``applying``; whether it was."""
        ...

    def run_count(
        self,
        *,
        source: str | None = None,
        record_type: str | None = None,
        is_full_snapshot: bool | None = None,
    ) -> int:
        """How many runs the workspace has, or has of such."""
        ...

    def runs(
        self,
        *,
        limit: int,
        offset: int = 0,
        run_id: int | None = None,
        source: str | None = None,
        record_type: str | None = None,
    ) -> list[Run]:
        """Runs, newest first."""
        ...

    def mending_runs(self, run_ids: Sequence[int]) -> list[Run]:
        """The applied runs that mend one of these."""
        ...

    def options_of(self, run_id: int) -> dict[str, Any]:
        """The options of an import, as its row keeps them."""
        ...

    def run_of_plan(self, plan_id: str) -> int | None:
        """The run that applied a plan."""
        ...

    def latest_import(
        self, source: str, record_type: str, *, full_snapshot: bool = False, sha256: str | None = None
    ) -> Run | None:
        """The newest applied import that was not rolled back."""
        ...

    def snapshot_back(self, source: str, record_type: str, count: int) -> int:
        """The ``count``-th newest applied full snapshot of a source, 0 where it has had fewer."""
        ...

    def retired_unreviewed(self, source: str, record_type: str, since: datetime) -> int:
        """How many records imports of the source have retired since then without review."""
        ...

    def churn(self, source: str, record_type: str) -> list[float]:
        """The shares that the source's snapshots have retired since one was accepted as its baseline."""
        ...

    def later_runs(self, record_type: str, run_id: int) -> bool:
        """Whether runs after ``run_id`` have written records or links of the type."""
        ...

    def rolled_back_since(self, record_type: str, run_id: int) -> bool:
        """Whether a run after ``run_id`` was a rollback."""
        ...

    def target_version(self, record_type: str) -> int:
        """Raised by every flow that writes records of the type."""
        ...

    def ensure_target(self, record_type: str) -> None:
        """Make the row that is the lock."""
        ...

    def lock_target(self, record_type: str) -> None:
        """Hold it until the transaction ends; ``Busy`` after the lock's time-out."""
        ...

    def note_acknowledgement(self) -> None:
        """Say that lists of what is missing read otherwise now; records and links are as they were (PRE-29)."""
        ...

    def raise_target(self, record_type: str) -> None:
        """Say that records of the type were written."""
        ...
