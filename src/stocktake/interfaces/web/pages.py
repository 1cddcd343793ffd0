"""Every page that there is."""

from __future__ import annotations

from stocktake.interfaces.http.route import Route
from stocktake.interfaces.web import (
    account,
    asset,
    check_step,
    dashboard,
    declaration,
    installation,
    media,
    member,
    preview,
    progress,
    result,
    review_step,
    sign_in,
)

PAGES: tuple[Route, ...] = tuple(
    route
    for module in (
        asset,
        sign_in,
        account,
        dashboard,
        preview,
        progress,
        check_step,
        review_step,
        result,
        declaration,
        installation,
        media,
        member,
    )
    for route in module.routes
)
