"""Every page that there is."""

from __future__ import annotations

from stocktake.interfaces.http.route import Route
from stocktake.interfaces.web import (
    account,
    activity,
    asset,
    dashboard,
    declaration,
    edit,
    freshness,
    health,
    installation,
    media,
    member,
    missing,
    record,
    record_list,
    reimport,
    rollback,
    run,
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
        run,
        rollback,
        reimport,
        record_list,
        record,
        edit,
        missing,
        work_list,
        waterfall,
        freshness,
        media,
        health,
        activity,
        declaration,
        installation,
        member,
    )
    for route in module.routes
)
