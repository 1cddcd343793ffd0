"""How each kind of work is done, what it made, and what is told of work whose process died (APP-4, REL-9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from stocktake.book.book import Book
from stocktake.book.handle import OpenPlan, OpenRun
from stocktake.book.ingesting import Ingested
from stocktake.book.queueing import SINCE
from stocktake.flows.backfill import Backfill
from stocktake.flows.collecting import MEDIA_ASSET
from stocktake.flows.drafting import interrupt_dead
from stocktake.flows.pruning import PruningPreview
from stocktake.model.draft import Job, Wanted
from stocktake.model.errors import Busy, Refusal, Unreadable
from stocktake.model.media import EnrichStats, MediaScope
from stocktake.model.run import Run, RunKind, RunStatus
from stocktake.model.webhook import Posted
from stocktake.ports.progress import Progress

#: So many of the newest runs are looked at for those that a dead process left.
_LOOKED_AT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a job made, for whoever renders it: ``runs``, none where nothing was written, and what is told beside them.

    ``plan``: of a preview or a confirmation; ``parts``: of a backfill, as they lacked before; ``pruned``: what was to go;
    ``delivered``: to each webhook.
    """

    runs: tuple[OpenRun, ...] = ()
    plan: OpenPlan | None = None
    ingested: Ingested | None = None
    enriched: EnrichStats | None = None
    parts: tuple[Backfill, ...] | None = None
    pruned: PruningPreview | None = None
    delivered: tuple[Posted, ...] | None = None

    @property
    def run(self) -> OpenRun | None:
        """The newest run that it made."""
        return self.runs[-1] if self.runs else None


def do(book: Book, job: Job, progress: Progress) -> Made:
    """Do a job. Raises what the method of the book does that it asks for."""
    return _WAYS[job.wanted](book, job, progress)


def _preview(book: Book, job: Job, progress: Progress) -> Made:
    return Made(plan=book.preview_draft(job.run_id, progress=progress, **job.arguments))


def _apply(book: Book, job: Job, progress: Progress) -> Made:
    plan_id = job.arguments["plan_id"]
    if job.arguments["dry_run"]:
        return Made(plan=book.confirm(job.run_id, plan_id, dry_run=True, progress=progress))
    plan, run = book.apply_draft(job.run_id, plan_id, progress=progress)
    return Made(plan=plan, runs=(run,))


def _roll_back(book: Book, job: Job, progress: Progress) -> Made:
    return Made(runs=(book.rollback(job.run_id, progress=progress, **job.arguments),))


def _ingest(book: Book, job: Job, progress: Progress) -> Made:
    told = {name: value for name, value in job.arguments.items() if name != SINCE}
    named, scope = told.pop("collection"), MediaScope(**told.pop("scope"))
    done = book.ingest_collection(named, scope, progress=progress, **told)
    return Made(ingested=done, runs=_those(done.run))


def _enrich(book: Book, job: Job, progress: Progress) -> Made:
    stats, run = book.enrich_assets(job.arguments["collection"], progress=progress)
    return Made(enriched=stats, runs=_those(run))


def _backfill(book: Book, job: Job, progress: Progress) -> Made:
    name = job.arguments["name"]
    parts = book.preview_backfill(name)
    return Made(parts=tuple(parts), runs=tuple(book.backfill(name, progress=progress)))


def _prune(book: Book, job: Job, progress: Progress) -> Made:
    """Of what was old enough when it was asked for, and no more: that is what was shown then."""
    age, as_of = timedelta(seconds=job.arguments["seconds"]), job.wanted_at
    seen = book.preview_pruning(age, as_of=as_of)
    if seen.runs.is_empty():
        return Made(pruned=seen)
    run = book.prune_raw_rows(age, as_of=as_of, reason=job.arguments["reason"], progress=progress)
    return Made(pruned=seen, runs=(run,))


def _deliver(book: Book, job: Job, progress: Progress) -> Made:
    del job
    return Made(delivered=tuple(book.deliver_webhooks(progress=progress)))


def _those(run: OpenRun | None) -> tuple[OpenRun, ...]:
    return () if run is None else (run,)


