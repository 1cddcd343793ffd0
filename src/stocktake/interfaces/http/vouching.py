"""Signing in by an identity provider: the way there, and the way back (SEC-4)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import RedirectResponse, Response

from stocktake.flows.vouching import Return
from stocktake.interfaces.http.access_schema import SESSION
from stocktake.interfaces.http.answer import told
from stocktake.interfaces.http.door import is_secure, keep_session
from stocktake.interfaces.http.people import Doorway, Way
from stocktake.interfaces.http.problem import is_browser
from stocktake.interfaces.http.route import Access, Routes
from stocktake.interfaces.http.sessions import session_answer

routes = Routes("sessions")

#: So many seconds somebody has to show the provider who they are.
PATIENCE = 600

Code = Annotated[str, Query(max_length=4_096, description="What the provider gave to be shown to it once.")]
State = Annotated[str, Query(max_length=200, description="What was sent along, as it was.")]
Error = Annotated[str, Query(max_length=200, description="Why the provider let nobody in.")]
Issuer = Annotated[str, Query(max_length=1_000, description="How the provider calls itself (RFC 9207).")]


@routes.get(
    "/session/oidc",
    needs=Access.ANYBODY,
    answers={302: {"description": "To the provider; its `Location` holds what it is asked for."}},
    refuses=(404,),
    in_browser=True,
)
def leave_for_provider(request: Request, doorway: Doorway) -> Response:
    """Go to the identity provider to sign in: redirects there, with a cookie that must come back."""
    address, secret = doorway.installation.leave_for_provider()
    answer = Response(status_code=302, headers={"Location": address})
    answer.set_cookie(
        _cookie_name(request, doorway),
        secret,
        max_age=PATIENCE,
        path="/",
        secure=is_secure(request, doorway.settings),
        httponly=True,
        samesite="lax",
    )
    return answer


@routes.get(
    "/session/oidc/callback",
    needs=Access.ANYBODY,
    answers={
        200: told("Signed in; the session's cookie is set.", SESSION),
        303: {"description": "The same for a browser, which goes on to the pages."},
    },
    refuses=(401, 404, 429),
    in_browser=True,
)
def return_from_provider(
    request: Request,
    doorway: Doorway,
    code: Code = "",
    state: State = "",
    error: Error = "",
    iss: Issuer = "",
) -> Response:
    """Come back from the identity provider: sets the session's cookie, as signing in with a password does. Once."""
    name = _cookie_name(request, doorway)
    returned = Return(
        state=state,
        code=code,
        error=error,
        issuer=iss,
        address=request.client.host if request.client else "",
    )
    session = doorway.installation.return_from_provider(request.cookies.get(name, ""), returned)
    request.state.session = session
    answer: Response = session_answer(request, doorway, session.principal)
    if is_browser(request):
        answer = RedirectResponse("/", 303)
        keep_session(request, answer, doorway.settings)
    answer.delete_cookie(
        name, path="/", secure=is_secure(request, doorway.settings), httponly=True, samesite="lax"
    )
    return answer


def _cookie_name(request: Request, doorway: Way) -> str:
    return "__Host-stocktake-oidc" if is_secure(request, doorway.settings) else "stocktake-oidc"
