"""The dashboard: how fresh each source is, what was done last, what waits for somebody."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.interfaces.http.parameter import OpenBook
from stocktake.interfaces.web.page import page
from stocktake.interfaces.web.route import Pages

routes = Pages()

#: So many runs are shown.
LAST = 8


@routes.get("", needs=Right.VIEW)
def show_dashboard(request: Request, book: OpenBook) -> Response:
    """What somebody needs to see first."""
    runs, total = book.runs(page_size=LAST)
    return page(
        request,
        "dashboard.html",
        title="Dashboard",
        freshness=book.freshness(),
        runs=runs,
        runs_total=total,
    )
