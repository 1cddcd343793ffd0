"""Review: what waits for a person, and the held retirements that they retire after all or keep (PRE-16, PRE-20, ERR-3)."""

from __future__ import annotations

from typing import Annotated, Any

import polars as pl
from fastapi import Query, Request
from pydantic import Field
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.book import Book, OpenRun
from stocktake.interfaces.http.parameter import Asked, Id, OpenBook, Text
from stocktake.interfaces.http.problem import status_of
from stocktake.interfaces.link_name import LinkName
from stocktake.interfaces.web.attempt import attempted
from stocktake.interfaces.web.chosen import by_queue, done_by_queue, runs_done
from stocktake.interfaces.web.filter import Filters
from stocktake.interfaces.web.form import Form, Sent
from stocktake.interfaces.web.page import page, pager, within
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.web.wording import notice
from stocktake.model.errors import InvalidInput, Refusal
from stocktake.planning.review import OPEN
from stocktake.reporting.work_list import WorkList

routes = Pages()

#: So many links can be decided about at once: those of the longest page.
MOST = 200


class HeldFilters(Filters):
    """What of it; ``done``: the runs that the form before made."""

    source: Text | None = None
    type: Text | None = None
    done: list[Id] = Field(default_factory=list, max_length=20)


class Chosen(Asked):
    """What is decided about: the ticked links, or all that is held for one source and record type."""

    link: list[Text] = Field(default_factory=list, max_length=MOST)
    source: Text | None = None
    type: Text | None = None
    all: bool = False


ChosenQuery = Annotated[Chosen, Query()]


@routes.get("/review", needs=Right.VIEW)
def show_work_list(request: Request, book: OpenBook) -> Response:
    """What waits for a person: why, since when, and what to do next."""
    found = book.work_list()
    at = book.clock()
    return page(
        request,
        "review/work_list.html",
        title="Review",
        found=found,
        tiles=_tiles(found),
        ages={each.run.run_id: _age(at, each.run.applied_at) for each in found.left_out},
        waits=[(each, _age(at, each.since)) for each in found.held],
    )


@routes.get("/held", needs=Right.VIEW)
def list_held(request: Request, book: OpenBook, asked: Annotated[HeldFilters, Query()]) -> Response:
    """The retirements that a guard held, open ones first, longest waiting first."""
    wanted = asked.wanted
    found, total = book.held_page(
        record_type=asked.type, source=asked.source, page=wanted.page, page_size=wanted.limit
    )
    waiting = book.work_list(record_type=asked.type, source=asked.source).held
    queues = sorted({(each.source, each.record_type) for each in waiting})
    declared = book.declared()
    return page(
        request,
        "review/held.html",
        title="Held for review",
        asked=asked,
        lines=[(str(LinkName(each.record_type, each.record_id, each.source)), each) for each in found],
        reasons={each.held_run: each.why for each in waiting},
        queue=queues[0] if len(queues) == 1 else None,
        open=sum(each.held for each in waiting if each.state == OPEN),
        types=declared.stored_record_types,
        sources=sorted({source for source, _ in queues} | ({asked.source} if asked.source else set())),
        pager=pager(request, wanted, total),
        done=runs_done(book, asked.done),
    )


@routes.get("/held/keep", needs=Right.REVIEW)
def ask_to_keep(request: Request, book: OpenBook, chosen: ChosenQuery) -> Response:
    """Why they stay."""
    return _ask(request, book, chosen, keeps=True)


@routes.post("/held/keep", needs=Right.REVIEW)
def keep_held(request: Request, book: OpenBook, chosen: ChosenQuery, form: Sent) -> Response:
    """Keep what is chosen, for a reason: it stays as it is, and is held no more (PRE-16)."""

    def keep(record_type: str, source: str, ids: tuple[int, ...] | None) -> OpenRun:
        return book.keep_held(ids, record_type=record_type, source=source, reason=form.get("reason", ""))

    return attempted(
        request,
        lambda: _back(request, chosen, _decided(chosen, keep)),
        lambda error: _ask(request, book, chosen, keeps=True, error=error, sent=form),
    )


