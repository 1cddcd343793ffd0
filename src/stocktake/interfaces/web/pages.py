"""Every page that there is."""

from __future__ import annotations

from stocktake.interfaces.http.route import Route
from stocktake.interfaces.web import (
    account,
    activity,
    asset,
    check_step,
    dashboard,
    declaration,
    edit,
    file_step,
    freshness,
    guide,
    health,
    installation,
    mapping_step,
    media,
    member,
    missing,
    preview,
    progress,
    record,
    record_list,
    reimport,
    result,
    review_step,
    rollback,
    run,
    sign_in,
    upload,
    waterfall,
    work,
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
        work,
        activity,
        preview,
        progress,
        check_step,
        review_step,
        result,
        upload,
        guide,
        file_step,
        mapping_step,
        declaration,
        installation,
        member,
    )
    for route in module.routes
)
