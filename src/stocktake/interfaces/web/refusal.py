"""Refusals as pages: what was refused, what was seen, what to do next; who is nobody yet is led to sign in."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from stocktake.interfaces.http.problem import RETRY_AFTER, status_of
from stocktake.interfaces.web.page import address, is_part, page
from stocktake.interfaces.web.wording import notice
from stocktake.model.errors import Busy, Refusal, Unauthenticated


def refusal_page(request: Request, error: Refusal) -> Response:
    """The page that tells a refusal, in its status; somebody who is not signed in gets the page where one signs in."""
    if isinstance(error, Unauthenticated) and getattr(request.state.route, "is_page", False):
        return _to_sign_in(request)
    status = status_of(error)
    headers = {}
    if status == 429 or isinstance(error, Busy):
        headers["Retry-After"] = str(error.details.get("retry_after", RETRY_AFTER))
    return page(
        request,
        "refusal.html",
        status=status,
        headers=headers,
        title=HTTPStatus(status).phrase,
        refusal=notice(error),
    )


def _to_sign_in(request: Request) -> Response:
    """The way to sign in, which leads back to what was asked for where that is a page to read."""
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    place = address("/sign-in", next=back if request.method in ("GET", "HEAD") and back != "/" else None)
    if is_part(request):
        return Response(status_code=204, headers={"HX-Redirect": place})
    return RedirectResponse(place, 303)
