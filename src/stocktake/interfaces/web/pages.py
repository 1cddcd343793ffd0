"""Every page that there is."""

from __future__ import annotations

from stocktake.interfaces.http.route import Route
from stocktake.interfaces.web import (
    account,
    activity,
    asset,
    dashboard,
    declaration,
    freshness,
    health,
    installation,
    member,
    missing,
    sign_in,
    waterfall,
    work_list,
)

PAGES: tuple[Route, ...] = tuple(
    route
    for module in (
        asset,
        sign_in,
        account,
        dashboard,
        declaration,
        installation,
        member,
        missing,
        work_list,
        waterfall,
        freshness,
        health,
        activity,
    )
    for route in module.routes
)
