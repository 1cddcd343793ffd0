"""What a book and its parts stand on: one database, one workspace, who works with it, and when."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any, cast

from stocktake.book.declared import Declared
from stocktake.book.handle import OpenRun
from stocktake.book.setting import ROLLBACK_DAYS, uploads_of
from stocktake.flows.delivering import AT_ONCE, Delivery, deliver
from stocktake.flows.drafting import drop_upload
from stocktake.flows.mending import with_mended
from stocktake.model.errors import NotFound
from stocktake.model.options import Limits
from stocktake.readers.uploads import UploadDirectory
from stocktake.reporting.sentence import summary
from stocktake.stores.store import Store

if TYPE_CHECKING:
    from stocktake.book.handle import Home

_log = logging.getLogger("stocktake")

#: What a file may hold at most, where no setting says otherwise (REA-6).
LIMITS = Limits()


class Ground:
    """The store, the workspace, the actor and the clock; what is declared there."""

    def __init__(
        self,
        store: Store,
        *,
        workspace: str,
        by: str,
        clock: Callable[[], datetime],
        on_finished: Callable[[OpenRun], None] | None = None,
        rollback_days: int = ROLLBACK_DAYS,
        limits: Limits = LIMITS,
    ) -> None:
        self.store = store
        self.workspace = workspace
        self.by = by
        self.clock = clock
        self.on_finished = on_finished
        self.rollback_days = rollback_days
        self.limits = limits
        self._workspace_id: int | None = None
        self._uploads: UploadDirectory | None = None
        self._delivering = False

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
            found = with_mended(unit, unit.runs(limit=1, run_id=run_id))
        if not found:
            raise NotFound(
                "unknown-run", f"There is no run {run_id}.", hint="List the runs with `stocktake runs`."
            )
        return OpenRun(cast("Home", self), found[0])

    def deliver(self) -> Delivery:
        """Tell ``on_finished`` now of every run that it has not been told of, oldest first (APP-7).

        What failed before is tried again, however short a while ago. Without ``on_finished`` nothing is told.
        """
        return self._deliver(only_due=False)

    def _deliver(self, *, only_due: bool, limit: int | None = None) -> Delivery:
        hook = self.on_finished
        if hook is None or self._delivering:
            return Delivery()
        self.store.check_schema()
        self._delivering = True
        try:
            return deliver(
                self.store,
                self.workspace_id,
                lambda run_id: hook(self.run(run_id)),
                clock=self.clock,
                only_due=only_due,
                limit=limit,
            )
        finally:
            self._delivering = False

    def _finished(self, run_id: int, since: float) -> OpenRun:
        """The run as the database tells it, once it is applied: logged, and told to whoever wants to hear of it.

        since: when the act began, by ``perf_counter``. The run is applied, so that nothing from here on may fail it (APP-7).
        """
        opened = self.run(run_id)
        _log.info("%s in %.1f s", summary(opened.run), perf_counter() - since)
        try:
            self._deliver(only_due=True, limit=AT_ONCE)
        except Exception:
            _log.warning("run %s is applied; hooks are told later", run_id, exc_info=True)
        return opened

    @property
    def workspace_id(self) -> int:
        """The number of this book's workspace. Raises ``NotFound`` ``unknown-workspace``."""
        if self._workspace_id is None:
            self._workspace_id = self.store.workspace_id(self.workspace)
        return self._workspace_id

    @property
    def uploads(self) -> UploadDirectory:
        """Where the files of imports on their way lie (UPL-1). Raises ``InvalidInput`` ``bad-setting``."""
        if self._uploads is None:
            self._uploads = uploads_of(self.store.address, self.store.file)
        return self._uploads

    def _drop_upload(self, run_id: int, because: str) -> None:
        """Delete the file of a run that began with an upload: nobody needs it any more (UPL-2)."""
        try:
            with self._reading() as unit:
                draft = unit.draft(run_id)
            if draft is not None:
                at = self.clock()
                drop_upload(self.store, self.workspace_id, self.uploads, draft, because, at=at)
        except Exception:
            _log.warning("run %s is done; its upload is deleted later", run_id, exc_info=True)

    def _reading(self) -> Any:
        self.store.check_schema()
        return self.store.reading(self.workspace_id)

    def _writing(self) -> Any:
        return self.store.writing(self.workspace_id)
