"""Every page that there is."""

from __future__ import annotations

from stocktake.interfaces.http.route import Route
from stocktake.interfaces.web import (
    account,
    asset,
    dashboard,
    declaration,
    file_step,
    guide,
    installation,
    mapping_step,
    media,
    member,
    sign_in,
    upload,
)

PAGES: tuple[Route, ...] = tuple(
    route
    for module in (
        asset,
        sign_in,
        account,
        dashboard,
        upload,
        guide,
        file_step,
        mapping_step,
        declaration,
        installation,
        media,
        member,
    )
    for route in module.routes
)