_WAYS: Mapping[Wanted, Callable[[Book, Job, Progress], Made]] = {
    Wanted.PREVIEW: _preview,
    Wanted.APPLY: _apply,
    Wanted.ROLLBACK: _roll_back,
    Wanted.INGEST: _ingest,
    Wanted.ENRICH: _enrich,
    Wanted.BACKFILL: _backfill,
    Wanted.PRUNE: _prune,
    Wanted.DELIVER: _deliver,
}


def bury(book: Book, job: Job) -> tuple[int | None, Refusal | None]:
    """What work came to whose process died, brought into a state that people can go on from: its run, or why there is none.

    What was committed is so, whatever died afterwards. Nothing is done again by itself (REL-9).
    """
    if job.wanted in (Wanted.PREVIEW, Wanted.APPLY, Wanted.ROLLBACK):
        return _bury_run(book, job)
    for run in _runs_of(book, job):
        if run.status is RunStatus.APPLYING:
            with suppress(Busy):  # somebody else writes there; whoever does so next finds it dead
                interrupt_dead(book.store, job.workspace_id, run, at=book.clock())
    # Looked at anew: one may have been committed by its dying connection meanwhile.
    done = [each.run_id for each in _runs_of(book, job) if each.status is RunStatus.APPLIED]
    if done and job.wanted in (Wanted.INGEST, Wanted.PRUNE):
        return done[0], None
    wrote = "Nothing of it was written."
    if job.wanted is Wanted.DELIVER:
        wrote = "What was delivered by then stays so, and the rest waits."
    elif done:
        listed = ", ".join(f"run {each}" for each in sorted(done))
        wrote = f"What it had written by then stays: {listed}."
    return None, Unreadable(
        "interrupted",
        f"The {job.wanted.noun} was interrupted: the process that worked on it died. {wrote}",
        hint=f"Ask for the {job.wanted.noun} again.",
        details={"runs": sorted(done)},
    )


def _bury_run(book: Book, job: Job) -> tuple[int | None, Refusal | None]:
    run = book.run(job.run_id).run
    if run.status is RunStatus.APPLYING:
        interrupt_dead(book.store, job.workspace_id, run, at=book.clock())
        run = book.run(job.run_id).run
    if job.wanted is Wanted.APPLY and run.status is RunStatus.APPLIED:
        return run.run_id, None
    return None, Unreadable(
        "interrupted",
        f"The {job.wanted} of {run.subject} was interrupted: the process that worked on it died. "
        "Nothing of it was written.",
        hint=_way_on(job.wanted, run.status),
        details={"run_id": run.run_id},
    )


def _way_on(wanted: Wanted, status: RunStatus) -> str:
    """What to do about a job whose worker died."""
    if wanted is Wanted.APPLY:
        # Of a run that was not even begun the plan is shown as before, and can still be confirmed (PLN-9).
        shown = status is RunStatus.PLANNED
        return (
            "Confirm its plan again; it is shown as before."
            if shown
            else "Preview it again, then confirm it."
        )
    return f"Ask for the {wanted} again."


def _runs_of(book: Book, job: Job) -> Iterator[Run]:
    """The runs that a job about no run began, newest first: those of its kind by whoever asked, since they asked.

    Nobody else does the same meanwhile: of one collection, backfill or pruning there is one job at a time.
    """
    if job.wanted is Wanted.DELIVER:
        return
    kind, more = _kind_of(book, job)
    with book.listing() as unit:
        newest = unit.runs(limit=_LOOKED_AT, **more)
    for run in newest:
        if run.run_id <= job.arguments[SINCE]:
            return
        mine = run.kind is kind and run.initiated_by == job.asked_by["name"]
        if mine and (kind is not RunKind.BACKFILL or run.filename == job.arguments["name"]):
            yield run


def _kind_of(book: Book, job: Job) -> tuple[RunKind, dict[str, Any]]:
    """What the runs of a job are like."""
    if job.wanted is Wanted.BACKFILL:
        return RunKind.BACKFILL, {}
    if job.wanted is Wanted.PRUNE:
        return RunKind.PRUNE, {}
    kind = RunKind.IMPORT if job.wanted is Wanted.INGEST else RunKind.ENRICH
    source = book.collection(job.arguments["collection"]).source_code
    return kind, {"record_type": MEDIA_ASSET, "source": source}
