"""Health: whether all is wired, what backfills would mend, and raw rows that may go (HEA, BAC, LIN-5)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.book import Book
from stocktake.book.upkeep import check_backfill
from stocktake.interfaces.http.parameter import Asked, Id, OpenBook, Text
from stocktake.interfaces.http.problem import status_of
from stocktake.interfaces.web.attempt import attempted
from stocktake.interfaces.web.chosen import runs_done
from stocktake.interfaces.web.filter import Filters
from stocktake.interfaces.web.form import Form, Sent
from stocktake.interfaces.web.page import is_part, page, pager, segment, within
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.web.wording import notice
from stocktake.model.draft import RAW_ROWS, JobProgress, about_backfill
from stocktake.model.errors import InvalidInput, Refusal
from stocktake.model.wiring import METRICS

routes = Pages()

#: What each backfill gives to records that lack it.
BACKFILLS = {
    "presence-links": "Records of sources that track presence, and that have an external id but no link, get their link, "
    "seen now.",
    "discovery-flow": "Records get the discovery flow that their run, or the only flow of their master flow, tells.",
}

BackfillName = Annotated[Text, Path()]


class WiringAsked(Asked):
    """How much is told."""

    detail: bool = False


class BackfillAsked(Asked):
    """``done``: the runs that the work before made; ``ended``: it has ended otherwise than well."""

    ended: bool = False
    done: list[Id] = Field(default_factory=list, max_length=200)


class PruningFilters(Filters):
    """Of which age; ``done``: the run that the work before made; ``ended``: it has ended otherwise than well."""

    older_than: Text | None = None
    ended: bool = False
    done: list[Id] = Field(default_factory=list, max_length=20)


@routes.get("/health", needs=Right.VIEW)
def show_health(request: Request) -> Response:
    """What can be looked at; the check of the wiring reads everything, and comes in when it is done."""
    return page(request, "health/show.html", title="Health", backfills=BACKFILLS)


@routes.get("/health/wiring", needs=Right.VIEW)
def show_wiring(request: Request, book: OpenBook, asked: Annotated[WiringAsked, Query()]) -> Response:
    """Whether records, raw rows, links, runs and flows lead to one another (HEA-2, HEA-3)."""
    return page(
        request,
        "health/wiring_part.html" if is_part(request) else "health/wiring.html",
        title="Wiring",
        health=book.wiring_health(detail=asked.detail),
        metrics=METRICS,
        types=book.declared().stored_record_types,
    )


@routes.get("/health/backfills/{name}", needs=Right.VIEW)
def preview_backfill(
    request: Request, book: OpenBook, name: BackfillName, asked: Annotated[BackfillAsked, Query()]
) -> Response:
    """What existing records lack, and what a backfill would give them (BAC-3)."""
    check_backfill(name)
    error = _ended(book, about_backfill(name)) if asked.ended else None
    return _backfill(request, book, name, done=asked.done, error=error)


@routes.post("/health/backfills/{name}", needs=Right.MANAGE)
def run_backfill(request: Request, book: OpenBook, name: BackfillName) -> Response:
    """Have a worker give them what they lack; done again it changes nothing, and a rollback undoes it (BAC-1)."""
    check_backfill(name)

    def act() -> str:
        book.ask_for_backfill(name)
        request.app.state.worker.wake()
        return within(request, f"/health/backfills/{segment(name)}/work")

    return attempted(request, act, lambda error: _backfill(request, book, name, error=error))


@routes.get("/health/pruning", needs=Right.VIEW)
def preview_pruning(request: Request, book: OpenBook, asked: Annotated[PruningFilters, Query()]) -> Response:
    """Whose raw rows are older than that; nothing is deleted (LIN-5)."""
    return attempted(
        request,
        lambda: _pruning(request, book, asked, error=_ended(book, RAW_ROWS) if asked.ended else None),
        lambda error: _pruning(request, book, PruningFilters(), error=error),
    )


@routes.post("/health/pruning", needs=Right.MANAGE)
def prune_raw_rows(
    request: Request, book: OpenBook, asked: Annotated[PruningFilters, Query()], form: Sent
) -> Response:
    """Have a worker delete them for good; the number of rows is typed to say so (LIN-5)."""

    def prune() -> str:
        count = book.preview_pruning(asked.older_than or "").counts["raw_rows"]
        if form.number("typed", "The number of raw rows") != count or not count:
            raise InvalidInput(
                "not-confirmed",
                f"What was typed is not {count:,}, which is how many there are now. Nothing was deleted.",
                hint=f"Type {count} to delete them.",
            )
        book.ask_for_pruning(asked.older_than or "", reason=form.text("reason"))
        request.app.state.worker.wake()
        return within(request, "/health/pruning/work", older_than=asked.older_than)

    return attempted(request, prune, lambda error: _pruning(request, book, asked, error=error, sent=form))


def _ended(book: Book, about: str) -> Refusal | None:
    """Why the newest work about something did not end well."""
    job = book.work_on(about)
    return job.outcome.refusal if job is not None and job.outcome is not None else None


def _working(book: Book, about: str) -> JobProgress | None:
    """The work about something, as long as it goes on."""
    job = book.work_on(about)
    return job if job is not None and job.running else None


def _backfill(
    request: Request,
    book: Book,
    name: str,
    *,
    done: list[int] | None = None,
    error: Refusal | None = None,
) -> Response:
    parts = book.preview_backfill(name)
    return page(
        request,
        "health/backfill.html",
        status=status_of(error) if error else 200,
        title=f"Backfill {name}",
        name=name,
        meaning=BACKFILLS[name],
        parts_=parts,
        lacking=sum(each.lacking.height for each in parts),
        left=sum(each.left for each in parts),
        done=runs_done(book, done or []),
        working=_working(book, about_backfill(name)),
        refusal=notice(error) if error else None,
    )


def _pruning(
    request: Request,
    book: Book,
    asked: PruningFilters,
    *,
    error: Refusal | None = None,
    sent: Form | None = None,
) -> Response:
    wanted = asked.wanted
    seen = book.preview_pruning(asked.older_than) if asked.older_than else None
    return page(
        request,
        "health/pruning.html",
        status=status_of(error) if error else 200,
        title="Prune raw rows",
        asked=asked,
        seen=seen,
        counts=seen.counts if seen else {},
        runs=seen.runs.slice(wanted.offset, wanted.limit).to_dicts() if seen else [],
        pager=pager(request, wanted, seen.runs.height if seen else 0),
        done=runs_done(book, asked.done),
        working=_working(book, RAW_ROWS),
        refusal=notice(error) if error else None,
        reason=sent.get("reason", "") if sent else "",
    )
