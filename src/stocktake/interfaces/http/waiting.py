"""Long work: a worker does it, and whoever asked waits for a while, or comes again (APP-4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

import anyio.to_thread
from fastapi import Query, Request
from pydantic import Field

from stocktake.book import Book
from stocktake.interfaces.draft_document import draft_document, job_document, work_document
from stocktake.interfaces.http.answer import Document
from stocktake.interfaces.http.parameter import Asked
from stocktake.interfaces.http.route import ROOT
from stocktake.model.draft import JobProgress

Told = TypeVar("Told")

#: So long an answer may be waited for, in seconds.
LONGEST = 60


class WaitAsked(Asked):
    """How long the answer may take before it only says where to look."""

    wait: float = Field(
        default=10,
        ge=0,
        le=LONGEST,
        allow_inf_nan=False,
        description="Wait so many seconds for the work to be done, before 202 says where it is told of.",
    )


Wait = Annotated[WaitAsked, Query()]


async def waited(request: Request, ask: Callable[[], Told]) -> Told:
    """What ``ask`` gives, which may wait long: in a thread beside those that answer everybody else."""
    return await anyio.to_thread.run_sync(ask, limiter=request.app.state.waiting)


def address(request: Request) -> str:
    """Where the workspace of a request stands."""
    return f"{ROOT}/workspaces/{quote(request.path_params['workspace'], safe='')}"


def awaited(book: Book, run_id: int, seconds: float, *, place: str, of_draft: bool = True) -> Document:
    """What the work gave (200), or where it can be watched (202). Raises the refusal that ended it."""
    job = book.await_job(run_id, seconds)
    if job is None or job.running:
        shape = draft_document(book.draft(run_id), job) if of_draft else {"job": job_document(job)}
        return _later(shape, place)
    return _given(job)


def awaited_work(book: Book, about: str, seconds: float, *, place: str) -> Document:
    """The same of work that is about no run; ``place``: where it is told of, without ``/work``."""
    job = book.await_work(about, seconds)
    if job is None or job.running:
        return _later(work_document(job), f"{place}/work")
    return _given(job)


def _later(shape: dict[str, Any], place: str) -> Document:
    return Document(shape, 202, {"Location": place, "Retry-After": "2"})


def _given(job: JobProgress) -> Document:
    """What the work gave. Raises the refusal that ended it."""
    if job.outcome is not None:
        raise job.outcome.refusal
    told: dict[str, Any] = dict(job.document or {"status": "ended", "run_id": job.run_id})
    plan_id = told.get("plan_id")
    return Document(told, 200, {"ETag": f'"{plan_id}"'} if plan_id else None)
