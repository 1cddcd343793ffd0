"""Runs that are undone (ROL)."""

from __future__ import annotations

from time import perf_counter

from stocktake.book.ground import Ground
from stocktake.book.handle import OpenRun
from stocktake.flows.rollback import RollbackPreview, preview_rollback, rollback
from stocktake.ports.progress import Progress, Silence


class Undoing(Ground):
    """The part of a book that takes runs back."""

    def preview_rollback(self, run_id: int) -> RollbackPreview:
        """What undoing a run would do (ROL-4). Raises ``NotFound``; ``RollbackBlocked`` where it cannot be undone at all."""
        types = self.declared().record_types
        with self._reading() as unit:
            return preview_rollback(unit, run_id, types, at=self.clock())

    def rollback(
        self,
        run_id: int,
        *,
        by: str | None = None,
        reason: str | None = None,
        progress: Progress | None = None,
    ) -> OpenRun:
        """Undo a run (ROL-2); the rollback's own run. Raises ``NotFound``, ``RollbackBlocked``, ``Busy``."""
        since = perf_counter()
        self.store.check_schema()
        own_id, _ = rollback(
            self.store,
            self.workspace_id,
            run_id,
            self.declared().record_types,
            by=by or self.by,
            reason=reason,
            clock=self.clock,
            progress=progress or Silence(),
        )
        return self._finished(own_id, since)