@routes.get("/held/retire", needs=Right.OVERRIDE)
def ask_to_retire(request: Request, book: OpenBook, chosen: ChosenQuery) -> Response:
    """Whether they are to be retired after all; their number is typed to say so."""
    return _ask(request, book, chosen, keeps=False)


@routes.post("/held/retire", needs=Right.OVERRIDE)
def retire_held(request: Request, book: OpenBook, chosen: ChosenQuery, form: Sent) -> Response:
    """Retire what is chosen after all (PRE-16)."""

    def retire(record_type: str, source: str, ids: tuple[int, ...] | None) -> OpenRun:
        return book.retire_held(ids, record_type=record_type, source=source, reason=form.text("reason"))

    def confirmed() -> str:
        count = _count(book, chosen, keeps=False)
        if form.number("typed", "The number of records") != count:
            raise InvalidInput(
                "not-confirmed",
                f"What was typed is not {count:,}, which is how many there are now. Nothing was written.",
                hint=f"Type {count} to retire them.",
            )
        return _back(request, chosen, _decided(chosen, retire))

    return attempted(
        request,
        confirmed,
        lambda error: _ask(request, book, chosen, keeps=False, error=error, sent=form),
    )


def _decided(chosen: Chosen, act: Any) -> list[int]:
    if chosen.all and chosen.type and chosen.source:
        return [act(chosen.type, chosen.source, None).run_id]
    return done_by_queue(chosen.link, act)


def _back(request: Request, chosen: Chosen, runs: list[int]) -> str:
    return within(request, "/held", source=chosen.source, type=chosen.type, done=runs)


def _ask(
    request: Request,
    book: Book,
    chosen: Chosen,
    *,
    keeps: bool,
    error: Refusal | None = None,
    sent: Form | None = None,
) -> Response:
    verb = "keep" if keeps else "retire"
    return page(
        request,
        "review/decide.html",
        status=status_of(error) if error else 200,
        title=f"{verb.capitalize()} what is held",
        keeps=keeps,
        count=_count(book, chosen, keeps=keeps),
        chosen=chosen,
        names=_names(book, chosen),
        action=within(request, f"/held/{verb}", **_told(chosen)),
        back=_back(request, chosen, []),
        refusal=notice(error) if error else None,
        reason=sent.get("reason", "") if sent else "",
    )


def _told(chosen: Chosen) -> dict[str, Any]:
    told = chosen.model_dump()
    return {**told, "all": "yes" if chosen.all else None}


def _count(book: Book, chosen: Chosen, *, keeps: bool) -> int:
    """How many records are decided about; all of a queue are those that are open, and to be kept also expired ones."""
    if not chosen.all:
        return sum(len(ids) for ids in by_queue(chosen.link).values())
    if not chosen.type or not chosen.source:
        raise InvalidInput(
            "bad-arguments", "All of which source and record type?", hint="Choose them in the list first."
        )
    waiting = book.work_list(record_type=chosen.type, source=chosen.source).held
    return sum(each.held for each in waiting if keeps or each.state == OPEN)


def _names(book: Book, chosen: Chosen) -> list[dict[str, Any]]:
    """What the ticked records are called."""
    if chosen.all:
        return []
    known = book.declared().stored_record_types
    found = []
    with book.listing() as unit:
        for (record_type, source), ids in by_queue(chosen.link).items():
            if record_type not in known:
                continue
            named = dict(unit.names(known[record_type], pl.Series(ids, dtype=pl.Int64)).iter_rows())
            found += [
                {"record_type": record_type, "record_id": each, "name": named.get(each), "source": source}
                for each in ids
            ]
    return found


def _tiles(found: WorkList) -> list[tuple[str, str, int]]:
    """The groups: where each begins, what it is called, and how much waits in it."""
    return [
        ("held", "held retirements", found.open),
        ("undecided", "rows in conflict or ambiguous", sum(each.undecided for each in found.undecided)),
        ("rejected", "rejected rows", sum(each.faulty for each in found.faulty)),
    ]


def _age(at: Any, since: Any) -> float | None:
    return (at - since).total_seconds() if since is not None else None
