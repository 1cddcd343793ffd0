"""What flows ask of a store about imports on their way, their jobs, and answers that are given once (UPL, REL-4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from stocktake.model.draft import Draft, Job, JobProgress, Upload
from stocktake.model.run import RunStatus


class Drafts(Protocol):
    """Statements about drafts, their jobs, and answers that are given once."""

    def keep_upload(self, draft_id: int, kept: Upload) -> None:
        """Write down that a file was handed over."""
        ...

    def change_upload(self, draft_id: int, **values: Any) -> None:
        """Set columns of an upload."""
        ...

    def draft(self, number: int) -> Draft | None:
        """A draft by its number, or by that of the run it has become."""
        ...

    def turn_draft(
        self, draft_id: int, among: Sequence[RunStatus], *, showing: str | None = None, **values: Any
    ) -> bool:
        """Set columns of a draft's run where it is in one of these states; whether it was."""
        ...

    def kept_uploads(self) -> dict[int, str]:
        """Draft → name of its file, of all that were not deleted."""
        ...

    def uploads_to_delete(self, before: datetime) -> list[tuple[int, str, bool]]:
        """``draft, name, done``: kept files from before then, or whose run is done with them."""
        ...

    def enqueue(self, wanted: Job) -> bool:
        """Put a job into the queue; False where there is one about the same already."""
        ...

    def job(self, about: str) -> Job | None:
        """The job about something."""
        ...

    def withdraw_job(self, about: str) -> bool:
        """Take a job out of the queue that nobody has begun."""
        ...

    def begin_job(self, about: str, *, claimed_by: str, at: datetime) -> int:
        """Count one more attempt at a job; how many there were before."""
        ...

    def change_progress(self, about: str, **values: Any) -> bool:
        """Set columns of a job's progress; whether somebody has asked that it stop."""
        ...

    def job_progress(self, about: str) -> JobProgress | None:
        """How far the newest job about something has come."""
        ...

    def forget_progress(self, before: datetime) -> int:
        """Forget jobs that ended before then."""
        ...

    def begin_answer(
        self, key: str, request_hash: str, *, at: datetime, forgotten: datetime, lost: datetime
    ) -> bool:
        """Note that a request is being answered; False where one of that key was noted before."""
        ...

    def answer(self, key: str) -> tuple[str, int | None, str | None] | None:
        """``request hash, status, body`` of a key."""
        ...

    def keep_answer(self, key: str, *, status: int, body: str) -> None:
        """Keep the answer of a request."""
        ...

    def forget_answer(self, key: str) -> None:
        """Forget a request that was not answered."""
        ...

    def forget_answers(self, before: datetime) -> int:
        """Forget answers that were given before then."""
        ...
