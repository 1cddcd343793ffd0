"""Signing in and out, and the way from one workspace to another (SEC-4)."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Query, Request
from starlette.responses import Response

from stocktake.interfaces.http.door import check_own_page, drop_session, keep_session
from stocktake.interfaces.http.people import Doorway
from stocktake.interfaces.http.route import Access
from stocktake.interfaces.web.form import Sent
from stocktake.interfaces.web.page import page, to, workspace_address
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.web.wording import notice
from stocktake.model.errors import NotFound, Refusal, Throttled, Unauthenticated

routes = Pages("")

Next = Annotated[str, Query(max_length=4_000)]
Why = Annotated[str, Query(max_length=20)]

#: What is told to whom a page led here.
TOLD = {
    "ended": "Your session has ended. Sign in to go on where you were.",
    "unsent": "Your session had ended before the form arrived, and nothing of it was written. Sign in: you come back to its "
    "page. Fill it in and send it once more.",
}


@routes.get("/sign-in", needs=Access.ANYBODY)
def show_sign_in(request: Request, doorway: Doorway, next: Next = "", why: Why = "") -> Response:
    """Where one signs in; ``why``: what became of who was led here."""
    return _form(request, doorway, next, why=why)


@routes.post("/sign-in", needs=Access.ANYBODY)
def sign_in(request: Request, doorway: Doorway, form: Sent) -> Response:
    """Sign in with a password, and go on to where one was going."""
    check_own_page(request)
    back = form.get("next", "")
    host = request.client.host if request.client else ""
    try:
        session = doorway.installation.sign_in(form.get("email", ""), form.get("password", ""), host)
    except (Unauthenticated, Throttled) as error:
        request.state.refusal = error.code
        return _form(request, doorway, back, error=error, email=form.get("email", ""))
    request.state.session = session
    answer = to(_own(back))
    keep_session(request, answer, doorway.settings)
    return answer


@routes.post("/sign-out", needs=Access.SIGNED_IN)
def sign_out(request: Request, doorway: Doorway) -> Response:
    """Sign out: the session ends here and everywhere it was copied to."""
    answer = to("/sign-in")
    cookie = getattr(request.state, "cookie", None)
    if cookie is not None:
        doorway.installation.sign_out(cookie)
        drop_session(request, answer, doorway.settings)
        request.state.session = None
    return answer


@routes.get("/", needs=Access.SIGNED_IN)
def begin(request: Request, doorway: Doorway) -> Response:
    """The workspaces that one may look into; where there is one only, it."""
    found = doorway.installation.people(request.state.principal).workspaces()
    if len(found) == 1:
        return to(workspace_address(found[0].name))
    return page(request, "workspaces.html", title="Workspaces", found=found)


def _form(
    request: Request,
    doorway: Doorway,
    back: str,
    *,
    error: Refusal | None = None,
    email: str = "",
    why: str = "",
) -> Response:
    try:
        has_provider = doorway.installation.identity_provider is not None
    except NotFound:
        has_provider = False
    return page(
        request,
        "sign_in.html",
        status=200 if error is None else 429 if isinstance(error, Throttled) else 401,
        title="Sign in",
        next=back,
        email=email,
        has_provider=has_provider,
        told=TOLD.get(why),
        refusal=notice(error) if error else None,
    )


def _own(back: str) -> str:
    """Where to go on; never to another server."""
    parts = urlsplit(back)
    is_own = back.startswith("/") and not back.startswith(("//", "/\\")) and not parts.netloc
    return back if is_own and back.isprintable() else "/"
