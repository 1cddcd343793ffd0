"""Every page that there is."""

from __future__ import annotations

from stocktake.interfaces.http.route import Route
from stocktake.interfaces.web import (
    account,
    asset,
    dashboard,
    declaration,
    edit,
    installation,
    media,
    member,
    record,
    record_list,
    reimport,
    rollback,
    run,
    sign_in,
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
        declaration,
        installation,
        media,
        member,
    )
    for route in module.routes
)
