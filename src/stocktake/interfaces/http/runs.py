"""Runs: what was imported, when, by whom, and what became of it (ROL-9, INT-4)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import Field

from stocktake.access.right import Right
from stocktake.interfaces.draft_document import job_document
from stocktake.interfaces.http.answer import Document, page_shape, shape, told
from stocktake.interfaces.http.parameter import Asked, OpenBook, PageAsked, PageQuery, RunId, Text, Told
from stocktake.interfaces.http.report_schema import RUN_ENTRY
from stocktake.interfaces.http.route import WORKSPACE, Routes
from stocktake.interfaces.http.schema import JOB, ROLLBACK, ROW, RUN, maybe
from stocktake.interfaces.http.waiting import Wait, address, awaited, waited
from stocktake.interfaces.refusal_document import status_of
from stocktake.interfaces.rollback_document import rollback_document
from stocktake.interfaces.run_document import run_document
from stocktake.interfaces.run_rows_document import Decision, run_rows_page
from stocktake.model.activity import ActivityFilter

routes = Routes("runs", WORKSPACE)

UNDONE_EXAMPLE = {
    "status": "rolled_back",
    "run_id": 3,
    "rollback_run": 4,
    "counts": {"deleted": 120, "restored": 8, "unretired": 4},
    "blocked_by": [],
}

#: So many sentences of the audit stand beside a run, as at the command line.
SENTENCES = 20

RUN_EXAMPLE = {
    "run_id": 3,
    "kind": "import",
    "status": "applied",
    "record_type": "device",
    "source": "NINJAONE",
    "strategy": "snapshot",
    "is_full_snapshot": True,
    "filename": "devices.csv",
    "initiated_by": "ana@example.com",
    "counts": {"rows": 3143, "create": 120, "update": 8, "unchanged": 3011, "retire": 4},
    "stats": {"created": 120, "updated": 8, "retired": 4, "sync_run_id": 3},
}


class RunsAsked(PageAsked):
    """Which runs."""

    source: Text | None = None
    type: Text | None = None
    full: bool | None = None


class WaysAsked(Asked):
    """What becomes of what stands in the way (ROL-5)."""

    chain: bool = False
    partial: bool = False
    cascade: bool = False
    force_edited: bool = False


class Undone(Told):
    """What becomes of what stands in the way (ROL-5), and why the run is undone."""

    chain: bool = Field(default=False, description="Undo the later runs in its way before it, all or none.")
    partial: bool = Field(default=False, description="Undo the rest, value by value.")
    cascade: bool = Field(default=False, description="Delete records of later imports that refer to it too.")
    force_edited: bool = Field(default=False, description="Give up values that people wrote by hand since.")
    reason: str | None = Field(default=None, max_length=1_000)


class RowsAsked(PageAsked):
    """Which rows."""

    decision: Decision | None = None


@routes.get(
    "/runs",
    needs=Right.VIEW,
    answers={
        200: told(
            "A page of runs.",
            page_shape(RUN),
            {"items": [RUN_EXAMPLE], "total": 1, "page": 1, "page_size": 50},
        )
    },
)
def list_runs(book: OpenBook, asked: Annotated[RunsAsked, Query()]) -> dict[str, Any]:
    """What was imported and undone, newest first."""
    page = asked.wanted
    found, total = book.runs(
        source=asked.source, record_type=asked.type, full=asked.full, page=page.page, page_size=page.limit
    )
    return page.document([run_document(each) for each in found], total)


@routes.get("/runs/{run_id}", needs=Right.VIEW, answers={200: told("The run.", RUN, RUN_EXAMPLE)})
def show_run(book: OpenBook, run_id: RunId) -> dict[str, Any]:
    """What one run did, in numbers and sentences (INT-4)."""
    found = book.run(run_id).run
    with book.listing() as unit:
        activity = unit.activity(ActivityFilter(run_id=run_id), limit=SENTENCES)
    return {**run_document(found), "activity": [each.sentence for each in activity]}


@routes.get(
    "/runs/{run_id}/rows", needs=Right.VIEW, answers={200: told("A page of its rows.", page_shape(ROW))}
)
def list_rows_of_run(book: OpenBook, run_id: RunId, asked: Annotated[RowsAsked, Query()]) -> dict[str, Any]:
    """The rows of a run as they were read, and what became of each; then the records that the file lacked (INT-4)."""
    wanted = (asked.decision,) if asked.decision else ()
    return asked.wanted.document(*run_rows_page(book, run_id, wanted, asked.wanted))


@routes.get(
    "/runs/{run_id}/history",
    needs=Right.VIEW,
    answers={200: told("A page of entries.", page_shape(RUN_ENTRY))},
)
def list_history_of_run(book: OpenBook, run_id: RunId, asked: PageQuery) -> dict[str, Any]:
    """What a run added to the history of tracked fields, record by record (HIS-5)."""
    page = asked.wanted
    found, total = book.history_page_of_run(book.run(run_id).run, limit=page.limit, offset=page.offset)
    return page.document(found.to_dicts(), total)


@routes.get(
    "/runs/{run_id}/rollback",
    needs=Right.VIEW,
    answers={200: told("What it would do, and what stands in its way.", ROLLBACK, UNDONE_EXAMPLE)},
    refuses=(409,),
)
def preview_rollback(book: OpenBook, run_id: RunId, asked: Annotated[WaysAsked, Query()]) -> dict[str, Any]:
    """What undoing a run would do; nothing is written (ROL-4)."""
    seen = book.preview_rollback(run_id, **asked.model_dump())
    if seen.refusal is None:
        return rollback_document("planned", seen)
    error = {"code": seen.refusal.code, "message": seen.refusal.message, "hint": seen.refusal.hint}
    return {**rollback_document(status_of(seen.refusal), seen), "error": error}


@routes.post(
    "/runs/{run_id}/rollback",
    needs=Right.ROLL_BACK,
    answers={
        200: told("It is undone.", ROLLBACK, UNDONE_EXAMPLE),
        202: told("It takes longer; Location says where it is told of.", shape(job=maybe(JOB))),
    },
    refuses=(409, 415),
)
async def roll_back(request: Request, book: OpenBook, run_id: RunId, body: Undone, wait: Wait) -> Document:
    """Undo a run: what it created is deleted, what it changed gets its earlier values back (ROL-2)."""

    def asked() -> Document:
        book.ask_for_rollback(run_id, **body.model_dump())
        request.app.state.worker.wake()
        place = f"{address(request)}/runs/{run_id}/work"
        return awaited(book, run_id, wait.wait, place=place, of_draft=False)

    return await waited(request, asked)


@routes.get("/runs/{run_id}/work", needs=Right.VIEW, answers={200: told("The work.", shape(job=maybe(JOB)))})
def show_work_on_run(book: OpenBook, run_id: RunId) -> dict[str, Any]:
    """How far the newest work on a run has come, such as its rollback; null where there was none."""
    return {"job": job_document(book.job_progress(run_id))}
