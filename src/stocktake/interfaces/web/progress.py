"""Work on an import as it goes on: its phase, its rows, a way to stop it; it leads on once it has ended (APP-4, UPL-2)."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from pydantic import Field
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.book import Book
from stocktake.interfaces.http.imports import ImportId
from stocktake.interfaces.http.parameter import LARGEST_PAGE, Asked, OpenBook, Text
from stocktake.interfaces.http.problem import status_of
from stocktake.interfaces.web.draft import step
from stocktake.interfaces.web.form import Sent
from stocktake.interfaces.web.page import is_part, page, to, within
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.web.wording import notice
from stocktake.model.draft import OPEN, Draft, JobProgress, Wanted
from stocktake.model.errors import NotFound, Refusal, StalePlan
from stocktake.model.run import RunStatus

routes = Pages()

#: What is being done, and how its phases are called.
DOING = {
    Wanted.PREVIEW: "Planning the import",
    Wanted.APPLY: "Applying the plan",
    Wanted.ROLLBACK: "Rolling back",
}
PHASES = {
    "reading": "Reading the file",
    "cleaning": "Cleaning its cells",
    "staging": "Comparing with what is stored",
    "planning": "Deciding about each row",
    "applying": "Writing records",
    "recording": "Writing history and lineage",
}
#: Refusals after which the same is worth asking for again.
_AGAIN = ("busy", "job-waiting", "interrupted", "internal-error")


class ProgressAsked(Asked):
    """Where one goes on to once a plan is there."""

    then: Literal["check", "review"] = "check"
    decision: Text | None = None
    page: Annotated[int | None, Field(ge=1, le=LARGEST_PAGE)] = None


@routes.get("/imports/{import_id}/progress", needs=Right.VIEW)
def show_progress(
    request: Request, book: OpenBook, import_id: ImportId, asked: Annotated[ProgressAsked, Query()]
) -> Response:
    """How far the work has come; where it has ended, what comes next."""
    draft, job = book.draft(import_id), book.job_progress(import_id)
    if draft.status is not RunStatus.CANCELLED and (job is None or (not job.running and job.outcome is None)):
        return _onward(request, _next_place(request, draft, job, asked))
    refusal = job.outcome.refusal if job is not None and job.outcome is not None else None
    if is_part(request) and (refusal is not None or draft.status is RunStatus.CANCELLED):
        return _onward(request, str(request.url.replace(scheme="", netloc="")))
    return watched(request, book, draft, job, refusal)


@routes.post("/imports/{import_id}/confirm", needs=Right.IMPORT)
def confirm(request: Request, book: OpenBook, import_id: ImportId, form: Sent) -> Response:
    """Write exactly the plan that was shown (PLN-9), or, of a dry run, see whether it could be written (INT-9)."""
    draft = book.draft(import_id)
    try:
        if draft.is_dry_run and book.draft_head(import_id).refusal is not None:
            return to(step(request, import_id, "result"))
        book.ask_for_confirm(import_id, form.get("plan_id", ""), dry_run=draft.is_dry_run)
    except StalePlan as error:
        return watched(request, book, draft, None, error)
    request.app.state.worker.wake()
    return to(step(request, import_id, "progress"))


def watched(
    request: Request, book: Book, draft: Draft, job: JobProgress | None, refusal: Refusal | None = None
) -> Response:
    """The page of work that goes on, or of the refusal that it ended with, and what to do then."""
    moved: list[dict[str, Any]] = [] if refusal is None else list(refusal.details.get("rows", ()))
    return page(
        request,
        "wizard/progress_part.html" if is_part(request) else "wizard/progress.html",
        status=200 if refusal is None else status_of(refusal),
        title="Progress",
        draft=draft,
        import_id=draft.draft_id,
        job=job,
        doing=DOING[job.wanted] if job is not None else "",
        phase=PHASES.get(job.phase or "", job.phase) if job is not None else None,
        step_here=_step(request, job, refusal),
        refusal=notice(refusal) if refusal is not None else None,
        moved=moved,
        people=_people(book, {each["by_run"] for each in moved if "by_run" in each}),
        moved_count=int(refusal.details.get("count", 0)) if refusal is not None else 0,
        is_stale=isinstance(refusal, StalePlan),
        is_worth_again=refusal is not None and refusal.code in _AGAIN,
        is_open=draft.status in OPEN,
        is_cancelled=draft.status is RunStatus.CANCELLED,
        has_plan=draft.plan_id is not None,
        watch_at=step(request, draft.draft_id, "progress", **dict(request.query_params)),
    )


def _step(request: Request, job: JobProgress | None, refusal: Refusal | None) -> str:
    """The step that the work leads to; where it ended with a refusal, the one before that can be gone back to."""
    if job is None or job.wanted is Wanted.APPLY:
        return "result" if refusal is None else "review"
    return "review" if request.query_params.get("then") == "review" else "check"


def _people(book: Book, runs: Iterable[int]) -> dict[int, str]:
    """Who started some runs; those that are not there any more are left out."""
    told = {}
    for each in runs:
        with suppress(NotFound):
            told[each] = book.run(each).run.initiated_by
    return told


def _next_place(request: Request, draft: Draft, job: JobProgress | None, asked: ProgressAsked) -> str:
    import_id = draft.draft_id
    if draft.status is RunStatus.APPLYING:
        return within(request, f"/runs/{draft.run.run_id}")
    if draft.status in (RunStatus.APPLIED, RunStatus.ROLLED_BACK):
        return step(request, import_id, "result")
    if job is None:
        return step(request, import_id, "mapping")
    if job.wanted is Wanted.APPLY:
        return step(request, import_id, "result")
    if asked.then == "review":
        return step(request, import_id, "review", decision=asked.decision, page=asked.page)
    return step(request, import_id, "check")


def _onward(request: Request, place: str) -> Response:
    if is_part(request):
        return Response(status_code=204, headers={"HX-Redirect": place})
    return to(place)
