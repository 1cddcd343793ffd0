"""The import history, and what one run did (ROL-9, PRE-22, INT-4)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.book import Book
from stocktake.flows.run_rows import REJECTED
from stocktake.interfaces.document import timings_of
from stocktake.interfaces.http.download import Form, download
from stocktake.interfaces.http.parameter import Asked, OpenBook, RunId, Text
from stocktake.interfaces.run_document import counts_of
from stocktake.interfaces.run_rows_document import Decision, run_rows_page
from stocktake.interfaces.run_wording import DONE, sentence_of_run, status_words
from stocktake.interfaces.web.filter import Filters
from stocktake.interfaces.web.page import page, pager, within
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.web.run_line import may_import, run_line
from stocktake.interfaces.wording import GROUPS_DONE
from stocktake.model.activity import ActivityFilter
from stocktake.model.run import Run, RunKind
from stocktake.reporting.column_decision import sentence_of

routes = Pages()

#: So many sentences of the audit stand on a run's page.
SENTENCES = 20
#: So many changed fields of a run that is no import are shown.
FIELDS = 200


class RunFilters(Filters):
    """Which runs."""

    source: Text | None = None
    type: Text | None = None
    full: bool | None = None


class RowsAsked(Filters):
    """Which rows of a run: nothing for none of them, but what it was about."""

    decision: Decision | None = None


class RejectedAsked(Asked):
    """As what kind of file."""

    format: Form = "csv"


@routes.get("/runs", needs=Right.VIEW)
def list_runs(request: Request, book: OpenBook, asked: Annotated[RunFilters, Query()]) -> Response:
    """What was imported and undone, newest first."""
    wanted = asked.wanted
    found, total = book.runs(
        source=asked.source,
        record_type=asked.type,
        full=asked.full,
        page=wanted.page,
        page_size=wanted.limit,
    )
    declared = book.declared()
    return page(
        request,
        "runs/list.html",
        title="Import history",
        lines=[run_line(book, each) for each in found],
        pager=pager(request, wanted, total),
        asked=asked,
        types=declared.stored_record_types,
        sources=[each["source"] for each in book.freshness()],
    )


@routes.get("/runs/{run_id}", needs=Right.VIEW)
def show_run(
    request: Request, book: OpenBook, run_id: RunId, asked: Annotated[RowsAsked, Query()]
) -> Response:
    """What one run did: in a sentence, in numbers, and row by row (INT-4)."""
    run = book.run(run_id).run
    with book.listing() as unit:
        told = unit.activity(ActivityFilter(run_id=run.run_id), limit=SENTENCES + 1)
    shown: dict[str, Any] = {"rows": None, "changes": {}, "pager": None, "besides": 0}
    if asked.decision is not None:
        shown = _rows(request, book, run, asked)
    elif run.kind is RunKind.EDIT:
        shown["edited"] = _edited(book, run)
    return page(
        request,
        "runs/show.html",
        title=f"Run {run.run_id}",
        run=run,
        line=run_line(book, run),
        became=status_words(run),
        sentence=sentence_of_run(run),
        tabs=_tabs(request, run, asked.decision),
        decision=asked.decision,
        counts=[
            (GROUPS_DONE.get(name, name.replace("_", " ").capitalize()), count)
            for name, count in counts_of(run).items()
            if count
        ],
        timings=[(name, seconds) for name, seconds in timings_of(run.phases).items() if seconds],
        decisions=[sentence_of(each) for each in run.decisions if each.shown],
        activity=told[:SENTENCES],
        more=len(told) > SENTENCES,
        may_import=may_import(book),
        kind=book.declared().record_types.get(run.record_type or ""),
        **{"edited": None, **shown},
    )


@routes.get("/runs/{run_id}/rejected", needs=Right.VIEW)
async def export_rejected_rows(
    request: Request, book: OpenBook, run_id: RunId, asked: Annotated[RejectedAsked, Query()]
) -> Response:
    """The rows that a run rejected as a file to be mended and imported again (ERR-3)."""

    def write(path: Path) -> None:
        book.run(run_id).save_rejected(path)

    return await download(request, f"rejected-rows-of-run-{run_id}", asked.format, write)


def _tabs(request: Request, run: Run, here: str | None) -> list[tuple[str, str, bool, int | None]]:
    """What the run was about, then each decision of which it has rows."""
    place = f"/runs/{run.run_id}"
    tabs: list[tuple[str, str, bool, int | None]] = [("Overview", within(request, place), here is None, None)]
    if run.kind is not RunKind.IMPORT or run.status not in DONE:
        return tabs
    counts = {**counts_of(run), "reject": run.rejected}
    for name, words in GROUPS_DONE.items():
        if name in REJECTED[1:] or not counts.get(name):
            continue
        tabs.append((words, within(request, place, decision=name), here == name, counts[name]))
    return tabs


def _rows(request: Request, book: Book, run: Run, asked: RowsAsked) -> dict[str, Any]:
    """A page of the rows of one decision, and what was changed of their records."""
    wanted = REJECTED if asked.decision == "reject" else (asked.decision or "",)
    rows, total = run_rows_page(book, run.run_id, wanted, asked.wanted)
    ids = [each["record_id"] for each in rows if each["record_id"] is not None]
    return {
        "rows": rows,
        "pager": pager(request, asked.wanted, total),
        "besides": counts_of(run).get("missing", 0) - total if asked.decision == "missing" else 0,
        "changes": _changes(book, run, ids) if asked.decision != "create" else {},
    }


def _changes(book: Book, run: Run, ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """Record → what the run changed of it: ``field, act, before, after``."""
    found: dict[int, list[dict[str, Any]]] = {}
    if not ids or run.record_type not in book.declared().stored_record_types:
        return found
    with book.listing() as unit:
        for each in unit.changes_among(run.run_id, run.record_type, ids).to_dicts():
            found.setdefault(each["record_id"], []).append(each)
    return found


def _edited(book: Book, run: Run) -> list[dict[str, Any]]:
    """What a person changed of the one record."""
    record_id = run.stats.get("record_id")
    return _changes(book, run, [record_id]).get(record_id, [])[:FIELDS] if record_id else []
