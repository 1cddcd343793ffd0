"""What a book and its parts stand on: one database, one workspace, who works with it, and when."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any, cast

from stocktake.access.right import Right, check
from stocktake.book.declared import Declared
from stocktake.book.handle import OpenRun
from stocktake.book.right import needs
from stocktake.book.setting import ROLLBACK_DAYS, uploads_of
from stocktake.flows.delivering import AT_ONCE, Delivery, deliver
from stocktake.flows.drafting import drop_upload
from stocktake.flows.mending import with_mended
from stocktake.flows.workspaces import find_workspace
from stocktake.model.errors import NotAllowed, NotFound
from stocktake.model.options import Limits
from stocktake.model.person import Principal, owner
from stocktake.model.record_type import RecordType
from stocktake.model.workspace import Workspace
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
        clock: Callable[[], datetime],
        by: str = "",
        principal: Principal | None = None,
        on_finished: Callable[[OpenRun], None] | None = None,
        rollback_days: int = ROLLBACK_DAYS,
        limits: Limits = LIMITS,
        shared: bool = False,
    ) -> None:
        """``principal``: who works with it; without one it is its owner, by the name of ``by`` (SEC-10).

        ``shared``: the store is another's, who closes it.
        """
        self.store = store
        self.workspace = workspace
        self.principal = principal or owner(by)
        self.by = self.principal.name
        self.clock = clock
        self.on_finished = on_finished
        self.rollback_days = rollback_days
        self.limits = limits
        self._shared = shared
        self._workspace: Workspace | None = None
        self._uploads: UploadDirectory | None = None
        self._delivering = False

    @needs(Right.VIEW)
    def declared(self) -> Declared:
        """The record types and sources of this database and workspace, and of the packs."""
        if not self.store.exists or not self.store.is_set_up:
            return Declared.of_packs()
        with self._reading() as unit:
            return Declared.stored(unit.record_type_descriptors(), unit.source_descriptors())

    @needs(Right.PLATFORM)
    def set_up(self) -> None:
        """Create the database where there is none, and bring it to the newest schema."""
        self.store.migrate(at=self.clock())

    def check_right(self, right: Right) -> None:
        """Refuse what the principal may not do here (SEC-3).

        Raises ``NotAllowed`` ``not-allowed``; ``NotFound`` ``unknown-workspace`` where they have no role: it is not
        theirs to know whether it exists (SEC-2).
        """
        if not self.principal.is_platform_admin:
            if self._workspace is None:
                self.store.check_schema()
            check(self.principal, self.workspace_id, right)

    def may(self, right: Right) -> bool:
        """Whether the principal has a right here. Raises ``NotFound`` ``unknown-workspace`` where they have no role."""
        try:
            self.check_right(right)
        except NotAllowed:
            return False
        return True

    def _check_overrides(self, *told: object) -> None:
        """Refuse options that let an import past a guard to who may not decide that (SEC-3)."""
        if any(told):
            self.check_right(Right.OVERRIDE)

    def _set_up(self) -> None:
        """Before something is written: the owner sets the database up, for everybody else it must be there."""
        if self.principal.is_platform_admin:
            self.store.migrate(at=self.clock())
        else:
            self.store.check_schema()

    @needs(Right.VIEW)
    def run(self, run_id: int) -> OpenRun:
        """One run. Raises ``NotFound`` ``unknown-run``."""
        with self._reading() as unit:
            found = with_mended(unit, unit.runs(limit=1, run_id=run_id))
        if not found:
            raise NotFound(
                "unknown-run", f"There is no run {run_id}.", hint="List the runs with `stocktake runs`."
            )
        return OpenRun(cast("Home", self), found[0])

    @needs(Right.MANAGE)
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
        if self._workspace is None:
            self._workspace = self._found()
        return self._workspace.workspace_id

    def _found(self) -> Workspace:
        """The workspace as it is declared now."""
        return find_workspace(self.store, self.principal, self.workspace)

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

    def _stored(self, name: str) -> RecordType:
        """A record type that has its table; where there is no database, that is what is said (PLN-25)."""
        self.store.check_schema()
        declared = self.declared()
        kind = declared.record_type(name)
        if name not in declared.stored_record_types:
            raise NotFound(
                "no-records",
                f"There are no {kind.plural.lower()} yet.",
                hint=f"Import some: `stocktake import FILE --type {name} --source S`.",
            )
        return declared.stored_record_types[name]

    def _reading(self) -> Any:
        if self._workspace is None:
            self.store.check_schema()
        return self.store.reading(self.workspace_id, checked=True)

    def _writing(self) -> Any:
        return self.store.writing(self.workspace_id)
