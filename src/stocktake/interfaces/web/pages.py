"""Every page that there is."""

from __future__ import annotations

from stocktake.interfaces.http.route import Route
from stocktake.interfaces.web import (
    asset,
    check_step,
    dashboard,
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
        dashboard,
        preview,
        progress,
        check_step,
        review_step,
        result,
    )
    for route in module.routes
)
