"""Every page that there is."""

from __future__ import annotations

from stocktake.interfaces.http.route import Route
from stocktake.interfaces.web import asset, dashboard, reimport, rollback, run, sign_in

PAGES: tuple[Route, ...] = tuple(
    route
    for module in (
        asset,
        sign_in,
        dashboard,
        run,
        rollback,
        reimport,
    )
    for route in module.routes
)
