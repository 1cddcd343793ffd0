"""Long work that is asked for and done by a worker: previews, confirmations, rollbacks (APP-4, REL-9)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from stocktake.access.right import Right
from stocktake.book.choosing import TERMS, as_strategy, checked
from stocktake.book.leafing import Leafing
from stocktake.book.looking import Looking
from stocktake.book.right import needs
from stocktake.book.undoing import Undoing
from stocktake.flows.drafting import check_gathered, check_live, check_open, draft_of, unconfirmed
from stocktake.model.draft import Draft, Job, JobProgress, Wanted
from stocktake.model.errors import Busy
from stocktake.model.person import Principal, Role
from stocktake.model.run import RunStatus

#: Who waits for a job looks again after so many seconds, at first and at most.
_SOON, _LATER = 0.02, 0.25


class Asking(Looking, Leafing, Undoing):
    """The part of a book that puts work into the queue. What each job may do is checked when it is asked for."""

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
        return self._ask(draft.draft_id, Wanted.PREVIEW, told)

    @needs(Right.IMPORT)
    def ask_for_confirm(self, run_id: int, plan_id: str, *, dry_run: bool = False) -> JobProgress:
        """Have a worker do :meth:`confirm`. Raises ``StalePlan`` for a plan that is not shown, or taken; ``Busy``."""

        def check(draft: Draft) -> None:
            if draft.plan_id != plan_id or draft.status is not RunStatus.PLANNED:
                raise unconfirmed(draft, plan_id)

        draft = self.draft(run_id)
        check(draft)
        check_gathered(draft)
        if not dry_run:
            check_live(draft)
        told = {"plan_id": plan_id, "dry_run": dry_run}
        return self._ask(draft.draft_id, Wanted.APPLY, told, check)

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
        return self._ask(run.draft_id or run.run_id, Wanted.ROLLBACK, {**ways, "reason": reason})

    @needs(Right.VIEW)
    def job_progress(self, run_id: int) -> JobProgress | None:
        """How far the newest job of a draft or run has come, and how it ended; None where it never had one."""
        key = self._job_of(run_id)
        with self._reading() as unit:
            found: JobProgress | None = unit.job_progress(key)
        told = self.store.board.read((self.workspace_id, key))
        if found is None or told is None or not found.running:
            return found
        return replace(found, waiting=False, phase=told.phase, total=told.total, done=told.done)

    @needs(Right.VIEW)
    def await_job(self, run_id: int, seconds: float) -> JobProgress | None:
        """The same, once the job has ended, or after so many seconds."""
        until, pause = time.monotonic() + seconds, _SOON
        while True:
            found = self.job_progress(run_id)
            left = until - time.monotonic()
            if found is None or not found.running or left <= 0:
                return found
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, _LATER)

    def _job_of(self, run_id: int) -> int:
        """The number that jobs of a run go by: a draft's stays, whatever becomes of it."""
        run = self.run(run_id).run
        return run.draft_id or run.run_id

    def _ask(
        self,
        run_id: int,
        wanted: Wanted,
        arguments: Mapping[str, Any],
        check: Callable[[Draft], None] | None = None,
    ) -> JobProgress:
        """Put a job into the queue, unless ``check`` refuses the draft as it is once the queue is ours.

        Somebody else's job may have ended in between; what it told whoever waits for it is not to be replaced.
        """
        job = Job(
            workspace_id=self.workspace_id,
            run_id=run_id,
            wanted=wanted,
            arguments=arguments,
            asked_by=self._asked_by(),
            wanted_at=self.clock(),
        )
        with self._writing() as unit:
            if not unit.enqueue(job):
                raise Busy(
                    "job-waiting",
                    f"Run {run_id} has work that waits or is being done already.",
                    hint="Wait for it, or cancel the import.",
                )
            if check is not None:
                check(draft_of(unit, run_id))
        return JobProgress(wanted=wanted, waiting=True)

    def _asked_by(self) -> dict[str, Any]:
        told = self.principal
        role = None if told.is_platform_admin else str(told.roles[self.workspace_id])
        return {
            "name": told.name,
            "is_platform_admin": told.is_platform_admin,
            "role": role,
            "user_id": told.user_id,
            "token_id": told.token_id,
        }


def principal_from(asked_by: Mapping[str, Any], workspace_id: int) -> Principal:
    """Who asked for a job, with what they might do then and there."""
    role = asked_by.get("role")
    return Principal(
        name=asked_by["name"],
        roles={workspace_id: Role(role)} if role else {},
        is_platform_admin=asked_by.get("is_platform_admin") is True,
        user_id=asked_by.get("user_id"),
        token_id=asked_by.get("token_id"),
    )
