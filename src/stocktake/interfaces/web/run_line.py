"""Runs as the import history lists them (ROL-9)."""

from __future__ import annotations

from dataclasses import dataclass

from stocktake.access.right import Right
from stocktake.book import Book
from stocktake.interfaces.run_wording import DONE, what_words
from stocktake.interfaces.web.page import workspace_address
from stocktake.model.errors import NotAllowed
from stocktake.model.run import Run, RunKind, RunStatus

#: What becomes of an import before it is confirmed stands on the import's own pages.
_ON_ITS_WAY = (RunStatus.UPLOADED, RunStatus.PLANNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """A run of ``workspace``, and what whoever looks may do with it."""

    run: Run
    home: str
    may_roll_back: bool
    may_reimport: bool
    workspace: str

    @property
    def what(self) -> str:
        """The file, or what was done instead."""
        return what_words(self.run) or ""

    @property
    def how(self) -> str:
        """Full or partial; what kind of act it was, if it is no import."""
        if self.run.kind is not RunKind.IMPORT:
            return self.run.kind.value.replace("-", " ")
        if self.run.strategy is None and self.run.status in _ON_ITS_WAY:
            return ""
        return "full" if self.run.is_full_snapshot else "partial"

    @property
    def counts(self) -> dict[str, int] | None:
        """Created, updated, retired, reappeared; None where it wrote no import."""
        if self.run.kind is not RunKind.IMPORT or self.run.status not in DONE:
            return None
        return {name: self.run.stats.get(name, 0) for name in ("created", "updated", "retired", "reappeared")}

    @property
    def address(self) -> str:
        """Its page; of an import on its way, the import's."""
        if self.run.status in _ON_ITS_WAY and self.run.kind is RunKind.IMPORT:
            return f"{self.home}/imports/{self.run.draft_id or self.run.run_id}"
        return f"{self.home}/runs/{self.run.run_id}"


def run_line(book: Book, run: Run) -> RunLine:
    """A run as ``book`` shows it to whoever looks."""
    return RunLine(
        run=run,
        home=workspace_address(book.workspace),
        may_roll_back=book.may_roll_back(run),
        may_reimport=is_replaceable(run) and may_import(book),
        workspace=book.workspace,
    )


def is_replaceable(run: Run) -> bool:
    """Whether another file may take its place (ROL-7)."""
    return run.kind is RunKind.IMPORT and run.status is RunStatus.ROLLED_BACK


def may_import(book: Book) -> bool:
    """Whether whoever looks may import."""
    try:
        book.check_right(Right.IMPORT)
    except NotAllowed:
        return False
    return True
