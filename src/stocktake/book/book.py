"""A book: one database and one workspace, opened by an actor. Python's face of Stocktake (interfaces.md)."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from stocktake.access.right import Right
from stocktake.book.answering import Answering
from stocktake.book.asking import Asking
from stocktake.book.editing import Editing
from stocktake.book.handle import OpenRun
from stocktake.book.reports import Reports
from stocktake.book.reviewing import Reviewing
from stocktake.book.right import needs
from stocktake.book.setting import limits_of, owner_of_environment, rollback_days_of
from stocktake.book.tasking import Tasking
from stocktake.flows.mending import with_mended
from stocktake.model.options import Limits
from stocktake.model.person import Principal, owner
from stocktake.model.record_type import RecordType
from stocktake.model.run import Run
from stocktake.stores.store import DEFAULT_WORKSPACE, open_store
from stocktake.stores.unit import Unit


def open_book(
    url: str = "sqlite:///stocktake.db",
    *,
    workspace: str = DEFAULT_WORKSPACE,
    by: str | None = None,
    principal: Principal | None = None,
    clock: Callable[[], datetime] | None = None,
    on_finished: Callable[[OpenRun], None] | None = None,
    rollback_days: int | None = None,
    limits: Limits | None = None,
) -> Book:
    """Open a database; what writes first creates and migrates it (PLN-25).

    ``by`` names the actor (default ``cli:<os user>``, SEC-10); ``clock`` gives the present moment in UTC. ``principal``:
    somebody with roles, in whose name and with whose rights everything is done; without one it is the database's owner.
    ``on_finished`` is called with each run of this workspace after its commit, whoever made it, at least once (APP-7,
    APP-10): after an act of this book, or by ``Book.deliver``. What it raises is logged, and the run told of again later.
    ``rollback_days``: for so many days a run can be rolled back (default ``STOCKTAKE_ROLLBACK_DAYS``, else 30; ROL-3).
    ``limits``: what a file may hold at most (default ``STOCKTAKE_MAX_FILE_BYTES``, ``…_COLUMNS``, ``…_ROWS``,
    ``…_CELL_BYTES``, else as :class:`~stocktake.model.options.Limits` says; REA-6).
    Raises ``InvalidInput`` ``bad-database-url``, ``bad-setting``.
    """
    return Book(
        open_store(url, owner=owner_of_environment()),
        workspace=workspace,
        principal=principal or owner(by or os_user()),
        clock=clock or (lambda: datetime.now(UTC)),
        on_finished=on_finished,
        rollback_days=rollback_days_of(rollback_days),
        limits=limits_of(limits),
    )


class Book(Asking, Tasking, Reports, Reviewing, Editing, Answering):
    """One workspace of one database. Made by ``stocktake.open``; a context manager that closes it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Book {self.store.url.render_as_string(hide_password=True)}, workspace {self.workspace}, by {self.by}>"

    def close(self) -> None:
        """Give the database's connections back, unless others work with them too."""
        if not self._shared:
            self.store.close()

    @needs(Right.VIEW)
    def runs(
        self,
        *,
        source: str | None = None,
        record_type: str | None = None,
        full: bool | None = None,
        page: int = 1,
        page_size: int = 50,
    ) -> tuple[list[Run], int]:
        """A page of the runs, newest first, and how many there are (PRE-22).

        ``source`` and ``record_type`` narrow them; ``full`` to full snapshots, or, if false, to all other imports. Raises
        ``NotFound`` ``unknown-source`` or ``unknown-record-type``.
        """
        declared = self.declared()
        only = {
            "source": declared.source_named(source).name if source is not None else None,
            "record_type": declared.record_type(record_type).name if record_type is not None else None,
            "is_full_snapshot": full,
        }
        with self._reading() as unit:
            found = with_mended(unit, unit.runs(limit=page_size, offset=(page - 1) * page_size, **only))
            return found, unit.run_count(**only)

    @needs(Right.VIEW)
    def listing(self) -> Any:
        """A unit to read lists with: ``with book.listing() as unit: unit.record_page(…)``."""
        return self._reading()

    @needs(Right.VIEW)
    def record_type(self, name: str) -> RecordType:
        """A declared record type. Raises ``NotFound`` ``unknown-record-type``."""
        return self.declared().record_type(name)


def os_user() -> str:
    """Who runs this, as the audit calls them: ``cli:ana``; by number where they have no name, as in some containers."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return f"cli:{os.getuid()}"


__all__ = ["Book", "Unit", "open_book"]
