"""The queue of jobs over all workspaces, as workers see it (REL-9), and where webhooks are."""

from __future__ import annotations

from collections.abc import Container

from sqlalchemy import delete, select

from stocktake.model.draft import RUN, Job
from stocktake.stores import schema
from stocktake.stores.drafts import read_job
from stocktake.stores.job_table import job
from stocktake.stores.session import Session
from stocktake.stores.webhook_table import webhook

#: So many of the oldest jobs are looked at for one that nobody works on.
_LOOKED_AT = 100


class Queue(Session):
    """Statements over the jobs of every workspace."""

    def next_job(self, passing: Container[tuple[int, str]], *, only_runs: bool = False) -> Job | None:
        """The oldest job that nobody holds, held from now on until the transaction ends (on PostgreSQL).

        ``passing``: ``workspace, about`` of jobs that this process works on; ``only_runs``: of those about drafts and runs.
        """
        oldest = select(job.c.workspace_id, job.c.about).order_by(job.c.wanted_at, job.c.about)
        if only_runs:
            oldest = oldest.where(job.c.about.startswith(RUN, autoescape=True))
        for workspace_id, about in self.rows(oldest.limit(_LOOKED_AT)):
            if (workspace_id, about) in passing:
                continue
            found = self.rows(
                select(job)
                .where(job.c.workspace_id == workspace_id, job.c.about == about)
                .with_for_update(skip_locked=True)
            )
            if found:
                return read_job(found[0])
        return None

    def remove(self, done: Job) -> None:
        """Take a job out of the queue: it is done."""
        self.run(delete(job).where(job.c.workspace_id == done.workspace_id, job.c.about == done.about))

    def workspaces(self) -> dict[int, str]:
        """Id → name of every workspace."""
        table = schema.workspace
        found = self.rows(select(table.c.workspace_id, table.c.name).order_by(table.c.workspace_id))
        return {int(number): str(name) for number, name in found}

    def hooked_workspaces(self) -> dict[int, str]:
        """Id → name of every workspace that has active webhooks."""
        table = schema.workspace
        hooked = select(webhook.c.workspace_id).where(webhook.c.is_active)
        found = self.rows(
            select(table.c.workspace_id, table.c.name)
            .where(table.c.workspace_id.in_(hooked))
            .order_by(table.c.workspace_id)
        )
        return {int(number): str(name) for number, name in found}
