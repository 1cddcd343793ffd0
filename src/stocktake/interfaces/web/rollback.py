"""Undoing a run: what it would do, the ways past what stands there, a typed confirmation, and what came of it (ROL)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import anyio.to_thread
from fastapi import Query, Request
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.book import Book
from stocktake.flows.undoing import RollbackPreview
from stocktake.interfaces.http.parameter import OpenBook, RunId
from stocktake.interfaces.http.problem import status_of
from stocktake.interfaces.rollback_wording import BUCKETS, MEANINGS, touched, who_words, why_words
from stocktake.interfaces.run_wording import done_words
from stocktake.interfaces.web.attempt import attempted
from stocktake.interfaces.web.filter import Filters
from stocktake.interfaces.web.form import Form, Sent
from stocktake.interfaces.web.page import is_part, page, to, within
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.web.run_line import run_line
from stocktake.interfaces.web.wording import notice
from stocktake.model.draft import JobProgress, Wanted
from stocktake.model.errors import InvalidInput, Refusal, StalePlan
from stocktake.model.run import Run, RunKind
from stocktake.planning import hindrance
from stocktake.reporting.sentence import plural

routes = Pages()

#: So many records of each kind that stand in the way are listed.
SHOWN = 20
#: What a run of more rows would undo is counted while a page says so.
LARGE = 20_000

#: The ways past what stands in the way, by their words in addresses: the options of ``Book.rollback`` (ROL-5).
WAYS: dict[str, dict[str, bool]] = {
    "whole": {},
    "chain": {"chain": True},
    "cascade": {"cascade": True},
    "force-edited": {"force_edited": True},
    "cascade-and-force-edited": {"cascade": True, "force_edited": True},
    "partial": {"partial": True},
}


class WayAsked(Filters):
    """Which way; ``now``: count even where that takes long."""

    way: str | None = None
    now: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One of the ways, as it is offered: what it means here, in numbers."""

    name: str
    title: str
    meaning: str


@routes.get("/runs/{run_id}/rollback", needs=Right.VIEW)
def show_rollback(
    request: Request, book: OpenBook, run_id: RunId, asked: Annotated[WayAsked, Query()]
) -> Response:
    """What undoing a run would do, and what stands in its way (ROL-4, ROL-10).

    Of a large run a page that says so comes first, and leads here by itself: counting takes a while.
    """
    run, way = book.run(run_id).run, _way(asked.way)
    if run.stats.get("rows", 0) > LARGE and not asked.now:
        onward = within(request, f"/runs/{run.run_id}/rollback", way=asked.way, now="true")
        return page(
            request, "runs/counting.html", title=f"Roll back run {run.run_id}", run=run, onward=onward
        )
    return _dialog(request, book, run, way)


@routes.post("/runs/{run_id}/rollback", needs=Right.ROLL_BACK)
async def roll_back(request: Request, book: OpenBook, run_id: RunId, form: Sent) -> Response:
    """Undo it, if the number that was typed is the number of records that this touches now (ROL-4)."""

    def asked() -> Response:
        return _asked_for(request, book, book.run(run_id).run, form)

    return await anyio.to_thread.run_sync(asked, limiter=request.app.state.waiting)


def _asked_for(request: Request, book: Book, run: Run, form: Form) -> Response:
    way, reason = _way(form.text("way")), form.text("reason")
    seen = book.preview_rollback(run.run_id, **WAYS[way])

    def act() -> str:
        _check_typed(form, touched(seen))
        book.ask_for_rollback(run.run_id, **WAYS[way], reason=reason)
        request.app.state.worker.wake()
        return within(request, f"/runs/{run.run_id}/rollback/progress")

    return attempted(
        request,
        act,
        lambda error: _dialog(request, book, run, way, seen=seen, error=error, reason=reason or ""),
        elsewhere=lambda _: False,
    )


@routes.get("/runs/{run_id}/rollback/progress", needs=Right.VIEW)
def show_progress(request: Request, book: OpenBook, run_id: RunId) -> Response:
    """How far the undoing of a run has come, and once it has ended, what came of it, read back (APP-4, ROL-10)."""
    run = book.run(run_id).run
    job = book.job_progress(run.run_id)
    mine = job if job is not None and job.wanted is Wanted.ROLLBACK else None
    if mine is None:
        return to(within(request, f"/runs/{run.run_id}"))
    if mine.running:
        template = "runs/undoing_part.html" if is_part(request) else "runs/undoing.html"
        return page(request, template, title=f"Rolling back run {run.run_id}", run=run, job=mine)
    if is_part(request):
        return Response(status_code=204, headers={"HX-Redirect": request.url.path})
    return _ended(request, book, run, mine)


def _ended(request: Request, book: Book, run: Run, job: JobProgress) -> Response:
    """The rollback that was done, as the database tells it; or why nothing was."""
    if job.outcome is not None:
        return page(
            request,
            "runs/undone.html",
            title=f"Run {run.run_id} was not rolled back",
            run=run,
            refusal=notice(job.outcome.refusal),
            own=None,
            words="",
            line=run_line(book, run),
        )
    own = book.run(job.run_id or run.run_id).run
    return page(
        request,
        "runs/undone.html",
        title=f"Run {run.run_id} is rolled back",
        run=run,
        refusal=None,
        own=own,
        words=f"{done_words(own.stats)}. {run.kind.capitalize().replace('-', ' ')} rolled back.",
        line=run_line(book, run),
        is_import=run.kind is RunKind.IMPORT,
    )


