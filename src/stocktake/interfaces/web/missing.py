"""Missing by source: what the last full snapshots no longer had, and what of it is known (PRE-22, PRE-29)."""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import Field
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.book import Book
from stocktake.interfaces.http.parameter import Id, OpenBook, Text
from stocktake.interfaces.http.problem import status_of
from stocktake.interfaces.link_name import LinkName
from stocktake.interfaces.missing_document import acknowledged_words, elsewhere_words, flapping_words
from stocktake.interfaces.web.attempt import attempted
from stocktake.interfaces.web.chosen import done_by_queue, runs_done
from stocktake.interfaces.web.filter import Filters
from stocktake.interfaces.web.form import Form, Sent
from stocktake.interfaces.web.page import page, pager, within
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.web.wording import notice
from stocktake.model.errors import Refusal

routes = Pages()


class MissingFilters(Filters):
    """What of it; ``done``: the runs that the form before made."""

    source: Text | None = None
    type: Text | None = None
    since: Text | None = None
    until: Text | None = None
    acknowledged: bool = False
    done: list[Id] = Field(default_factory=list, max_length=20)

    @property
    def narrows(self) -> bool:
        """Whether anything is asked for but all that nobody has acknowledged."""
        return bool(self.source or self.type or self.since or self.until or self.acknowledged)

    @property
    def chosen(self) -> dict[str, Any]:
        """The choices, to stand in an address."""
        told = {name: getattr(self, name) for name in ("source", "type", "since", "until")}
        return {**told, "acknowledged": "yes" if self.acknowledged else None}


Asked = Annotated[MissingFilters, Query()]


@routes.get("/missing", needs=Right.VIEW)
def list_missing(request: Request, book: OpenBook, asked: Asked) -> Response:
    """What is missing, newest first, with who still has it."""
    return _list(request, book, asked)


@routes.post("/missing", needs=Right.REVIEW)
def acknowledge_missing(request: Request, book: OpenBook, asked: Asked, form: Sent) -> Response:
    """Say of all that is ticked that it is known, and why; the list stays as it was asked for."""

    def acknowledge() -> str:
        runs = done_by_queue(
            form.all("link"),
            lambda record_type, source, ids: book.acknowledge(
                record_type, ids, source=source, reason=form.get("reason", ""), until=form.text("until")
            ),
        )
        return within(request, "/missing", **asked.chosen, done=runs)

    return attempted(request, acknowledge, lambda error: _list(request, book, asked, error=error, sent=form))


def _list(
    request: Request,
    book: Book,
    asked: MissingFilters,
    *,
    error: Refusal | None = None,
    sent: Form | None = None,
) -> Response:
    wanted, at = asked.wanted, book.clock()
    found, total = book.missing(
        source=asked.source,
        record_type=asked.type,
        since=asked.since,
        until=asked.until,
        acknowledged=asked.acknowledged,
        page=wanted.page,
        page_size=wanted.limit,
    )
    lines = [
        {
            "link": str(LinkName(each.record_type, each.record_id, each.source)),
            "missing": each,
            "elsewhere": elsewhere_words(each.elsewhere, at) if each.retired_at is None else "",
            "acknowledged": acknowledged_words(each.acknowledged),
            "flaps": flapping_words(each.source) if each.is_flapping else "",
        }
        for each in found
    ]
    declared, tiles = book.declared(), _tiles(book)
    return page(
        request,
        "missing.html",
        status=status_of(error) if error else 200,
        title="Missing by source",
        asked=asked,
        lines=lines,
        tiles=tiles,
        known=sum(each["acknowledged"] for each in tiles),
        pager=pager(request, wanted, total),
        types=declared.stored_record_types,
        sources=sorted({*(each["source"] for each in tiles), *([asked.source] if asked.source else [])}),
        done=runs_done(book, asked.done),
        refusal=notice(error) if error else None,
        ticked=set(sent.all("link")) if sent else set(),
        sent={name: sent.get(name, "") if sent else "" for name in ("reason", "until")},
    )


def _tiles(book: Book) -> list[dict[str, Any]]:
    """Source by source how much it misses, and since when the oldest of it."""
    by_source: defaultdict[str, list[Any]] = defaultdict(list)
    for each in book.missing_counts():
        by_source[each.source].append(each)
    return [
        {
            "source": source,
            "missing": sum(each.missing for each in counts),
            "acknowledged": sum(each.acknowledged for each in counts),
            "since": min((each.since for each in counts if each.since is not None), default=None),
        }
        for source, counts in by_source.items()
    ]
