"""Imports on their way: their uploads, and the turns that their lives take (UPL)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, insert, or_, select, update

from stocktake.model.draft import Draft, Job, JobProgress, Outcome, Upload, Wanted
from stocktake.model.run import RunStatus
from stocktake.stores import schema
from stocktake.stores.job_table import idempotency, job, job_progress, upload
from stocktake.stores.run_row import read_run, serialised
from stocktake.stores.session import Session

#: States after which nobody needs the file any more (UPL-2).
_DONE = (RunStatus.APPLIED, RunStatus.ROLLED_BACK, RunStatus.CANCELLED)


class Drafts(Session):
    """Statements about drafts, their jobs, and answers that are given once."""

    def keep_upload(self, draft_id: int, kept: Upload) -> None:
        """Write down that a file was handed over."""
        self.insert(
            insert(upload).values(
                workspace_id=self.workspace_id,
                draft_id=draft_id,
                name=kept.name,
                label=kept.label,
                bytes=kept.bytes,
                sha256=kept.sha256,
                choices="{}",
                created_at=kept.created_at,
                created_by=kept.created_by,
            )
        )

    def change_upload(self, draft_id: int, **values: Any) -> None:
        """Set columns of an upload: ``choices, plan_id, deleted_at, deleted_because``."""
        self.run(
            update(upload)
            .where(upload.c.workspace_id == self.workspace_id, upload.c.draft_id == draft_id)
            .values(**serialised(values))
        )

    def draft(self, number: int) -> Draft | None:
        """A draft by its number, or by that of the run it has become."""
        run = schema.import_run
        found = self.rows(
            select(run, *(each.label(f"upload_{each.name}") for each in upload.c))
            .join(
                upload, and_(upload.c.workspace_id == run.c.workspace_id, upload.c.draft_id == run.c.draft_id)
            )
            .where(
                run.c.workspace_id == self.workspace_id, or_(run.c.run_id == number, run.c.draft_id == number)
            )
        )
        return _draft(found[0]) if found else None

    def turn_draft(
        self, draft_id: int, among: Sequence[RunStatus], *, showing: str | None = None, **values: Any
    ) -> bool:
        """Set columns of a draft's run where it is in one of these states; whether it was.

        ``showing``: and where that is the plan that was shown. Two who turn one draft at once do so one after the other.
        """
        run = schema.import_run
        mine = [
            run.c.workspace_id == self.workspace_id,
            run.c.draft_id == draft_id,
            run.c.status.in_([each.value for each in among]),
        ]
        if showing is not None:
            shown = select(upload.c.draft_id).where(
                upload.c.workspace_id == self.workspace_id,
                upload.c.draft_id == draft_id,
                upload.c.plan_id == showing,
            )
            mine.append(shown.exists())
        return self.run(update(run).where(*mine).values(**serialised(values))) > 0

    def kept_uploads(self) -> dict[int, str]:
        """Draft → name of its file, of all that were not deleted."""
        found = self.rows(
            select(upload.c.draft_id, upload.c.name).where(
                upload.c.workspace_id == self.workspace_id, upload.c.deleted_at.is_(None)
            )
        )
        return {int(number): str(name) for number, name in found}

    def uploads_to_delete(self, before: datetime) -> list[tuple[int, str, bool]]:
        """``draft, name, done``: kept files that were handed over before then, or whose run is done with them (UPL-3)."""
        run = schema.import_run
        done = run.c.status.in_([each.value for each in _DONE])
        found = self.rows(
            select(upload.c.draft_id, upload.c.name, run.c.status)
            .join(run, and_(run.c.workspace_id == upload.c.workspace_id, run.c.draft_id == upload.c.draft_id))
            .where(
                upload.c.workspace_id == self.workspace_id,
                upload.c.deleted_at.is_(None),
                or_(upload.c.created_at < before, done),
            )
            .order_by(upload.c.draft_id)
        )
        return [(int(number), str(name), RunStatus(status) in _DONE) for number, name, status in found]

    # Jobs ----------------------------------------------------------------------------------------------------------

    def enqueue(self, wanted: Job) -> bool:
        """Put a job into the queue, and its progress to the beginning; False where there is one about the same already."""
        # Two may ask at once, and neither sees the other's row before it is committed.
        is_first = self.insert_new(
            job,
            about=wanted.about,
            wanted=wanted.wanted.value,
            arguments=json.dumps(dict(wanted.arguments)),
            asked_by=json.dumps(dict(wanted.asked_by)),
            wanted_at=wanted.wanted_at,
        )
        if not is_first:
            return False
        self.run(delete(job_progress).where(*self._job_row(job_progress, wanted.about)))
        self.insert(
            insert(job_progress).values(
                workspace_id=self.workspace_id,
                about=wanted.about,
                wanted=wanted.wanted.value,
                attempts=0,
                done=0,
                stopping=False,
                at=wanted.wanted_at,
            )
        )
        return True

    def job(self, about: str) -> Job | None:
        """The job about something, waiting or being done."""
        found = self.rows(select(job).where(*self._job_row(job, about)))
        return read_job(found[0]) if found else None

    def withdraw_job(self, about: str) -> bool:
        """Take a job out of the queue that nobody has begun; False where there is none, or somebody works on it."""
        free = select(job.c.about).where(*self._job_row(job, about)).with_for_update(skip_locked=True)
        begun = select(job_progress.c.about).where(
            *self._job_row(job_progress, about), job_progress.c.attempts > 0
        )
        if self.rows(begun) or not self.rows(free):
            return False
        self.run(delete(job_progress).where(*self._job_row(job_progress, about)))
        return self.run(delete(job).where(*self._job_row(job, about))) > 0

    def begin_job(self, about: str, *, claimed_by: str, at: datetime) -> int:
        """Count one more attempt at a job; how many there were before, each of which ended with its process (REL-9)."""
        found = self.rows(
            update(job_progress)
            .where(*self._job_row(job_progress, about))
            .values(attempts=job_progress.c.attempts + 1, claimed_by=claimed_by, at=at)
            .returning(job_progress.c.attempts)
        )
        return int(found[0][0]) - 1 if found else 0

    def change_progress(self, about: str, **values: Any) -> bool:
        """Set columns of a job's progress; whether somebody has asked that it stop."""
        found = self.rows(
            update(job_progress)
            .where(*self._job_row(job_progress, about))
            .values(**serialised(values))
            .returning(job_progress.c.stopping)
        )
        return bool(found and found[0][0])

    def job_progress(self, about: str) -> JobProgress | None:
        """How far the newest job about something has come."""
        found = self.rows(select(job_progress).where(*self._job_row(job_progress, about)))
        if not found:
            return None
        row = found[0]
        return JobProgress(
            wanted=Wanted(row.wanted),
            waiting=row.attempts == 0,
            stopping=bool(row.stopping),
            phase=row.phase,
            total=row.total,
            done=row.done,
            finished_at=row.finished_at,
            run_id=row.made_run,
            document=json.loads(row.document) if row.document else None,
            outcome=Outcome(**json.loads(row.outcome)) if row.outcome else None,
        )

    def forget_progress(self, before: datetime) -> int:
        """Forget jobs that ended before then; how many."""
        table = job_progress
        return self.run(
            delete(table).where(table.c.workspace_id == self.workspace_id, table.c.finished_at < before)
        )

    # Answers that are given once -----------------------------------------------------------------------------------

    def begin_answer(
        self, key: str, request_hash: str, *, at: datetime, forgotten: datetime, lost: datetime
    ) -> bool:
        """Note that a request is being answered; False where one of that key was noted before.

        Keys noted before ``forgotten``, and unanswered ones before ``lost``, are free again.
        """
        table = idempotency
        old = or_(table.c.created_at < forgotten, and_(table.c.status.is_(None), table.c.created_at < lost))
        self.run(delete(table).where(table.c.workspace_id == self.workspace_id, table.c.key == key, old))
        return self.insert_new(table, key=key, request_hash=request_hash, created_at=at)

    def answer(self, key: str) -> tuple[str, int | None, str | None] | None:
        """``request hash, status, body`` of a key; status and body are None while it is being answered."""
        table = idempotency
        found = self.rows(
            select(table.c.request_hash, table.c.status, table.c.body).where(
                table.c.workspace_id == self.workspace_id, table.c.key == key
            )
        )
        return (str(found[0][0]), found[0][1], found[0][2]) if found else None

    def keep_answer(self, key: str, *, status: int, body: str) -> None:
        """Keep the answer of a request."""
        table = idempotency
        self.run(
            update(table)
            .where(table.c.workspace_id == self.workspace_id, table.c.key == key)
            .values(status=status, body=body)
        )

    def forget_answer(self, key: str) -> None:
        """Forget a request that was not answered, so that it can be tried again."""
        table = idempotency
        self.run(
            delete(table).where(
                table.c.workspace_id == self.workspace_id, table.c.key == key, table.c.status.is_(None)
            )
        )

    def forget_answers(self, before: datetime) -> int:
        """Forget answers that were given before then; how many."""
        table = idempotency
        return self.run(
            delete(table).where(table.c.workspace_id == self.workspace_id, table.c.created_at < before)
        )

    def _job_row(self, table: Any, about: str) -> tuple[Any, ...]:
        return (table.c.workspace_id == self.workspace_id, table.c.about == about)


def read_job(row: Any) -> Job:
    """The job of a row of ``st_job``."""
    return Job(
        workspace_id=row.workspace_id,
        about=row.about,
        wanted=Wanted(row.wanted),
        arguments=json.loads(row.arguments),
        asked_by=json.loads(row.asked_by),
        wanted_at=row.wanted_at,
    )


def _draft(row: Any) -> Draft:
    return Draft(
        draft_id=row.draft_id,
        run=read_run(row),
        upload=Upload(
            name=row.upload_name,
            label=row.upload_label,
            bytes=row.upload_bytes,
            sha256=row.upload_sha256,
            created_at=row.upload_created_at,
            created_by=row.upload_created_by,
            deleted_at=row.upload_deleted_at,
            deleted_because=row.upload_deleted_because,
        ),
        choices=json.loads(row.upload_choices),
        plan_id=row.upload_plan_id,
    )
