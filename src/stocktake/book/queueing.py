"""The queue of work that a worker does, and how far each piece of it has come (APP-4, REL-9)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from stocktake.access.right import Right
from stocktake.book.ground import Ground
from stocktake.book.right import needs
from stocktake.model.draft import Job, JobProgress, Wanted
from stocktake.model.errors import Busy, InvalidInput
from stocktake.model.person import Principal, Role
from stocktake.ports.store import Unit

#: Who waits for a job looks again after so many seconds, at first and at most.
_SOON, _LATER = 0.02, 0.25
#: A job that has ended leaves the queue within so many seconds.
_LEAVING = 5.0

#: Among the arguments of work that is about no run: the newest run when it was asked for.
SINCE = "since_run"

#: Who may have work done that is about no run, and may have it stopped. What is about a run is cancelled with its import.
NEEDED: Mapping[Wanted, Right] = {
    Wanted.INGEST: Right.IMPORT,
    Wanted.ENRICH: Right.IMPORT,
    Wanted.BACKFILL: Right.MANAGE,
    Wanted.PRUNE: Right.MANAGE,
    Wanted.DELIVER: Right.MANAGE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Work that is asked for: ``arguments`` of the method that does it; ``called``: what it is about, for people.

    ``check`` looks at it once more when the queue is the asker's: somebody else's job may have ended in between, and what it
    told whoever waits for it is not to be replaced.
    """

    about: str
    wanted: Wanted
    called: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    hint: str = "Wait for it, or stop it."
    check: Callable[[Unit], None] | None = None


class Queueing(Ground):
    """The part of a book that puts work into the queue, and tells of it."""

    @needs(Right.VIEW)
    def work_on(self, about: str) -> JobProgress | None:
        """How far the newest work about something has come, and how it ended; None where there was none within a day.

        ``about``: as ``about_collection`` and its like in ``stocktake.model.draft`` say it.
        """
        with self._reading() as unit:
            found: JobProgress | None = unit.job_progress(about)
        told = self.store.board.read((self.workspace_id, about))
        if found is None or told is None or not found.running:
            return found
        stopping = found.stopping or self.store.board.is_asked_to_stop((self.workspace_id, about))
        return replace(
            found, waiting=False, stopping=stopping, phase=told.phase, total=told.total, done=told.done
        )

    @needs(Right.VIEW)
    def await_work(self, about: str, seconds: float) -> JobProgress | None:
        """The same, once the work has ended, or after so many seconds."""
        until, pause = time.monotonic() + seconds, _SOON
        while True:
            found = self.work_on(about)
            left = until - time.monotonic()
            if found is None or not found.running or left <= 0:
                return found
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, _LATER)

    @needs(Right.IMPORT)
    def stop_work(self, about: str) -> JobProgress | None:
        """Have work stop that is about no run; how far it has come, None where it had not begun.

        What nobody has begun leaves the queue. What is being done is asked to stop: it ends with the outcome
        ``work-stopped`` before its commit, or comes too late for that and ends well. Who may have it done may stop it.
        Raises ``NotAllowed``; ``InvalidInput`` ``not-stoppable`` for work on a run.
        """
        found = self.work_on(about)
        if found is None or not found.running:
            return found
        if found.wanted not in NEEDED:
            raise InvalidInput(
                "not-stoppable",
                f"The {found.wanted} of {about} cannot be stopped by itself.",
                hint="An import is cancelled as a whole, until its commit; a rollback is done whole, or not at all.",
            )
        self.check_right(NEEDED[found.wanted])
        key = (self.workspace_id, about)
        if self.store.board.read(key) is not None:
            # Else nothing is written: SQLite's only writer may be busy with it.
            self.store.board.ask_to_stop(key)
            return replace(found, stopping=True)
        with self._writing() as unit:
            if unit.withdraw_job(about):
                return None
            unit.change_progress(about, stopping=True)
        return replace(found, stopping=True)

    def _ask(self, asked: Request) -> JobProgress:
        """Put work into the queue. Raises ``Busy`` ``job-waiting``, and what ``asked.check`` does."""
        job = Job(
            workspace_id=self.workspace_id,
            about=asked.about,
            wanted=asked.wanted,
            arguments=asked.arguments,
            asked_by=self._asked_by(),
            wanted_at=self.clock(),
        )
        until = time.monotonic() + _LEAVING
        while not self._enqueued(job, asked, waits=time.monotonic() < until):
            time.sleep(_SOON)
        return JobProgress(wanted=asked.wanted, waiting=True)

    def _enqueued(self, job: Job, asked: Request, *, waits: bool) -> bool:
        """Whether a job is in the queue now; False where the one before has ended, and only has to leave it yet."""
        with self._writing() as unit:
            if unit.enqueue(job):
                if asked.check is not None:
                    asked.check(unit)
                return True
            before: JobProgress | None = unit.job_progress(asked.about)
            if not waits or before is None or before.running:
                raise Busy(
                    "job-waiting",
                    f"{asked.called} has work that waits or is being done already.",
                    hint=asked.hint,
                )
        return False

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
