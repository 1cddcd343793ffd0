"""Another file in the place of a run that was rolled back: asked for, compared, and led into the import's steps (ROL-7)."""

from __future__ import annotations

from typing import Annotated

import anyio.from_thread
import anyio.to_thread
from fastapi import Query, Request
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.book import Book
from stocktake.interfaces.http.parameter import Id, OpenBook, RunId
from stocktake.interfaces.http.problem import status_of
from stocktake.interfaces.web.attempt import attempted
from stocktake.interfaces.web.filter import Filters
from stocktake.interfaces.web.form import read_proven_file
from stocktake.interfaces.web.page import page, to, within
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.web.run_line import is_replaceable, run_line
from stocktake.interfaces.web.wording import notice
from stocktake.model.draft import Draft
from stocktake.model.errors import InvalidInput, Refusal
from stocktake.model.run import Run

routes = Pages()


class GivenAsked(Filters):
    """The file that was given, by the number of its import; none before that."""

    given: Id | None = None


@routes.get("/runs/{run_id}/reimport", needs=Right.IMPORT)
def show_reimport(
    request: Request, book: OpenBook, run_id: RunId, asked: Annotated[GivenAsked, Query()]
) -> Response:
    """Asks for the file; once it was given, says whether it holds the same as the one before."""
    run = book.run(run_id).run
    draft = book.draft(asked.given) if asked.given is not None else None
    if draft is not None and draft.choices.get("replaces_run") != run.run_id:
        return to(within(request, f"/runs/{run.run_id}/reimport"))
    return _page(request, book, run, draft=draft)


@routes.receive("/runs/{run_id}/reimport", needs=Right.IMPORT)
async def receive_reimport(request: Request, book: OpenBook, run_id: RunId) -> Response:
    """Take the file in, as an import that takes the place of the run, with its mapping and options."""

    def received() -> Response:
        run = book.run(run_id).run

        def act() -> str:
            draft = _received(request, book, run)
            return within(request, f"/runs/{run.run_id}/reimport", given=draft.draft_id)

        return attempted(request, act, lambda error: _page(request, book, run, error=error))

    return await anyio.to_thread.run_sync(received, limiter=request.app.state.arriving)


def _received(request: Request, book: Book, run: Run) -> Draft:
    with book.uploads.incoming(book.clock()) as file:

        async def write(block: bytes) -> None:
            await anyio.to_thread.run_sync(file.write, block)

        label = anyio.from_thread.run(read_proven_file, request, write)
        came = file.received()
    if not is_replaceable(run):
        book.uploads.remove(came.name)
        raise InvalidInput(
            "not-rolled-back",
            f"Run {run.run_id} is {run.status.replace('_', ' ')}, so nothing takes its place.",
            hint="Roll it back first, or import the file over it.",
        )
    draft = book.keep_to_ask(came, label)
    return book.choose(draft.draft_id, **draft.choices, replaces_run=run.run_id)


def _page(
    request: Request, book: Book, run: Run, *, draft: Draft | None = None, error: Refusal | None = None
) -> Response:
    return page(
        request,
        "runs/reimport.html",
        status=200 if error is None else status_of(error),
        title=f"Re-import run {run.run_id}",
        run=run,
        line=run_line(book, run),
        draft=draft,
        is_same=draft is not None and draft.upload.sha256 == run.file_sha256,
        can=is_replaceable(run),
        refusal=notice(error) if error is not None else None,
    )
