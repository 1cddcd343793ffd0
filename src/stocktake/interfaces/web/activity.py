"""Activity: who did what, when, on which record and in which run (SEC-8)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.interfaces.http.parameter import OpenBook
from stocktake.interfaces.http.problem import status_of
from stocktake.interfaces.http.reports import ActivityAsked
from stocktake.interfaces.web.filter import Filters
from stocktake.interfaces.web.page import page, pager
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.web.wording import notice
from stocktake.model.activity import ACTS, Activity
from stocktake.model.errors import NotAllowed, Refusal

routes = Pages()


class ActivityFilters(Filters, ActivityAsked):
    """Which acts."""

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
        found, total = book.activity(**asked.chosen)
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