def _dialog(
    request: Request,
    book: Book,
    run: Run,
    way: str,
    *,
    seen: RollbackPreview | None = None,
    error: Refusal | None = None,
    reason: str = "",
) -> Response:
    """The page that asks for the confirmation. Raises what refuses it whatever way is chosen."""
    seen = seen or book.preview_rollback(run.run_id, **WAYS[way])
    # These two leave in its place what stands in the way, so that the same is seen as without them.
    is_whole = way in ("whole", "chain", "partial")
    whole = seen if is_whole else book.preview_rollback(run.run_id)
    return page(
        request,
        "runs/rollback.html",
        status=200 if error is None else status_of(error),
        title=f"Roll back run {run.run_id}",
        run=run,
        what=run_line(book, run).what,
        seen=seen,
        way=way,
        ways=_ways(whole) if not whole.undo.hindrances.is_empty() else [],
        chain=[(each.run.run_id, _told(each)) for each in seen.chain],
        told=_told(seen),
        hindered=_hindered(seen),
        given_up=seen.given_up().head(SHOWN).to_dicts(),
        may=book.may_roll_back(run),
        blocked=notice(seen.refusal) if seen.refusal is not None else None,
        expected=touched(seen),
        reason=reason,
        refusal=notice(error) if error is not None else None,
    )


def _ways(whole: RollbackPreview) -> list[Way]:
    """The ways past what stands in the way of undoing the whole run, those that matter here, least first (ROL-5)."""
    found = whole.undo.hindrances
    counts, later = hindrance.counts(found), hindrance.later_runs(found)
    stays = sum(counts.values())
    ways = []
    if later:
        listed = ", ".join(str(each) for each in later)
        which = f"run {listed} is undone first, with a rollback of its own"
        if len(later) > 1:
            which = f"runs {listed} are undone first, newest first, each with a rollback of its own"
        ways.append(Way(name="chain", title="Later runs first", meaning=f"{which}; all or nothing."))
    ways.append(
        Way(
            name="partial",
            title="Keep what is in the way",
            meaning=f"The rest is undone, value by value; {plural(stays, 'record')} "
            f"{'keeps' if stays == 1 else 'keep'} what was changed since.",
        )
    )
    if whole.cascades:
        ways.append(
            Way(
                name="cascade",
                title="Take along what refers to it",
                meaning="Records that later imports of the same source made, that refer to what goes and that nobody has "
                f"touched, are deleted too. Blocked are {plural(counts['blocked'], 'record')}.",
            )
        )
    if _is_edited(whole):
        ways.append(
            Way(
                name="force-edited",
                title="Give up what people wrote",
                meaning="Values that people wrote by hand since are given up and listed.",
            )
        )
    if whole.cascades and _is_edited(whole):
        ways.append(Way(name="cascade-and-force-edited", title="Both", meaning="Take along, and give up."))
    return ways


def _is_edited(whole: RollbackPreview) -> bool:
    """Whether people stand in the way of undoing the whole run, also where a chain is to undo what they did."""
    return bool(set(whole.people) & set(hindrance.later_runs(whole.undo.hindrances)))


def _told(seen: RollbackPreview) -> list[tuple[int, str]]:
    """What is undone, in numbers."""
    return [(count, MEANINGS[name]) for name, count in seen.undo.counts.items() if count and name in MEANINGS]


def _hindered(seen: RollbackPreview) -> list[dict[str, Any]]:
    """What is kept, blocked and gone, apart, with how many there are and the first of them (ROL-4)."""
    counts = hindrance.counts(seen.hindrances)
    return [
        {
            "title": title,
            "count": counts[bucket],
            "records": [
                {**each, "why": why_words(each), "who": who_words(each)}
                for each in seen.hindering(SHOWN, bucket)
            ],
        }
        for bucket, title in BUCKETS.items()
        if counts[bucket]
    ]


def _way(name: str | None) -> str:
    if name is None:
        return "whole"
    if name not in WAYS:
        raise InvalidInput(
            "bad-arguments", f'"{name[:40]}" is no way to roll back.', hint="Choose one of those on the page."
        )
    return name


def _check_typed(form: Form, expected: int) -> None:
    """Raises ``InvalidInput`` ``confirmation-needed``, ``StalePlan`` ``rollback-changed``."""
    typed, shown = form.number("typed", "The number typed"), form.number("shown", "The number shown")
    if shown is not None and shown != expected:
        raise StalePlan(
            "rollback-changed",
            f"The rollback would touch {plural(expected, 'record')} by now, and not {shown:,}. Nothing was written.",
            hint="Look at the numbers below again, then type the new one.",
        )
    if typed != expected:
        raise InvalidInput(
            "confirmation-needed",
            f"The rollback touches {plural(expected, 'record')}; that number was not typed. Nothing was written.",
            hint=f"Type {expected} to confirm.",
        )
