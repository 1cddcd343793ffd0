"""Every page that there is."""

from __future__ import annotations

from stocktake.interfaces.http.route import Route
from stocktake.interfaces.web import account, asset, dashboard, declaration, installation, member, sign_in

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
    )
    for route in module.routes
)
