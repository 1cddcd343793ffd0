"""Every page that there is."""

from __future__ import annotations

from stocktake.interfaces.http.route import Route
from stocktake.interfaces.web import asset, dashboard, file_step, guide, mapping_step, sign_in, upload

PAGES: tuple[Route, ...] = tuple(
    route
    for module in (
        asset,
        sign_in,
        dashboard,
        upload,
        guide,
        file_step,
        mapping_step,
    )
    for route in module.routes
)
