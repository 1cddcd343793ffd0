"""Refusals as pages: what was refused, what was seen, what to do next; who is nobody yet is led to sign in."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import RedirectResponse, Response

from stocktake.interfaces.http.problem import RETRY_AFTER, status_of
from stocktake.interfaces.web.page import address, is_part, page
from stocktake.interfaces.web.wording import notice
from stocktake.model.errors import Busy, Refusal, Unauthenticated


def refusal_page(request: Request, error: Refusal) -> Response:
    """The page that tells a refusal, in its status; somebody who is not signed in gets the page where one signs in."""
    if isinstance(error, Unauthenticated) and getattr(request.state.route, "is_page", False):
        return _to_sign_in(request, error)
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


def _to_sign_in(request: Request, error: Unauthenticated) -> Response:
    """The way to sign in, which leads back to the page that was asked for, or that has the form which was sent."""
    is_read = request.method in ("GET", "HEAD")
    back = _seen(request) if is_part(request) else _asked(request) if is_read else _form_page(request)
    why = "ended" if error.code == "session-ended" else None
    if not is_read and back:
        why = "unsent"
    place = address("/sign-in", next=back if back != "/" else None, why=why)
    if is_part(request):
        return Response(status_code=204, headers={"HX-Redirect": place})
    return RedirectResponse(place, 303)


def _asked(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _seen(request: Request) -> str:
    """The page on which a script asks for a part."""
    parts = urlsplit(request.headers.get("hx-current-url", ""))
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _form_page(request: Request) -> str:
    """The page that has a form: of its own address, else of the nearest above."""
    pages = [
        each for each in request.app.routes if isinstance(each, APIRoute) and "GET" in (each.methods or ())
    ]
    path = request.url.path
    while path and not any(each.path_regex.match(path) for each in pages):
        path = path.rpartition("/")[0]
    return path
