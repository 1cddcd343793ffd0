"""What a book and its parts stand on: one database, one workspace, who works with it, and when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from stocktake.book.declared import Declared
from stocktake.book.handle import OpenRun
from stocktake.flows.eligibility import WINDOW
from stocktake.model.errors import NotFound
from stocktake.stores.store import Store

if TYPE_CHECKING:
    from stocktake.book.handle import Home

#: For so many days a run can be rolled back, where no setting says otherwise (ROL-3).
ROLLBACK_DAYS = WINDOW.days


class Ground:
    """The store, the workspace, the actor and the clock; what is declared there."""

    def __init__(
        self,
        store: Store,
        *,
        workspace: str,
        by: str,
        clock: Callable[[], datetime],
        rollback_days: int = ROLLBACK_DAYS,
    ) -> None:
        self.store = store
        self.workspace = workspace
        self.by = by
        self.clock = clock
        self.rollback_days = rollback_days
        self._workspace_id: int | None = None

    def declared(self) -> Declared:
        """The record types and sources of this database and workspace, and of the packs."""
        if not self.store.exists or not self.store.is_set_up:
            return Declared.of_packs()
        with self._reading() as unit:
            return Declared.stored(unit.record_type_descriptors(), unit.source_descriptors())

    def set_up(self) -> None:
        """Create the database where there is none, and bring it to the newest schema."""
        self.store.migrate(at=self.clock())

    def run(self, run_id: int) -> OpenRun:
        """One run. Raises ``NotFound`` ``unknown-run``."""
        with self._reading() as unit:
            found = unit.runs(limit=1, run_id=run_id)
        if not found:
            raise NotFound(
                "unknown-run", f"There is no run {run_id}.", hint="List the runs with `stocktake runs`."
            )
        return OpenRun(cast("Home", self), found[0])

    @property
    def workspace_id(self) -> int:
        """The number of this book's workspace. Raises ``NotFound`` ``unknown-workspace``."""
        if self._workspace_id is None:
            self._workspace_id = self.store.workspace_id(self.workspace)
        return self._workspace_id

    def _reading(self) -> Any:
        self.store.check_schema()
        return self.store.reading(self.workspace_id)

    def _writing(self) -> Any:
        return self.store.writing(self.workspace_id)
