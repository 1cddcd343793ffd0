"""The first page of an import: a file is handed over, or text is pasted; where the import has come to (INT-9, UPL-1).

A dry run ("Dry run (validate only)") is kept with the draft: ``book.keep_to_ask(…, dry_run=True)`` says so, and
``book.draft(id).is_dry_run`` tells it to every later step, whatever is chosen, decided or previewed meanwhile. No address
carries it. The book refuses to apply such a draft (``dry-run-only``); ``book.confirm(id, plan_id, dry_run=True)`` checks its
plan. ``POST /imports/{id}/live`` (below) makes a live import of it: its plan is outdated by that, and previewed anew.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import anyio.from_thread
import anyio.to_thread
from fastapi import Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.book import Book
from stocktake.book.choosing import CHOICES
from stocktake.interfaces.http.imports import ImportId
from stocktake.interfaces.http.parameter import LARGEST_ID, OpenBook
from stocktake.interfaces.http.problem import status_of
from stocktake.interfaces.web.form import read_proven_file
from stocktake.interfaces.web.page import page, to, within
from stocktake.interfaces.web.reading import DELIMITERS, ENCODINGS, reading_of
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.web.wording import notice
from stocktake.model.draft import Draft
from stocktake.model.errors import InvalidInput, NotFound, Refusal, Unreadable
from stocktake.model.run import Run, RunStatus

routes = Pages()

#: A field of pasted text, and what it is called as a file.
PASTED = {"text": "pasted.csv"}
#: The small fields beside the file.
_BESIDE = ("dry_run", "encoding", "delimiter", "sheet", "mends")

RunNumber = Annotated[int | None, Query(ge=1, le=LARGEST_ID)]


@routes.get("/import", needs=Right.IMPORT)
def show_start(
    request: Request, book: OpenBook, given_up: RunNumber = None, mends: RunNumber = None
) -> Response:
    """Where an import begins; ``given_up``: one that was just cancelled; ``mends``: whose rejected rows are sent (ERR-3)."""
    told = {"mends": str(book.run(mends).run.run_id)} if mends is not None else {}
    return _start(request, book, told=told, given_up=given_up)


@routes.receive("/imports", needs=Right.IMPORT)
async def upload(request: Request, book: OpenBook) -> Response:
    """Take a file, or pasted text, in; where it is read and mapped comes next."""
    told: dict[str, str] = {}
    beside = {name: partial(told.__setitem__, name) for name in _BESIDE}
    in_thread = anyio.to_thread.run_sync

    def received() -> Response:
        try:
            with book.uploads.incoming(book.clock()) as file:

                async def write(block: bytes) -> None:
                    await in_thread(file.write, block)

                read = partial(read_proven_file, beside=beside, texts=PASTED)
                label = anyio.from_thread.run(read, request, write)
                run = _mended(book, told)
                reading = reading_of(told)
                came = file.received()  # from here on it stays, unless it cannot be read
            draft = book.keep_to_ask(came, label, dry_run=told.get("dry_run") == "1", **reading)
            if run is not None:
                _as_of_run(book, draft, run)
        except (InvalidInput, NotFound, Unreadable) as error:
            return _start(request, book, told=told, error=error)
        except HTTPException as error:
            refusal = getattr(error, "refusal", None)
            if refusal is None:
                raise
            return _start(request, book, told=told, error=refusal)
        return to(within(request, f"/imports/{draft.draft_id}/file"))

    return await in_thread(received, limiter=request.app.state.arriving)


def _mended(book: Book, told: dict[str, str]) -> Run | None:
    """The run whose rejected rows come back, if the form says so. Raises ``NotFound`` ``unknown-run``."""
    number = told.get("mends", "")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    return book.run(int(number)).run


def _as_of_run(book: Book, draft: Draft, run: Run) -> None:
    """Choose what a run was of, for the rows that it rejected (ERR-3)."""
    chosen = {name: value for name, value in draft.choices.items() if name in CHOICES}
    told = {"record_type": run.record_type, "source": run.source, "mends": run.run_id}
    book.choose(draft.draft_id, **chosen, **told)


@routes.get("/imports/{import_id}", needs=Right.VIEW)
def show_where_it_is(request: Request, book: OpenBook, import_id: ImportId) -> Response:
    """The step to which an import has come."""
    draft = book.draft(import_id)
    job = book.job_progress(import_id)
    step = "progress" if job is not None and job.running else step_of(draft)
    if step is None:
        return to(within(request, f"/runs/{draft.run.run_id}"))
    return to(within(request, f"/imports/{draft.draft_id}/{step}"))


@routes.post("/imports/{import_id}/cancel", needs=Right.IMPORT)
def cancel(request: Request, book: OpenBook, import_id: ImportId) -> Response:
    """Give an import up: nothing was written, and its file goes (UPL-2)."""
    run = book.cancel(import_id).run
    if run.status is RunStatus.CANCELLED:
        return to(within(request, "/import", given_up=run.draft_id or run.run_id))
    return to(within(request, f"/imports/{import_id}/progress"))


@routes.post("/imports/{import_id}/live", needs=Right.IMPORT)
def go_live(request: Request, book: OpenBook, import_id: ImportId) -> Response:
    """Make a live import of a dry run; it is previewed anew (INT-9)."""
    draft = book.go_live(import_id)
    return to(within(request, f"/imports/{draft.draft_id}/{step_of(draft) or 'file'}"))


def step_of(draft: Draft) -> str | None:
    """The step that comes next; None for an import that was given up."""
    if draft.status is RunStatus.CANCELLED:
        return None
    if draft.status is RunStatus.APPLYING:
        return "progress"
    if draft.status in (RunStatus.APPLIED, RunStatus.ROLLED_BACK):
        return "result"
    if draft.plan_id is not None:
        return "review"
    return "mapping" if draft.choices.get("record_type") and draft.choices.get("source") else "file"


def _start(
    request: Request,
    book: Book,
    *,
    told: dict[str, str] | None = None,
    error: Refusal | None = None,
    given_up: int | None = None,
) -> Response:
    if error is not None:
        request.state.refusal = error.code
    shown: dict[str, Any] = {
        "refusal": _notice(error) if error else None,
        "told": dict.fromkeys(_BESIDE) | (told or {}),
        "given_up": given_up,
        "open_drafts": book.open_drafts(),
        "now": book.clock(),
        "most_bytes": request.app.state.way.settings.max_upload_bytes,
        "encodings": ENCODINGS,
        "delimiters": DELIMITERS,
    }
    status = status_of(error) if error else 200
    return page(request, "wizard/start.html", status=status, title="Import", **shown)


def _notice(error: Refusal) -> dict[str, Any]:
    """In the words of somebody who looks at the form."""
    shown = notice(error)
    if error.code == "no-file":
        several = bool(error.details.get("files"))
        shown |= {
            "message": "A file was chosen, and text was pasted as well. Nothing was kept."
            if several
            else "No file was chosen, and no text was pasted. Nothing was kept.",
            "hint": "Send one of them." if several else "Choose a file, or paste its rows.",
        }
    return shown
