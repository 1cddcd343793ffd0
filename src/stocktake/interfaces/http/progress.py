"""How far work has come, told as it goes: server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Annotated

import anyio
from fastapi import Depends
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from stocktake.access.right import Right
from stocktake.interfaces.draft_document import job_document
from stocktake.interfaces.http.parameter import OpenBook, RunId
from stocktake.interfaces.http.route import WORKSPACE, Routes
from stocktake.model.draft import JobProgress

routes = Routes("progress", WORKSPACE)

#: It is looked at so often, in seconds.
LOOK_EVERY = 0.25

#: What a stream of them is, for the schema.
STREAM = {
    200: {
        "description": "Events `progress` while it goes on, then one `ended`; the data of each is the job.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


def _known(book: OpenBook, run_id: RunId) -> int:
    """A run that there is. Raises ``NotFound`` before the stream begins."""
    book.run(run_id)
    return run_id


Known = Annotated[int, Depends(_known)]


@routes.get(
    "/imports/{run_id}/progress", needs=Right.VIEW, answers=STREAM, response_class=EventSourceResponse
)
async def follow_import(book: OpenBook, known: Known) -> AsyncIterator[ServerSentEvent]:
    """Follow the work on an import: an event whenever it has come further, until it has ended."""
    async for event in events(lambda: book.job_progress(known)):
        yield event


@routes.get("/runs/{run_id}/progress", needs=Right.VIEW, answers=STREAM, response_class=EventSourceResponse)
async def follow_run(book: OpenBook, known: Known) -> AsyncIterator[ServerSentEvent]:
    """Follow the work on a run, such as its rollback."""
    async for event in events(lambda: book.job_progress(known)):
        yield event


async def events(look: Callable[[], JobProgress | None]) -> AsyncIterator[ServerSentEvent]:
    """What ``look`` tells, whenever that is news, until it has ended."""
    before = None
    while True:
        job = await run_in_threadpool(look)
        shape = job_document(job)
        if job is None or not job.running:
            yield ServerSentEvent(data=shape, event="ended")
            return
        if shape != before:
            yield ServerSentEvent(data=shape, event="progress")
            before = shape
        await anyio.sleep(LOOK_EVERY)
