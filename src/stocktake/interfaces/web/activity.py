"""Activity: who did what, when, on which record and in which run (SEC-8)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.interfaces.http.parameter import Id, OpenBook, Text
from stocktake.interfaces.http.problem import status_of
from stocktake.interfaces.web.filter import Filters
from stocktake.interfaces.web.page import page, pager
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.web.wording import notice
from stocktake.model.activity import ACTS, Activity
from stocktake.model.errors import NotAllowed, Refusal

routes = Pages()


class ActivityFilters(Filters):
    """Which acts."""

    act: Text | None = None
    actor: Text | None = None
    type: Text | None = None
    id: Id | None = None
    source: Text | None = None
    run: Id | None = None
    since: Text | None = None
    until: Text | None = None

    @property
    def narrows(self) -> bool:
        """Whether anything is asked for but all of it."""
        return bool(self.model_dump(exclude={"page", "page_size"}, exclude_none=True))


@routes.get("/activity", needs=Right.VIEW)
def list_activity(request: Request, book: OpenBook, asked: Annotated[ActivityFilters, Query()]) -> Response:
    """The audit, newest first."""
    wanted, status, refusal = asked.wanted, 200, None
    found: list[Activity] = []
    total = 0
    try:
        found, total = book.activity(
            record_type=asked.type,
            record_id=asked.id,
            source=asked.source,
            run_id=asked.run,
            actor=asked.actor,
            act=asked.act,
            since=asked.since,
            until=asked.until,
            page=wanted.page,
            page_size=wanted.limit,
        )
    except NotAllowed:
        raise
    except Refusal as error:
        request.state.refusal = error.code
        status, refusal = status_of(error), notice(error)
    declared = book.declared()
    shown: dict[str, Any] = {"types": declared.stored_record_types, "acts": ACTS}
    return page(
        request,
        "activity.html",
        status=status,
        title="Activity",
        asked=asked,
        found=found,
        pager=pager(request, wanted, total),
        sources=[each["source"] for each in book.freshness()],
        refusal=refusal,
        **shown,
    )
