"""Long work on an import that is asked for and done by a worker: previews, confirmations, rollbacks (APP-4, REL-9)."""

from __future__ import annotations

from typing import Any

from stocktake.access.right import Right
from stocktake.book.choosing import TERMS, as_strategy, checked
from stocktake.book.leafing import Leafing
from stocktake.book.looking import Looking
from stocktake.book.queueing import Queueing, Request
from stocktake.book.right import needs
from stocktake.book.undoing import Undoing
from stocktake.flows.drafting import check_gathered, check_live, check_open, draft_of, unconfirmed
from stocktake.model.draft import Draft, JobProgress, Wanted, about_run
from stocktake.model.run import RunStatus
from stocktake.ports.store import Unit


class Asking(Queueing, Looking, Leafing, Undoing):
    """The part of a book that has imports worked on. What each job may do is checked when it is asked for."""

    @needs(Right.IMPORT)
    def ask_for_preview(
        self, run_id: int, *, is_full_snapshot: bool | None = None, **terms: Any
    ) -> JobProgress:
        """Have a worker do :meth:`preview_draft`, with the same arguments.

        Raises ``Busy`` ``job-waiting`` where a job waits or runs already, and what can be told beforehand.
        """
        draft = self.draft(run_id)
        check_open(draft)
        self._check_overrides(terms.get("allow_retire"), terms.get("accept_baseline"))
        told = checked({**terms, **as_strategy(is_full_snapshot, terms.pop("strategy", None))}, TERMS)
        return self._ask(_of_run(draft.draft_id, Wanted.PREVIEW, told))

    @needs(Right.IMPORT)
    def ask_for_confirm(self, run_id: int, plan_id: str, *, dry_run: bool = False) -> JobProgress:
        """Have a worker do :meth:`confirm`. Raises ``StalePlan`` for a plan that is not shown, or taken; ``Busy``."""

        def check(draft: Draft) -> None:
            if draft.plan_id != plan_id or draft.status is not RunStatus.PLANNED:
                raise unconfirmed(draft, plan_id)

        def check_again(unit: Unit) -> None:
            check(draft_of(unit, draft.draft_id))

        draft = self.draft(run_id)
        check(draft)
        check_gathered(draft)
        if not dry_run:
            check_live(draft)
        told = {"plan_id": plan_id, "dry_run": dry_run}
        return self._ask(_of_run(draft.draft_id, Wanted.APPLY, told, check=check_again))

    @needs(Right.ROLL_BACK)
    def ask_for_rollback(
        self,
        run_id: int,
        *,
        chain: bool = False,
        partial: bool = False,
        cascade: bool = False,
        force_edited: bool = False,
        reason: str | None = None,
    ) -> JobProgress:
        """Have a worker do :meth:`rollback`. Raises ``NotFound``, ``RollbackBlocked`` where it cannot be undone at all."""
        self._check_allowed()
        ways = {"chain": chain, "partial": partial, "cascade": cascade, "force_edited": force_edited}
        self.preview_rollback(run_id, **ways)
        run = self.run(run_id).run
        return self._ask(_of_run(run.draft_id or run.run_id, Wanted.ROLLBACK, {**ways, "reason": reason}))

    @needs(Right.VIEW)
    def job_progress(self, run_id: int) -> JobProgress | None:
        """How far the newest job of a draft or run has come, and how it ended; None where it never had one."""
        return self.work_on(about_run(self._job_of(run_id)))

    @needs(Right.VIEW)
    def await_job(self, run_id: int, seconds: float) -> JobProgress | None:
        """The same, once the job has ended, or after so many seconds."""
        return self.await_work(about_run(self._job_of(run_id)), seconds)

    def _job_of(self, run_id: int) -> int:
        """The number that jobs of a run go by: a draft's stays, whatever becomes of it."""
        run = self.run(run_id).run
        return run.draft_id or run.run_id


def _of_run(run_id: int, wanted: Wanted, arguments: dict[str, Any], **more: Any) -> Request:
    return Request(
        about=about_run(run_id),
        wanted=wanted,
        called=f"Run {run_id}",
        arguments=arguments,
        hint="Wait for it, or cancel the import.",
        **more,
    )
