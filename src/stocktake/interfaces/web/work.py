"""Work that is about no run as it goes on: its phase, how far it is, a way to stop it; it leads on at its end (APP-4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Path, Query, Request
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.book import Book
from stocktake.book.queueing import NEEDED
from stocktake.book.upkeep import check_backfill
from stocktake.interfaces.http.parameter import Asked, OpenBook, Text
from stocktake.interfaces.web.page import address, is_part, page, segment, to, within
from stocktake.interfaces.web.route import Pages
from stocktake.model.draft import (
    RAW_ROWS,
    JobProgress,
    Wanted,
    about_backfill,
    about_collection,
)
from stocktake.model.media import Collection

routes = Pages()

Named = Annotated[Text, Path()]

#: How phases are called, and what is counted in them.
PHASES = {
    "discovering": ("Looking what is there", "entries"),
    "reading contents": ("Reading files whole", "files"),
    "reading": ("Reading what was found", "assets"),
    "cleaning": ("Cleaning its cells", "assets"),
    "staging": ("Comparing with what is stored", "assets"),
    "planning": ("Deciding about each asset", "assets"),
    "applying": ("Writing assets", "assets"),
    "recording": ("Writing history and lineage", "assets"),
    "enriching": ("Looking at assets", "assets"),
    "backfilling": ("Filling in", "records"),
    "pruning": ("Deleting", "raw rows"),
}
#: What becomes of work that is stopped.
STOPPED = {
    Wanted.INGEST: "Nothing is written before the commit; until then it can be stopped.",
    Wanted.ENRICH: "It can be stopped; what was looked at by then stays.",
    Wanted.BACKFILL: "It can be stopped; parts that are whole by then stay, each as a run.",
    Wanted.PRUNE: "It can be stopped as long as it has not ended; then nothing is deleted.",
}


class ScopeAsked(Asked):
    """What an ingest was asked for with, so that its form shows it again; ``look``: it writes nothing."""

    look: bool = False
    title: Text = ""
    season: Text = ""
    episode: Text = ""
    verify: bool = False

    def told(self) -> dict[str, Any]:
        """As the address of the collection says it."""
        return self.model_dump(exclude={"look"})


class AgeAsked(Asked):
    """Of which age raw rows go."""

    older_than: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Work that is watched: ``about`` what, its ``title``, and ``back``: what the page that it was asked for on is called.

    ``place``: the address of that page, ``asked``: with what it was asked for; ``onward``: where one goes on to once it has
    ended, given None where there is none.
    """

    about: str
    title: str
    place: str
    back: str
    onward: Callable[[JobProgress | None], str]
    asked: Mapping[str, Any] = field(default_factory=dict)

    def at(self, step: str) -> str:
        """The address where it is watched (``work``), or stopped (``stop``)."""
        return address(f"{self.place}/{step}", **self.asked)


@routes.get("/media/collections/{name}/work", needs=Right.VIEW)
def show_work_on_collection(
    request: Request, book: OpenBook, name: Named, asked: Annotated[ScopeAsked, Query()]
) -> Response:
    """How far the ingest or the enriching of a collection has come (MED-B7, MED-D9)."""
    found = book.collection(name)
    job = book.work_on(about_collection(found.collection_id))
    return _page(request, book, _of_collection(request, found, asked, job), job)


@routes.post("/media/collections/{name}/stop", needs=Right.IMPORT)
def stop_work_on_collection(
    request: Request, book: OpenBook, name: Named, asked: Annotated[ScopeAsked, Query()]
) -> Response:
    """Stop it before its commit, or between two assets."""
    found = book.collection(name)
    left = book.stop_work(about_collection(found.collection_id))
    return _stopped(_of_collection(request, found, asked, left), left)


@routes.get("/health/backfills/{name}/work", needs=Right.VIEW)
def show_backfill(request: Request, book: OpenBook, name: Named) -> Response:
    """How far a backfill has come (BAC-1)."""
    check_backfill(name)
    return _page(request, book, _of_backfill(request, name), book.work_on(about_backfill(name)))


@routes.post("/health/backfills/{name}/stop", needs=Right.MANAGE)
def stop_backfill(request: Request, book: OpenBook, name: Named) -> Response:
    """Stop it; parts that are whole by then stay."""
    check_backfill(name)
    return _stopped(_of_backfill(request, name), book.stop_work(about_backfill(name)))


@routes.get("/health/pruning/work", needs=Right.VIEW)
def show_pruning(request: Request, book: OpenBook, asked: Annotated[AgeAsked, Query()]) -> Response:
    """How far the pruning of raw rows has come (LIN-5)."""
    return _page(request, book, _of_pruning(request, asked), book.work_on(RAW_ROWS))


@routes.post("/health/pruning/stop", needs=Right.MANAGE)
def stop_pruning(request: Request, book: OpenBook, asked: Annotated[AgeAsked, Query()]) -> Response:
    """Stop it as long as it has not ended."""
    return _stopped(_of_pruning(request, asked), book.stop_work(RAW_ROWS))


def _of_collection(
    request: Request, found: Collection, asked: ScopeAsked, job: JobProgress | None
) -> Watched:
    path = f"/media/collections/{segment(found.collection_id)}"

    def onward(job: JobProgress | None) -> str:
        if job is None or job.outcome is not None or job.run_id is None:
            return within(request, path, ended=job is not None, **asked.told())
        return within(request, path, run=job.run_id)

    doing = "Looking through" if asked.look else "Ingesting"
    if job is not None and job.wanted is Wanted.ENRICH:
        doing = "Enriching"
    return Watched(
        about=about_collection(found.collection_id),
        title=f"{doing} {found.name}",
        place=within(request, path),
        back=found.name,
        onward=onward,
        asked=asked.model_dump(),
    )


def _of_backfill(request: Request, name: str) -> Watched:
    path = f"/health/backfills/{segment(name)}"

    def onward(job: JobProgress | None) -> str:
        runs = [each["run_id"] for each in (job.document or {}).get("runs", ())] if job else []
        return within(request, path, done=runs, ended=job is not None and job.outcome is not None)

    return Watched(
        about=about_backfill(name),
        title=f"Backfilling {name}",
        place=within(request, path),
        back=f"Backfill {name}",
        onward=onward,
    )


def _of_pruning(request: Request, asked: AgeAsked) -> Watched:
    def onward(job: JobProgress | None) -> str:
        done = job.run_id if job is not None else None
        refused = job is not None and job.outcome is not None
        return within(request, "/health/pruning", older_than=asked.older_than, done=done, ended=refused)

    return Watched(
        about=RAW_ROWS,
        title="Pruning raw rows",
        place=within(request, "/health/pruning"),
        back="Prune raw rows",
        onward=onward,
        asked=asked.model_dump(),
    )


def _page(request: Request, book: Book, watched: Watched, job: JobProgress | None) -> Response:
    """The work that goes on; where it has ended, what comes next."""
    if job is None or not job.running:
        if is_part(request):
            return Response(status_code=204, headers={"HX-Redirect": watched.onward(job)})
        return to(watched.onward(job))
    phase, unit = PHASES.get(job.phase or "", (job.phase, "rows"))
    return page(
        request,
        "work/progress_part.html" if is_part(request) else "work/progress.html",
        title=watched.title,
        watched=watched,
        job=job,
        phase=phase,
        unit=unit,
        may_stop=book.may(NEEDED[job.wanted]),
        stopped=STOPPED[job.wanted],
    )


def _stopped(watched: Watched, left: JobProgress | None) -> Response:
    """What is being done is watched until it has heard; what had not begun is gone."""
    return to(watched.place if left is None else watched.at("work"))
